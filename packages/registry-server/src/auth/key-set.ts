/**
 * The public keys of an issuer: from a file, from an address, or from where the issuer says they are (OpenID Connect
 * Discovery). They are kept for a while, and asked for again when a token names one that is not known.
 * @module
 */
import { readFile } from "node:fs/promises";
import { TeuError } from "@teu/std/error";
import { parseJsonBytes } from "@teu/std/json-value";
import { SingleFlight } from "@teu/std/single-flight";
import { type ByteSource, collect } from "@teu/std/streams";
import type { RegistryServerErrorCode } from "../errors.ts";
import { type NamedKey, readKeySet } from "./jwt.ts";

const KEEP_MS = 600_000;
/** Tokens with unknown keys, which anyone can send, make us ask no more often than this. */
const AGAIN_MS = 30_000;
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 256 * 1024;

/** Where keys are. */
export interface KeySetPlace {
  /** Name of the issuer, an address. */
  readonly issuer: string;
  /** An address or an absolute path. Default: where the issuer says. */
  readonly keys?: string | undefined;
}

/** Keys of one issuer. */
export class KeySet {
  readonly #place: KeySetPlace;
  readonly #fetch: typeof fetch;
  readonly #now: () => number;
  readonly #flights = new SingleFlight<readonly NamedKey[]>();
  #keys: readonly NamedKey[] = [];
  #asked = -Infinity;

  constructor(place: KeySetPlace, now: () => number = Date.now, fetcher: typeof fetch = fetch) {
    this.#place = place;
    this.#now = now;
    this.#fetch = fetcher;
  }

  /**
   * The keys that may have signed a token.
   * @throws TeuError `ERR_ISSUER` if they cannot be had.
   */
  async keysFor(keyId: string | undefined): Promise<readonly NamedKey[]> {
    const age = this.#now() - this.#asked;
    const known = keyId === undefined || this.#keys.some(({ id }) => id === keyId || id === undefined);
    if (age < (known && this.#keys.length > 0 ? KEEP_MS : AGAIN_MS)) return this.#keys;
    return this.#flights.run("", () => this.#load());
  }

  async #load(): Promise<readonly NamedKey[]> {
    this.#asked = this.#now();
    try {
      this.#keys = readKeySet(await this.#read());
      return this.#keys;
    } catch (cause) {
      // Those that are known go on while the issuer is not there.
      if (this.#keys.length > 0) return this.#keys;
      const message = `Reading the keys of issuer "${this.#place.issuer}": ${String(cause)}`;
      throw new TeuError<RegistryServerErrorCode>("ERR_ISSUER", message, { cause });
    }
  }

  async #read(): Promise<Uint8Array> {
    const { issuer, keys } = this.#place;
    if (keys !== undefined && !/^https?:/.test(keys)) return readFile(keys);
    if (keys !== undefined) return this.#get(new URL(keys));
    const document = await this.#get(new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`));
    const json = parseJsonBytes(document, { maxLength: MAX_BYTES, maxDepth: 8 });
    if (json.get("issuer").string() !== issuer) throw new Error("the issuer calls itself otherwise");
    const place = new URL(json.get("jwks_uri").string());
    if (place.protocol !== "https:" && place.origin !== new URL(issuer).origin) throw new Error("keys without TLS");
    return this.#get(place);
  }

  async #get(url: URL): Promise<Uint8Array> {
    const response = await this.#fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok || response.body === null) throw new Error(`status ${response.status} from ${url.host}`);
    return collect(response.body as ByteSource, { maxBytes: MAX_BYTES, what: "keys of an issuer" });
  }
}
