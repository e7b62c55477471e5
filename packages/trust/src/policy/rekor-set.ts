/**
 * The promise of a transparency log to take an entry in, as cosign keeps it beside a signature.
 * @see {@link https://github.com/sigstore/cosign/blob/v3.0.4/specs/SIGNATURE_SPEC.md#properties}
 * @module
 */
import { createHash, type KeyObject } from "node:crypto";
import { fromBase64 } from "@teu/pki/base64";
import { parsePem } from "@teu/pki/pem";
import { verifyBytes } from "@teu/pki/signature";
import { equalBytes } from "@teu/std/bytes";
import { parseJson } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { reading } from "../formats/unreadable.ts";

/** What a log has to have promised. */
export interface LoggedSignature {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** Its public key, or its certificate, in DER. */
  readonly signer: Uint8Array;
}

/**
 * When one of the logs promised to take in this very signature by this very signer, in milliseconds since 1970; nothing if
 * none did.
 * @param annotation What stands in `dev.sigstore.cosign/bundle`.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`
 */
export function promisedTimeMs(
  annotation: string,
  logged: LoggedSignature,
  logs: readonly KeyObject[],
): number | undefined {
  return reading("the promise of a log", () => {
    const json = parseJson(annotation);
    const payload = json.get("Payload");
    const body = payload.get("body").string();
    const integratedTime = payload.get("integratedTime").integerBetween(0, MAX_SECONDS);
    // The log signs these four fields in this order.
    const signed = stringifyJson({
      body,
      integratedTime,
      logID: payload.get("logID").string(),
      logIndex: payload.get("logIndex").integerBetween(0, Number.MAX_SAFE_INTEGER),
    });
    const promise = fromBase64(json.get("SignedEntryTimestamp").string());
    const bytes = new TextEncoder().encode(signed);
    if (!logs.some((log) => verifyBytes(log, bytes, promise, { hash: "sha256" }))) return undefined;
    return isEntryOf(fromBase64(body), logged) ? integratedTime * 1000 : undefined;
  });
}

const MAX_SECONDS = 253_402_300_799;

function isEntryOf(body: Uint8Array, { payload, signature, signer }: LoggedSignature): boolean {
  const entry = parseJsonBytes(body);
  if (entry.get("kind").string() !== "hashedrekord" || entry.get("apiVersion").string() !== "0.0.1") return false;
  const spec = entry.get("spec");
  const hash = spec.get("data").get("hash");
  const digest = createHash("sha256").update(payload).digest("hex");
  if (hash.get("algorithm").string() !== "sha256" || hash.get("value").string() !== digest) return false;
  if (!equalBytes(fromBase64(spec.get("signature").get("content").string()), signature)) return false;
  const pem = new TextDecoder().decode(fromBase64(spec.get("signature").get("publicKey").get("content").string()));
  const [block, another] = parsePem(pem);
  return block !== undefined && another === undefined && equalBytes(block.bytes, signer);
}
