/**
 * The promise of a transparency log to take an entry in, as cosign keeps it beside a signature.
 * @see {@link https://github.com/sigstore/cosign/blob/v3.0.4/specs/SIGNATURE_SPEC.md#properties}
 * @module
 */
import { createHash, type KeyObject } from "node:crypto";
import { fromBase64 } from "@teu/pki/base64";
import { parsePublicKey, publicKeyToDer } from "@teu/pki/keys";
import { verifyBytes } from "@teu/pki/signature";
import { equalBytes } from "@teu/std/bytes";
import { parseJson } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { reading } from "../formats/unreadable.ts";

/** What a log has to have promised. */
export interface LoggedSignature {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly key: KeyObject;
}

/**
 * Tells whether one of the logs promised to take in this very signature by this very key.
 * @param annotation What stands in `dev.sigstore.cosign/bundle`.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`
 */
export function isPromised(annotation: string, logged: LoggedSignature, logs: readonly KeyObject[]): boolean {
  return reading("the promise of a log", () => {
    const json = parseJson(annotation);
    const payload = json.get("Payload");
    const body = payload.get("body").string();
    // The log signs these four fields in this order.
    const signed = stringifyJson({
      body,
      integratedTime: payload.get("integratedTime").integerBetween(0, Number.MAX_SAFE_INTEGER),
      logID: payload.get("logID").string(),
      logIndex: payload.get("logIndex").integerBetween(0, Number.MAX_SAFE_INTEGER),
    });
    const promise = fromBase64(json.get("SignedEntryTimestamp").string());
    const bytes = new TextEncoder().encode(signed);
    if (!logs.some((log) => verifyBytes(log, bytes, promise, { hash: "sha256" }))) return false;
    return isEntryOf(fromBase64(body), logged);
  });
}

function isEntryOf(body: Uint8Array, { payload, signature, key }: LoggedSignature): boolean {
  const entry = parseJsonBytes(body);
  if (entry.get("kind").string() !== "hashedrekord" || entry.get("apiVersion").string() !== "0.0.1") return false;
  const spec = entry.get("spec");
  const hash = spec.get("data").get("hash");
  const digest = createHash("sha256").update(payload).digest("hex");
  if (hash.get("algorithm").string() !== "sha256" || hash.get("value").string() !== digest) return false;
  if (!equalBytes(fromBase64(spec.get("signature").get("content").string()), signature)) return false;
  const pem = new TextDecoder().decode(fromBase64(spec.get("signature").get("publicKey").get("content").string()));
  return equalBytes(publicKeyToDer(parsePublicKey(pem)), publicKeyToDer(key));
}
