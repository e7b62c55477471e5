/**
 * The addresses that a registry may lead its clients to.
 * @module
 */
import { type Reach, isWithinReach, nearer, reachOf } from "../http/address.ts";
import { addressRefused } from "../http/http-error.ts";

/** What one registry may lead to. */
export class AllowedAddresses {
  readonly #origin: string;
  readonly #protocol: string;
  readonly #hosts: readonly string[];
  #reach: Reach;

  /** @param hosts Hosts, with port if not the usual one, that are allowed wherever they lie and without TLS. */
  constructor(base: URL, hosts: readonly string[] = []) {
    this.#origin = base.origin;
    this.#protocol = base.protocol;
    this.#hosts = hosts;
    this.#reach = reachOf(base.hostname);
  }

  /** Tells whether an address is one of the registry itself, which may see its credentials. */
  isOwn(url: URL): boolean {
    return url.origin === this.#origin;
  }

  /** Takes note of where the registry itself was found. */
  foundAt(address: string): void {
    this.#reach = nearer(this.#reach, reachOf(address));
  }

  /** How near an address may lie once its name is looked up; nothing if wherever it wants. */
  reachFor(url: URL): Reach | undefined {
    return this.#isFree(url) ? undefined : this.#foreignReach;
  }

  /**
   * Refuses an address that an answer must not lead to.
   * @throws TeuError `ERR_ADDRESS_REFUSED`
   */
  check(url: URL): void {
    if (this.#isFree(url)) return;
    if (url.protocol !== "https:" && url.protocol !== "http:") throw addressRefused(url, "expected https");
    if (url.protocol === "http:" && this.#protocol === "https:") {
      throw addressRefused(url, "the registry has TLS, expected https");
    }
    if (isWithinReach(reachOf(url.hostname), this.#foreignReach)) return;
    throw addressRefused(url, "it lies inside of a private network, or where clouds keep secrets");
  }

  #isFree(url: URL): boolean {
    return this.isOwn(url) || this.#hosts.includes(url.host);
  }

  /** A registry inside of a network may lead to its neighbours, but not to where clouds keep secrets. */
  get #foreignReach(): Reach {
    return this.#reach === "link-local" ? "loopback" : this.#reach;
  }
}
