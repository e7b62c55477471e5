/**
 * Which clauses speak of registries. The others demand something of clients, of who writes an extension, or of documents
 * that nobody asks a registry for.
 * @module
 */
import type { Clause } from "@teu/spec/clause";

// What clients do, by the last words of an id or by the whole of it.
const OF_CLIENTS: readonly RegExp[] = [
  /\.(?:rely|ignore|verify|continue|repeated|report|action|conditional)$/,
  /^distribution\.general\.(?:older|fallback|redirect\.follow|redirect\.authorization)$/,
  /^distribution\.pull\.(?:order|accept|media-type)$/,
  /^distribution\.push\.post\.(?:length|digest)$/,
  /^distribution\.push\.chunk\.(?:open|algorithm|range|range\.inclusive|range\.first|length|last|location|order|final)$/,
  /^distribution\.push\.(?:close|close\.digest|progress\.location|cancel|cancel\.failure|tags\.status)$/,
  /^distribution\.push\.manifest\.(?:content-type|content-type\.parameters|media-type|media-type\.match|reference|blobs)$/,
  /^distribution\.push\.session\.location\.(?:exact|assembled)$/,
  /^distribution\.push\.subject\.fallback/,
  /^distribution\.referrers\.fallback/,
  /^distribution\.compatibility\./,
  /^distribution\.delete\.manifest\.(?:subject|referrers-tag)/,
  /^distribution\.proxy\.(?:ns|ns\.host|ns\.primary|ns\.configured|aware|proxies-only|ns\.proxies-only|credentials)$/,
  /^distribution\.extension\.(?:table|name|name\.unique|routes|versions|versions\.new|file|file\.name|detail|pages.*)$/,
];
// Clients and registries alike, though an id ends as those of clients do.
const OF_REGISTRIES: ReadonlySet<string> = new Set([
  "distribution.push.manifest.content-type.ignore",
  "distribution.proxy.ns.ignore",
]);

/** Whether a clause demands or offers something of a registry. */
export function isRegistryClause({ id }: Clause): boolean {
  return OF_REGISTRIES.has(id) || !OF_CLIENTS.some((pattern) => pattern.test(id));
}
