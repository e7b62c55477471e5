/**
 * The way of a request: to the host itself, through a tunnel, or to a proxy that is asked for the address.
 * @module
 */
import { type LookupFunction, isIP } from "node:net";
import { type Reach, isWithinReach, reachOf } from "./address.ts";
import type { Destination } from "./connection-pool.ts";
import type { HttpRequest } from "./exchange.ts";
import { addressRefused } from "./http-error.ts";
import type { ProxyServer } from "./proxy.ts";

/** The way of a request. */
export interface Way {
  readonly destination: Destination;
  readonly proxy: ProxyServer | undefined;
  /** False where the proxy is asked for the whole address. */
  readonly isDirect: boolean;
}

/**
 * The way of a request.
 * @param proxy What it goes through; nothing for none.
 * @param lookup Default: Node's.
 */
export function wayOf(
  { url, reach }: HttpRequest,
  proxy: ProxyServer | undefined,
  lookup: LookupFunction | undefined,
): Way {
  const isSecure = url.protocol === "https:";
  // A proxy of HTTP is simply asked for addresses without TLS; everything else is spoken to directly or in a tunnel.
  const isDirect = proxy === undefined || isSecure || proxy.kind === "socks5";
  const target = isDirect ? url : proxy.url;
  const destination: Destination = {
    host: target.hostname.replace(/^\[|\]$/g, ""),
    port: target.port === "" ? (isSecure ? 443 : 80) : Number(target.port),
    isSecure,
    tunnel: isDirect ? proxy : undefined,
    lookup: proxy === undefined ? (reach === undefined ? lookup : guarded(url, reach, lookup)) : undefined,
    conditions: reach ?? "",
  };
  return { destination, proxy, isDirect };
}

/** Looks names up, and refuses addresses that lie further inside than `reach`. */
function guarded(url: URL, reach: Reach, lookup: LookupFunction | undefined): LookupFunction {
  // Asked for only where a registry leads elsewhere.
  const ask = lookup ?? process.getBuiltinModule("node:dns").lookup;
  return (name, options, done) => {
    ask(name, { ...options, all: true }, (error, found) => {
      const all = (typeof found === "string" ? [{ address: found, family: isIP(found) }] : found) ?? [];
      const within = all.filter(({ address }) => isWithinReach(reachOf(address), reach));
      const [first] = within;
      if (error !== null) done(error, "");
      else if (first === undefined) done(addressRefused(url, "its name leads into a private network"), "");
      else if (options.all === true) done(null, within);
      else done(null, first.address, first.family);
    });
  };
}
