/**
 * What a tag or a digest stands for.
 * @module
 */
import { canVerify, digestBytes, isContentName } from "@teu/content/hash";
import type { NamedDocument } from "@teu/content/store";
import { MAX_DOCUMENT_BYTES } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, isDigest, splitDigest } from "@teu/spec/digest";
import { parseContentType } from "@teu/spec/distribution/content-type";
import { isTag } from "@teu/spec/reference";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import type { Answer, Call } from "../transport.ts";
import { type Context, isManifestType, pathOf, pullScopes, sendBare, tagPath, wrongAnswer } from "./context.ts";
import { MANIFEST_ACCEPT } from "./read-content.ts";

/** The descriptor of the manifest under `name`; nothing if there is none. */
export async function headManifest(
  context: Context,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Descriptor | undefined> {
  const call = callFor(context, name, signal);
  if (call === undefined) return undefined;
  const answer = await sendBare(context, { ...call, method: "HEAD" });
  if (answer.status === 404) return undefined;
  return fromHeaders(answer, name) ?? (await fromBody(context, call, name))?.descriptor;
}

/** The manifest under `name`, verified; nothing if there is none. */
export async function getManifest(
  context: Context,
  name: string,
  signal: AbortSignal | undefined,
): Promise<NamedDocument | undefined> {
  const call = callFor(context, name, signal);
  return call === undefined ? undefined : await fromBody(context, call, name);
}

function callFor(context: Context, name: string, signal: AbortSignal | undefined): Call | undefined {
  const target = targetOf(context, name);
  if (target === undefined) return undefined;
  const headers = { accept: MANIFEST_ACCEPT };
  return { method: "GET", target, headers, scopes: pullScopes(context), expect: [200, 404], signal };
}

function targetOf(context: Context, name: string): string | undefined {
  if (isContentName(name)) return pathOf(context, "manifest", name);
  return isTag(name) ? tagPath(context, name) : undefined;
}

/** Reads the headers; nothing if they do not say everything. */
function fromHeaders(answer: Answer, name: string): Descriptor | undefined {
  const mediaType = typeOf(answer);
  const length = answer.headers.get("content-length") ?? "";
  const digest = isContentName(name) ? name : (answer.headers.get("docker-content-digest") ?? "");
  if (mediaType === undefined || !isManifestType(mediaType) || !isDigest(digest) || !/^[1-9][0-9]*$/.test(length)) {
    return undefined;
  }
  const size = Number(length);
  return Number.isSafeInteger(size) ? { mediaType, digest, size } : undefined;
}

function typeOf(answer: Answer): string | undefined {
  try {
    return parseContentType(answer.headers.get("content-type") ?? "").type;
  } catch {
    return undefined;
  }
}

async function fromBody(context: Context, call: Call, name: string): Promise<NamedDocument | undefined> {
  const { answer, bytes } = await context.transport.fetch(call, MAX_DOCUMENT_BYTES);
  if (answer.status === 404) return undefined;
  const stated = isContentName(name) ? name : (answer.headers.get("docker-content-digest") ?? "");
  const isStated = isDigest(stated) && canVerify(stated);
  const digest: Digest = isStated ? digestBytes(bytes, splitDigest(stated).algorithm) : digestBytes(bytes);
  if (isStated && digest !== stated) throw wrongAnswer("GET", answer.url, `content of digest "${digest}"`);
  const declared = typeOf(answer);
  const mediaType = declared !== undefined && isManifestType(declared) ? declared : embeddedType(bytes);
  if (mediaType !== undefined) return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  throw wrongAnswer("GET", answer.url, `content of type "${declared ?? ""}", expected that of a manifest`);
}

function embeddedType(bytes: Uint8Array): string | undefined {
  try {
    const type = parseJsonBytes(bytes).get("mediaType").string();
    return isManifestType(type) ? type : undefined;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
