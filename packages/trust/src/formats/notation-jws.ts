/**
 * The Notary Project's envelope of JWS.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/signature-envelope-jws.md}
 * @module
 */
import { fromBase64 } from "@teu/pki/base64";
import { parseCertificate } from "@teu/pki/certificate";
import { parseJws } from "@teu/pki/jws";
import { type Json, JsonError } from "@teu/std/json";
import { parseRfc3339 } from "@teu/std/time";
import { NOTATION_HEADER, NOTATION_PAYLOAD_TYPE, type NotationEnvelope } from "./notation.ts";
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
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`, also where a header is critical and not known.
 */
export function parseNotationJws(bytes: Uint8Array): NotationEnvelope {
  return reading(WHAT, () => {
    const jws = parseJws(textIn(WHAT, bytes));
    const head = jws.protected;
    const critical = readCritical(head);
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
      needsPlugin: !head.get(NOTATION_HEADER.plugin).absent,
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

function readCritical(head: Json): ReadonlySet<string> {
  const critical = new Set(
    head
      .get("crit")
      .list()
      .map((each) => each.string()),
  );
  const unknown = [...critical].find((name) => !KNOWN.includes(name) || head.get(name).absent);
  if (unknown !== undefined) throw new JsonError(`crit: ${JSON.stringify(unknown)} is not known here`);
  if (!critical.has(NOTATION_HEADER.scheme)) throw new JsonError(`crit: expected ${NOTATION_HEADER.scheme} in it`);
  return critical;
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
