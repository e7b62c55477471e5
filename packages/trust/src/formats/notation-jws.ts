/**
 * The Notary Project's envelope of JWS.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/signature-envelope-jws.md}
 * @module
 */
import { fromBase64 } from "@teu/pki/base64";
import { parseCertificate } from "@teu/pki/certificate";
import { parseJws } from "@teu/pki/jws";
import { type Json, JsonError } from "@teu/std/json";
import { toValue } from "@teu/std/json-value";
import { parseRfc3339 } from "@teu/std/time";
import {
  type ExtendedValue,
  NOTATION_HEADER,
  NOTATION_PAYLOAD_TYPE,
  type NotationEnvelope,
  type NotationPlugin,
} from "./notation.ts";
import { reading, textIn } from "./unreadable.ts";

const WHAT = "a signature of the Notary Project in JWS";

const KNOWN: readonly string[] = [
  "alg",
  "cty",
  "crit",
  NOTATION_HEADER.scheme,
  NOTATION_HEADER.time,
  NOTATION_HEADER.authenticTime,
  NOTATION_HEADER.expiry,
  NOTATION_HEADER.plugin,
  NOTATION_HEADER.pluginVersion,
];

/**
 * Reads an envelope.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`
 */
export function parseNotationJws(bytes: Uint8Array): NotationEnvelope {
  return reading(WHAT, () => {
    const jws = parseJws(textIn(WHAT, bytes));
    const head = jws.protected;
    const { critical, extended } = readCritical(head);
    if (head.get("cty").string() !== NOTATION_PAYLOAD_TYPE) throw new JsonError("cty: expected a payload of notation");
    const scheme = readScheme(head.get(NOTATION_HEADER.scheme));
    const timeName = scheme === "notary.x509" ? NOTATION_HEADER.time : NOTATION_HEADER.authenticTime;
    const due = [NOTATION_HEADER.scheme, ...(scheme === "notary.x509" ? [] : [timeName])];
    for (const name of [...due, NOTATION_HEADER.expiry, NOTATION_HEADER.plugin])
      if (!head.get(name).absent && !critical.has(name)) throw new JsonError(`crit: expected ${name} in it`);
    const [expiry, timestamp] = [head.get(NOTATION_HEADER.expiry), jws.header.get(NOTATION_HEADER.timestamp)];
    return {
      algorithm: head.get("alg").string(),
      scheme,
      signedAtMs: readTime(head.get(timeName)),
      expiresAtMs: expiry.absent ? undefined : readTime(expiry),
      plugin: readPlugin(head),
      extended,
      payload: jws.payload,
      certificates: jws.header
        .get("x5c")
        .list()
        .map((each) => parseCertificate(fromBase64(each.string()))),
      signature: jws.signature,
      signed: jws.signed,
      timestamp: timestamp.absent ? undefined : fromBase64(timestamp.string()),
    };
  });
}

interface Critical {
  readonly critical: ReadonlySet<string>;
  readonly extended: ReadonlyMap<string, ExtendedValue>;
}

function readCritical(head: Json): Critical {
  const critical = new Set(
    head
      .get("crit")
      .list()
      .map((each) => each.string()),
  );
  if (!critical.has(NOTATION_HEADER.scheme)) throw new JsonError(`crit: expected ${NOTATION_HEADER.scheme} in it`);
  const extended = new Map<string, ExtendedValue>();
  for (const name of critical) {
    if (head.get(name).absent) throw new JsonError(`crit: there is no ${JSON.stringify(name)}`);
    if (KNOWN.includes(name)) continue;
    const value = toValue(head.get(name));
    if (typeof value === "object" && value !== null) throw new JsonError(`${name}: expected a plain value`);
    extended.set(name, typeof value === "bigint" ? Number(value) : value);
  }
  return { critical, extended };
}

function readPlugin(head: Json): NotationPlugin | undefined {
  const [name, version] = [head.get(NOTATION_HEADER.plugin), head.get(NOTATION_HEADER.pluginVersion)];
  if (name.absent) return undefined;
  return { name: name.string(), minVersion: version.absent ? undefined : version.string() };
}

function readScheme(json: Json): NotationEnvelope["scheme"] {
  const scheme = json.string();
  if (scheme === "notary.x509" || scheme === "notary.x509.signingAuthority") return scheme;
  throw new JsonError(`${json.place}: ${JSON.stringify(scheme)} is not known here`);
}

function readTime(json: Json): number {
  const { seconds, nanoseconds } = parseRfc3339(json.string());
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}
