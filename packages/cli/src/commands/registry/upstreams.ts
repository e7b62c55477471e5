/**
 * The upstreams of a registry, through the registry client. Where a request goes is decided by the configuration; an upstream
 * on the internet cannot send it into networks that are not.
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fromNameAndSecret } from "@teu/registry-client/credentials/credential";
import { NodeExchange } from "@teu/registry-client/http/node-exchange";
import { Registry } from "@teu/registry-client/registry";
import type { OpenUpstream, UpstreamConfig, UpstreamRepository } from "@teu/registry-server/upstream/upstream";

/** Upstreams that are open. Connections end when it is disposed of. */
export class Upstreams implements Disposable {
  readonly #folder: string;
  readonly #exchange = new NodeExchange();
  readonly #registries = new Map<UpstreamConfig, Registry>();
  /** `Via` of the requests that are being sent: those of one registry share its connections and tokens. */
  readonly #via = new AsyncLocalStorage<string>();

  /** @param folder That relative paths start from. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens a repository. */
  readonly open: OpenUpstream = (config, name, via) => {
    const known = this.#registries.get(config) ?? this.#connect(config);
    this.#registries.set(config, known);
    return this.#sending(known.repository(name), via);
  };

  #sending(repository: UpstreamRepository, via: string): UpstreamRepository {
    const chain = this.#via;
    return {
      resolve: (name, options) => chain.run(via, () => repository.resolve(name, options)),
      sizeOf: (digest, options) => chain.run(via, () => repository.sizeOf(digest, options)),
      openUnverified: async function* (descriptor, options) {
        const chunks = chain.run(via, () => repository.openUnverified(descriptor, options)[Symbol.asyncIterator]());
        try {
          for (;;) {
            const { done, value } = await chain.run(via, () => chunks.next());
            if (done === true) return;
            yield value;
          }
        } finally {
          await chunks.return?.();
        }
      },
    };
  }

  #connect({ url, user, passwordFile }: UpstreamConfig): Registry {
    const { exchange } = this.#exchange;
    return new Registry(url, {
      exchange: (request) => {
        const via = this.#via.getStore();
        return exchange(via === undefined ? request : { ...request, headers: { ...request.headers, via } });
      },
      credential: async () => {
        if (user === undefined || passwordFile === undefined) return undefined;
        // Read anew each time, so that a password that changes needs no restart.
        const password = await readFile(resolve(this.#folder, passwordFile), "utf8");
        return fromNameAndSecret(user, password.replace(/\r?\n$/, ""));
      },
    });
  }

  [Symbol.dispose](): void {
    this.#exchange[Symbol.dispose]();
  }
}
