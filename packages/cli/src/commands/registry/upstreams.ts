/**
 * The upstreams of a registry, through the registry client. Where a request goes is decided by the configuration; an upstream
 * on the internet cannot send it into networks that are not.
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fromNameAndSecret } from "@teu/registry-client/credentials/credential";
import { NodeExchange } from "@teu/registry-client/http/node-exchange";
import { Registry } from "@teu/registry-client/registry";
import type { OpenUpstream, UpstreamConfig } from "@teu/registry-server/upstream/upstream";

/** Upstreams that are open. Connections end when it is disposed of. */
export class Upstreams implements Disposable {
  readonly #folder: string;
  readonly #exchange = new NodeExchange();
  readonly #registries = new Map<UpstreamConfig, Registry>();

  /** @param folder That relative paths start from. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens a repository. */
  readonly open: OpenUpstream = (config, name) => {
    const known = this.#registries.get(config) ?? this.#connect(config);
    this.#registries.set(config, known);
    return known.repository(name);
  };

  #connect({ url, user, passwordFile }: UpstreamConfig): Registry {
    const { exchange } = this.#exchange;
    return new Registry(url, {
      exchange,
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
