/**
 * A registry: its repositories, and what it says about itself.
 *
 *     const registry = new Registry("https://registry.example.com", { exchange: fetchExchange() });
 *     for await (const tag of registry.repository("team/app").tags()) console.log(tag);
 * @module
 */
import type { CallOptions } from "@teu/content/store";
import { parseCatalog } from "@teu/spec/distribution/catalog";
import { formatRoute } from "@teu/spec/distribution/routes";
import { CATALOG_SCOPE } from "@teu/spec/distribution/scope";
import { MAX_LIST_BYTES } from "@teu/spec/distribution/tags-list";
import { Authorizer, type FindCredential } from "./auth/authorizer.ts";
import { fetchExchange } from "./http/fetch-exchange.ts";
import { readAnswer } from "./internal/context.ts";
import { readPages } from "./internal/pages.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import { Repository } from "./repository.ts";
import { Transport, type TransportOptions } from "./transport.ts";

/** How to talk to a registry. */
export interface RegistryOptions extends Omit<TransportOptions, "exchange" | "authorizer"> {
  /** Default: over `fetch`. In Node, `NodeExchange` knows more. */
  readonly exchange?: TransportOptions["exchange"];
  /** Finds the user's credentials. Default: everything is asked for without any. */
  readonly credential?: FindCredential;
  /** How its repositories are read and written. */
  readonly repository?: RepositoryOptions;
}

/** The registry at one address. */
export class Registry {
  readonly transport: Transport;
  readonly #options: RegistryOptions;

  /** @param base Address without the `/v2/`, such as `https://registry.example.com`. */
  constructor(base: string | URL, options: RegistryOptions = {}) {
    const {
      exchange = fetchExchange(),
      credential = async () => undefined,
      userAgent,
      nowMs,
      allowedHosts,
      retry,
    } = options;
    const url = new URL(base);
    const authorizer = new Authorizer({
      registry: url,
      credential,
      exchange,
      ...(userAgent === undefined ? {} : { clientId: userAgent }),
      ...(retry === undefined ? {} : { retry }),
      ...(nowMs === undefined ? {} : { nowMs }),
      ...(allowedHosts === undefined ? {} : { allowedHosts }),
    });
    this.transport = new Transport(url, { ...options, exchange, authorizer });
    this.#options = options;
  }

  /** The repository of a name; nothing is asked of the registry yet. */
  repository(name: string, options: RepositoryOptions = {}): Repository {
    return new Repository(this.transport, name, { ...this.#options.repository, ...options });
  }

  /**
   * Asks whether the registry is one and lets the user in.
   * @throws TeuError `ERR_UNAUTHORIZED`, `ERR_REGISTRY_STATUS`, and what an exchange throws.
   */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    const answer = await this.transport.send({
      method: "GET",
      target: formatRoute({ kind: "base" }),
      scopes: [],
      expect: [200],
      signal,
    });
    await answer.discard();
  }

  /** Lists the names of all repositories, in the registry's order. Many registries do not tell. */
  async *repositories({ signal }: CallOptions = {}): AsyncGenerator<string, void, undefined> {
    const listing = {
      path: formatRoute({ kind: "catalog" }),
      scopes: [CATALOG_SCOPE],
      maxPageBytes: MAX_LIST_BYTES,
      signal,
    };
    for await (const { answer, bytes } of readPages(this.transport, listing))
      yield* readAnswer("GET", answer, () => parseCatalog(bytes)).value.repositories ?? [];
  }
}
