/**
 * What cosign keeps in annotations, put together as a bundle, so that both are verified alike.
 * @module
 */
import { createHash } from "node:crypto";
import { fromBase64, toBase64 } from "@teu/pki/base64";
import { parseDsse, dsseToJson } from "@teu/pki/dsse";
import { parsePem } from "@teu/pki/pem";
import type { Annotations } from "@teu/spec/annotations";
import { type Json, parseJson } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { fromHex } from "@teu/std/bytes";
import { legacySignature } from "./legacy.ts";
import { LEGACY_ANNOTATION } from "./types.ts";
import { reading, textIn } from "./unreadable.ts";

const VERSION_1 = "application/vnd.dev.sigstore.bundle+json;version=0.1";

/**
 * Makes the bundle of a payload or an envelope with its annotations.
 * @param form What `bytes` are: the payload of simple signing, or an envelope of DSSE.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`
 */
export function bundleOfAnnotations(
  form: "simple-signing" | "dsse",
  bytes: Uint8Array,
  annotations: Annotations,
): Uint8Array<ArrayBuffer> {
  return reading("the annotations of a signature", () => {
    const text = stringifyJson({
      mediaType: VERSION_1,
      verificationMaterial: materialOf(annotations),
      ...(form === "dsse"
        ? { dsseEnvelope: dsseToJson(parseDsse(textIn("an attestation", bytes))) }
        : { messageSignature: messageOf(bytes, toBase64(legacySignature(annotations))) }),
    });
    return new TextEncoder().encode(text);
  });
}

function messageOf(payload: Uint8Array, signature: string): object {
  const digest = createHash("sha256").update(payload).digest();
  return { messageDigest: { algorithm: "SHA2_256", digest: toBase64(digest) }, signature };
}

function materialOf(annotations: Annotations): object {
  const pem = `${annotations[LEGACY_ANNOTATION.certificate] ?? ""}\n${annotations[LEGACY_ANNOTATION.chain] ?? ""}`;
  // Those above the signer's come from the trusted root alone.
  const certificates = parsePem(pem).slice(0, 1);
  const log = annotations[LEGACY_ANNOTATION.bundle];
  const stamp = annotations[LEGACY_ANNOTATION.timestamp];
  return {
    x509CertificateChain: { certificates: certificates.map(({ bytes }) => ({ rawBytes: toBase64(bytes) })) },
    tlogEntries: log === undefined ? [] : [logEntry(parseJson(log))],
    ...(stamp === undefined
      ? {}
      : {
          timestampVerificationData: {
            rfc3161Timestamps: [{ signedTimestamp: parseJson(stamp).get("SignedRFC3161Timestamp").string() }],
          },
        }),
  };
}

function logEntry(json: Json): object {
  const payload = json.get("Payload");
  const body = payload.get("body").string();
  const entry = parseJsonBytes(fromBase64(body));
  return {
    logIndex: payload.get("logIndex").integer(),
    logId: { keyId: toBase64(fromHex(payload.get("logID").string())) },
    kindVersion: { kind: entry.get("kind").string(), version: entry.get("apiVersion").string() },
    integratedTime: payload.get("integratedTime").integer(),
    inclusionPromise: { signedEntryTimestamp: json.get("SignedEntryTimestamp").string() },
    canonicalizedBody: body,
  };
}
