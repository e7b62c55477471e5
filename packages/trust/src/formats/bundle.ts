/**
 * Sigstore bundles: a signature with all that is needed to verify it.
 * @see {@link https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_bundle.proto}
 * @module
 */
import { fromBase64 } from "@teu/pki/base64";
import { type DsseEnvelope, dsseToJson, readDsse } from "@teu/pki/dsse";
import { DEFAULT_JSON_LIMITS, type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { BUNDLE_TYPE, isBundleType } from "./types.ts";
import { reading } from "./unreadable.ts";

/** Who signed, as the bundle claims: a key by its hint, or certificates, the signer's first. */
export type BundleSigner =
  | { readonly kind: "key"; readonly hint: string }
  | { readonly kind: "certificates"; readonly certificates: readonly Uint8Array[] };

/** What was signed. */
export type BundleContent =
  | { readonly kind: "dsse"; readonly envelope: DsseEnvelope }
  | { readonly kind: "message"; readonly digest: Uint8Array | undefined; readonly signature: Uint8Array };

/** A bundle, read. */
export interface Bundle {
  readonly mediaType: string;
  readonly signer: BundleSigner;
  readonly content: BundleContent;
  /** How many entries of transparency logs it brings. */
  readonly logEntries: number;
  /** How many signed time stamps it brings. */
  readonly timestamps: number;
}

/** Largest bundle in bytes. */
export const MAX_BUNDLE_BYTES: number = 32 * 1024 * 1024;

/**
 * Reads a bundle of version 0.1 to 0.3.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`
 */
export function parseBundle(bytes: Uint8Array): Bundle {
  return reading("a sigstore bundle", () => {
    const json = parseJsonBytes(bytes, { ...DEFAULT_JSON_LIMITS, maxLength: MAX_BUNDLE_BYTES });
    const mediaType = json.get("mediaType").string();
    if (!isBundleType(mediaType)) throw new JsonError(`mediaType: ${JSON.stringify(mediaType)}, expected a bundle`);
    const material = json.get("verificationMaterial");
    return {
      mediaType,
      signer: readSigner(material),
      content: readContent(json),
      logEntries: material.get("tlogEntries").list().length,
      timestamps: material.get("timestampVerificationData").get("rfc3161Timestamps").list().length,
    };
  });
}

function readSigner(material: Json): BundleSigner {
  const kind = oneOf(material, ["publicKey", "certificate", "x509CertificateChain"]);
  const value = material.get(kind);
  if (kind === "publicKey") {
    const hint = value.get("hint");
    return { kind: "key", hint: hint.absent ? "" : hint.string() };
  }
  const certificates = kind === "certificate" ? [value] : value.get("certificates").list();
  if (certificates.length === 0) throw new JsonError(`${value.place}: no certificate`);
  return { kind: "certificates", certificates: certificates.map((each) => bytesOf(each.get("rawBytes"))) };
}

function readContent(json: Json): BundleContent {
  if (oneOf(json, ["dsseEnvelope", "messageSignature"]) === "dsseEnvelope") {
    const envelope = readDsse(json.get("dsseEnvelope"));
    if (envelope.signatures.length === 1) return { kind: "dsse", envelope };
    throw new JsonError(`dsseEnvelope.signatures: ${envelope.signatures.length}, expected one`);
  }
  const message = json.get("messageSignature");
  const digest = message.get("messageDigest").get("digest");
  return {
    kind: "message",
    digest: digest.absent ? undefined : bytesOf(digest),
    signature: bytesOf(message.get("signature")),
  };
}

/** The one field of several that is there. */
function oneOf(json: Json, names: readonly string[]): string {
  const [name, ...others] = names.filter((each) => !json.get(each).absent);
  if (name !== undefined && others.length === 0) return name;
  throw new JsonError(
    `${json.place}: expected one of ${names.join(", ")}, got ${others.length > 0 ? "several" : "none"}`,
  );
}

function bytesOf(json: Json): Uint8Array {
  try {
    return fromBase64(json.string());
  } catch (error) {
    if (error instanceof JsonError) throw error;
    throw new JsonError(`${json.place}: expected base64`);
  }
}

/** Writes a bundle of version 0.3 for an envelope that the owner of a key signed. */
export function writeKeyBundle(envelope: DsseEnvelope, hint: string): Uint8Array<ArrayBuffer> {
  const text = stringifyJson({
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint } },
    dsseEnvelope: dsseToJson(envelope),
  });
  return new TextEncoder().encode(text);
}
