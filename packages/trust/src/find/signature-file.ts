/**
 * Signatures in files of their own: a message of gpg, or what podman and skopeo make of one that cosign keeps in a registry.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/internal/signature/signature.go}
 * @module
 */
import { nameBytes } from "@teu/content/overlay";
import { fromBase64 } from "@teu/pki/base64";
import { isTeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { DSSE_TYPE, SIMPLE_SIGNING_TYPE } from "../formats/types.ts";
import { MAX_BUNDLE_BYTES } from "../formats/bundle.ts";
import type { Found, FoundForm, Unread } from "./gather.ts";

/** How messages of OpenPGP begin that are compressed, or signed. */
const GPG_STARTS: ReadonlySet<number> = new Set([
  0xa0, 0xa1, 0xa2, 0xa3, 0xc8, 0x90, 0x91, 0x92, 0x3d, 0xc4, 0x88, 0x89, 0x8a, 0x8b, 0xc2,
]);

/** Reads such a file. What is none is told as such. */
export function readSignatureFile(bytes: Uint8Array): Found | Unread {
  const [start] = bytes;
  if (start !== undefined && GPG_STARTS.has(start)) return gpgMessage(bytes);
  if (start !== 0) return unread(bytes, "it does not begin as a signature does");
  const end = bytes.indexOf(0x0a);
  const format = new TextDecoder().decode(bytes.subarray(1, Math.max(end, 1)));
  if (format === "simple-signing") return gpgMessage(bytes.subarray(end + 1));
  if (format !== "sigstore-json")
    return unread(bytes, `a signature of the format ${JSON.stringify(format.slice(0, 80))}`);
  try {
    return fromJson(parseJsonBytes(bytes.subarray(end + 1), { maxLength: MAX_BUNDLE_BYTES, maxDepth: 8 }));
  } catch (error) {
    if (error instanceof JsonError || isTeuError(error)) return unread(bytes, error.message);
    throw error;
  }
}

function gpgMessage(bytes: Uint8Array): Found {
  return found("gpg", bytes, { mediaType: "application/pgp-encrypted", annotations: {} });
}

const FORMS: ReadonlyMap<string, FoundForm> = new Map([
  [SIMPLE_SIGNING_TYPE, "simple-signing"],
  [DSSE_TYPE, "dsse"],
]);

function fromJson(json: Json): Found {
  const mediaType = json.get("mimeType").string();
  const form = FORMS.get(mediaType);
  if (form === undefined) throw new JsonError(`mimeType: ${JSON.stringify(mediaType)} is no signature`);
  const values = json.get("annotations");
  const annotations = Object.fromEntries(values.names().map((name) => [name, values.get(name).string()]));
  return found(form, fromBase64(json.get("payload").string()), { mediaType, annotations });
}

function found(form: FoundForm, bytes: Uint8Array, fields: Pick<Found, "annotations"> & { mediaType: string }): Found {
  const { descriptor } = nameBytes(bytes, { mediaType: fields.mediaType });
  return { form, place: "lookaside", manifest: descriptor, layer: descriptor, bytes, annotations: fields.annotations };
}

function unread(bytes: Uint8Array, problem: string): Unread {
  const { descriptor } = nameBytes(bytes, { mediaType: "application/octet-stream" });
  return { form: "unknown", place: "lookaside", manifest: descriptor, problem };
}
