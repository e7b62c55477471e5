/**
 * The signatures inside manifests of schema 1. Each says in its protected header how to take the signatures out again,
 * which leaves the bytes that were signed, and of which the manifest's digest is made.
 * @module
 */
import { concatBytes, equalBytes } from "@teu/std/bytes";
import { type Json, JsonError, isInteger } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { mismatch } from "../issue.ts";
import type { DockerReport } from "./clauses.ts";

/** What a protected header says of the signed bytes: so many of the manifest's bytes, and then `tail`. */
interface SignedPart {
  readonly length: number;
  readonly tail: Uint8Array;
}

/** Notes what is wrong with the signatures of the manifest `json`, if it has any. */
export function checkSignatures(json: Json, report: DockerReport): void {
  const signatures = json.get("signatures");
  if (signatures.absent) return;
  if (signatures.kind !== "array" || signatures.items.length === 0) {
    return report.add("docker.schema1.signatures", signatures, mismatch("an array with a signature", signatures));
  }
  let first: SignedPart | undefined;
  for (const signature of signatures.items) {
    const part = readSignature(signature, report);
    if (part === undefined) continue;
    first ??= part;
    if (part.length === first.length && equalBytes(part.tail, first.tail)) continue;
    report.add("docker.schema1.signatures.protected", signature, "expected the same signed bytes as in the first one");
  }
}

function readSignature(signature: Json, report: DockerReport): SignedPart | undefined {
  if (signature.kind !== "object") {
    report.add("docker.schema1.signatures", signature, mismatch("an object", signature));
    return undefined;
  }
  const part = signedPart(signature);
  if (part !== undefined) return part;
  const message = "expected a header in base64url with formatLength and formatTail";
  report.add("docker.schema1.signatures.protected", signature.get("protected"), message);
  return undefined;
}

/**
 * The bytes that were signed.
 * @param bytes The manifest, which is `json` and whose signatures have nothing wrong with them.
 * @returns `bytes` itself where there are no signatures; nothing if they speak of more bytes than there are.
 */
export function signedBytes(bytes: Uint8Array, json: Json): Uint8Array | undefined {
  const [signature] = json.get("signatures").items;
  if (signature === undefined) return bytes;
  const part = signedPart(signature);
  if (part === undefined || part.length > bytes.length) return undefined;
  return concatBytes([bytes.subarray(0, part.length), part.tail]);
}

function signedPart(signature: Json): SignedPart | undefined {
  const header = decodeHeader(signature.get("protected"));
  const length = header?.fields.get("formatLength");
  const tail = header?.fields.get("formatTail");
  if (length?.kind !== "number" || !isInteger(length.text) || tail?.kind !== "string") return undefined;
  const tailBytes = decodeBase64Url(tail.text);
  if (tailBytes === undefined || Number(length.text) < 0) return undefined;
  return { length: Number(length.text), tail: tailBytes };
}

const MAX_HEADER_BYTES = 64 * 1024;

function decodeHeader({ kind, text }: Json): Json | undefined {
  const bytes = kind === "string" ? decodeBase64Url(text) : undefined;
  if (bytes === undefined) return undefined;
  try {
    return parseJsonBytes(bytes, { maxLength: MAX_HEADER_BYTES, maxDepth: 8 });
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

function decodeBase64Url(text: string): Uint8Array | undefined {
  return /^[A-Za-z0-9_-]*={0,2}$/.test(text) ? Buffer.from(text, "base64url") : undefined;
}
