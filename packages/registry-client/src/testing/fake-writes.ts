/**
 * The answers of a fake registry to pushes.
 * @module
 */
import { digestBytes, canVerify } from "@teu/content/hash";
import { hasLinks, parseLinks } from "@teu/content/links";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { formatProgress, parseChunkRange } from "@teu/spec/distribution/chunk-range";
import { parsePushedTags, parseUploadDigest, parseUploadRequest } from "@teu/spec/distribution/query";
import { parseLayerType } from "@teu/spec/media-types";
import { concatBytes } from "@teu/std/bytes";
import { isTeuError } from "@teu/std/error";
import type { FakeUpload } from "./fake-content.ts";
import type { FakeRegistry } from "./fake-registry.ts";
import { type FakeRequest, type Reply, failure } from "./reply.ts";

type UploadRoute =
  | { readonly kind: "uploads"; readonly name: string }
  | { readonly kind: "upload"; readonly name: string; readonly session: string };

/** All of uploading a blob. Nothing if the connection was broken on purpose. */
export async function uploadReply(
  registry: FakeRegistry,
  route: UploadRoute,
  request: FakeRequest,
): Promise<Reply | undefined> {
  if (route.kind === "uploads") return await beginUpload(registry, route.name, request);
  const upload = registry.content.uploads.get(route.session);
  if (upload === undefined || upload.repository !== route.name) return failure(404, "BLOB_UPLOAD_UNKNOWN");
  switch (request.recorded.method) {
    case "GET":
      return progress(registry, route, upload, 204);
    case "DELETE":
      registry.content.uploads.delete(route.session);
      return { status: 204, headers: {}, body: "" };
    case "PATCH":
      return await takeChunk(registry, route, upload, request);
    default:
      return await finishUpload(registry, route, upload, request);
  }
}

async function beginUpload(registry: FakeRegistry, name: string, request: FakeRequest): Promise<Reply> {
  const asked = parseUploadRequest(request.url.searchParams);
  if (asked.kind === "invalid") return failure(asked.status, asked.code);
  if (asked.kind === "mount" && mounted(registry, name, asked)) return created(name, "blobs", asked.digest);
  if (asked.kind === "whole") {
    const bytes = await readBody(request);
    if (digestBytes(bytes, splitDigest(asked.digest).algorithm) !== asked.digest) return failure(400, "DIGEST_INVALID");
    registry.content.repository(name).blobs.set(asked.digest, bytes);
    return created(name, "blobs", asked.digest);
  }
  const session = registry.content.begin(name);
  const upload = registry.content.uploads.get(session);
  const { chunkMinBytes } = registry.options;
  const reply = progress(registry, { name, session }, upload ?? { bytes: 0 }, 202);
  const minimum = chunkMinBytes === undefined ? {} : { "oci-chunk-min-length": String(chunkMinBytes) };
  return { ...reply, headers: { ...reply.headers, ...minimum } };
}

function mounted(
  registry: FakeRegistry,
  name: string,
  { digest, from }: { readonly digest: Digest; readonly from?: string },
): boolean {
  const { repositories } = registry.content;
  const sources =
    from === undefined && registry.options.mountsAnywhere === true ? [...repositories.keys()] : [from ?? ""];
  const bytes = sources
    .map((source) => repositories.get(source)?.blobs.get(digest))
    .find((found) => found !== undefined);
  if (bytes !== undefined) registry.content.repository(name).blobs.set(digest, bytes);
  return bytes !== undefined;
}

/** The address holds a query, as those of many registries do, which changes with what arrived. */
function progress(
  registry: FakeRegistry,
  { name, session }: { readonly name: string; readonly session: string },
  { bytes }: { readonly bytes: number },
  status: number,
): Reply {
  const { uploadHost } = registry.options;
  const base = uploadHost === undefined ? "" : `http://${uploadHost}:${registry.url.port}`;
  const location = `${base}/v2/${name}/blobs/uploads/${session}?state=${bytes}`;
  return { status, headers: { location, range: formatProgress(bytes) }, body: "" };
}

async function takeChunk(
  registry: FakeRegistry,
  route: { readonly name: string; readonly session: string },
  upload: FakeUpload,
  request: FakeRequest,
): Promise<Reply | undefined> {
  if (isOutOfOrder(upload, request)) return progress(registry, route, upload, 416);
  if (!(await append(registry, upload, request))) return undefined;
  return progress(registry, route, upload, 202);
}

function isOutOfOrder(upload: FakeUpload, { message }: FakeRequest): boolean {
  const value = message.headers["content-range"];
  return upload.busy || (value !== undefined && parseChunkRange(value).first !== upload.bytes);
}

/** Adds the body to the upload; false if the connection broke. */
async function append(registry: FakeRegistry, upload: FakeUpload, request: FakeRequest): Promise<boolean> {
  const { message, recorded, fault } = request;
  const limit = fault?.kind === "cut-request" ? fault.after : Infinity;
  const before = { chunks: upload.chunks.length, bytes: upload.bytes };
  upload.busy = true;
  try {
    for await (const chunk of message as AsyncIterable<Uint8Array>) {
      const part = chunk.subarray(0, Math.max(0, limit - recorded.bodyBytes));
      upload.chunks.push(new Uint8Array(part));
      upload.bytes += part.length;
      recorded.bodyBytes += part.length;
      if (recorded.bodyBytes >= limit) break;
    }
    if (limit === Infinity) return true;
  } catch {
    // Broken by the client.
  } finally {
    upload.busy = false;
  }
  if (registry.options.dropsBrokenChunks === true) {
    upload.chunks.length = before.chunks;
    upload.bytes = before.bytes;
  }
  return false;
}

async function finishUpload(
  registry: FakeRegistry,
  route: { readonly name: string; readonly session: string },
  upload: FakeUpload,
  request: FakeRequest,
): Promise<Reply | undefined> {
  const asked = parseUploadDigest(request.url.searchParams);
  if (asked.kind === "invalid") return failure(asked.status, asked.code);
  if (isOutOfOrder(upload, request)) return progress(registry, route, upload, 416);
  if (!(await append(registry, upload, request))) return undefined;
  registry.content.uploads.delete(route.session);
  const bytes = concatBytes(upload.chunks);
  if (!canVerify(asked.digest) || digestBytes(bytes, splitDigest(asked.digest).algorithm) !== asked.digest) {
    return failure(400, "DIGEST_INVALID");
  }
  registry.content.repository(route.name).blobs.set(asked.digest, bytes);
  return created(route.name, "blobs", asked.digest);
}

/** PUT of a manifest. */
export async function manifestReply(
  registry: FakeRegistry,
  route: { readonly name: string; readonly digest?: Digest; readonly tag?: string },
  request: FakeRequest,
): Promise<Reply> {
  const bytes = await readBody(request);
  const mediaType = request.message.headers["content-type"] ?? "";
  const digest = route.digest ?? digestBytes(bytes);
  if (digestBytes(bytes, splitDigest(digest).algorithm) !== digest) return failure(400, "DIGEST_INVALID");
  const repository = registry.content.repository(route.name);
  const problem = findProblem(registry, route.name, { mediaType, digest, size: bytes.length }, bytes);
  if (typeof problem === "string") return failure(400, problem);
  if (isOutdated(request, repository.tags.get(route.tag ?? ""))) return failure(412, "DENIED");
  repository.manifests.set(digest, { bytes, mediaType });
  const tags = pushedTags(registry, request);
  for (const tag of [...tags, ...(route.tag === undefined ? [] : [route.tag])]) repository.tags.set(tag, digest);
  const { headers, ...reply } = created(route.name, "manifests", digest);
  const subject = registry.options.referrersApi === false ? undefined : problem?.digest;
  const tagged = tags.length === 0 ? {} : { "oci-tag": tags.join(", ") };
  return { ...reply, headers: { ...headers, ...tagged, ...(subject === undefined ? {} : { "oci-subject": subject }) } };
}

function isOutdated({ message }: FakeRequest, current: string | undefined): boolean {
  const condition = message.headers["if-match"];
  return condition !== undefined && condition !== `"${current}"`;
}

function pushedTags(registry: FakeRegistry, { url }: FakeRequest): readonly string[] {
  const pushed = registry.options.multiTag === true ? parsePushedTags(url.searchParams) : undefined;
  return pushed?.kind === "tags" ? pushed.tags : [];
}

/** The code of what is wrong with a manifest; or else its subject, if it has one. */
function findProblem(
  registry: FakeRegistry,
  name: string,
  descriptor: { readonly mediaType: string; readonly digest: Digest; readonly size: number },
  bytes: Uint8Array,
): string | { readonly digest: Digest } | undefined {
  if (!hasLinks(descriptor.mediaType)) return "MANIFEST_INVALID";
  try {
    const { children, subject } = parseLinks(bytes, descriptor);
    const { blobs, manifests } = registry.content.repository(name);
    const lacks = children.some(
      ({ digest, mediaType }) =>
        !blobs.has(digest) && !manifests.has(digest) && parseLayerType(mediaType)?.base.distributable !== false,
    );
    return lacks ? "MANIFEST_BLOB_UNKNOWN" : subject;
  } catch (error) {
    if (isTeuError(error)) return "MANIFEST_INVALID";
    throw error;
  }
}

async function readBody({ message, recorded }: FakeRequest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    recorded.bodyBytes += chunk.length;
  }
  return concatBytes(chunks);
}

function created(name: string, kind: "blobs" | "manifests", digest: Digest): Reply {
  return {
    status: 201,
    headers: { location: `/v2/${name}/${kind}/${digest}`, "docker-content-digest": digest },
    body: "",
  };
}
