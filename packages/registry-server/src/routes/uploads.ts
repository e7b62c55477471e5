/**
 * Uploads of blobs: at once, in one stream, in chunks, or by mounting what another repository has.
 * @module
 */
import { parseChunkRange } from "@teu/spec/distribution/chunk-range";
import { formatProgress } from "@teu/spec/distribution/chunk-range";
import { DOCKER_CONTENT_DIGEST, DOCKER_UPLOAD_UUID } from "@teu/spec/distribution/headers";
import { type UploadRequest, parseUploadDigest, parseUploadRequest } from "@teu/spec/distribution/query";
import { refuse } from "@teu/spec/distribution/wire-error";
import type { Digest } from "@teu/spec/digest";
import { Refusal, answerEmpty, refusal } from "../answers.ts";
import type { Answer, RegistryRequest } from "../exchange.ts";
import type { UploadSession } from "../upload-session.ts";
import type { Arriving } from "../uploads.ts";
import type { Call, Result } from "./call.ts";

/** POST: begins an upload, stores a blob at once, or mounts one. */
export async function beginUpload(call: Call, repo: string): Promise<Result> {
  const wanted = parseUploadRequest(call.request.query);
  switch (wanted.kind) {
    case "invalid":
      return wanted;
    case "mount":
      return (await mount(call, repo, wanted)) ?? progress(202, await call.registry.uploads.begin(repo));
    case "whole":
      return storeWhole(call, repo, wanted.digest);
    default:
      return progress(202, await call.registry.uploads.begin(repo, wanted.algorithm));
  }
}

async function storeWhole(call: Call, repo: string, digest: Digest): Promise<Result> {
  await call.registry.uploads.storeWhole(repo, arriving(call), digest);
  return created(repo, digest);
}

/** Most repositories that are looked at for a blob that a client wants from any of them. */
const MAX_HOLDERS = 1000;

/** Mounts a blob, from a repository that the client may pull; nothing if there is none, and it has to be pushed. */
async function mount(
  { registry, access }: Call,
  repo: string,
  { digest, from }: Extract<UploadRequest, { kind: "mount" }>,
): Promise<Result | undefined> {
  if ((await registry.findBlob(repo, digest)) !== undefined) return created(repo, digest);
  const holders = from === undefined ? await registry.metadata.holders(digest, MAX_HOLDERS) : [from];
  const holder = holders.find((name) => access.allows("pull", name));
  const size = holder === undefined ? undefined : (await registry.metadata.blob(holder, digest))?.size;
  if (holder === undefined || size === undefined) return undefined;
  await registry.quotas.admit(repo, "bytes", size);
  const [at, { actor }] = [registry.now(), access];
  const lease = at + registry.settings.leaseMs;
  const outcome = await registry.metadata.commit({ op: "mount", repo, digest, from: holder, lease, at, actor });
  return outcome.kind === "done" ? created(repo, digest) : undefined;
}

/** GET of an upload: how far it is. */
export async function getUpload({ registry }: Call, repo: string, id: string): Promise<Result> {
  const session = await registry.uploads.find(repo, id);
  return session === undefined ? unknown(id) : progress(204, session);
}

/** PATCH: more bytes. */
export async function appendUpload(call: Call, repo: string, id: string): Promise<Result> {
  const session = await call.registry.uploads.find(repo, id);
  if (session === undefined) return unknown(id);
  const length = checkChunk(call.request, session);
  await call.registry.uploads.append(session, arriving(call, length));
  return progress(202, session);
}

/** PUT: the last bytes, if any, and the digest of all. */
export async function finishUpload(call: Call, repo: string, id: string): Promise<Result> {
  const session = await call.registry.uploads.find(repo, id);
  if (session === undefined) return unknown(id);
  const wanted = parseUploadDigest(call.request.query);
  if (wanted.kind === "invalid") return wanted;
  const length = checkChunk(call.request, session);
  await call.registry.uploads.finish(session, arriving(call, length), wanted.digest);
  return created(repo, wanted.digest);
}

/** DELETE of an upload. */
export async function cancelUpload({ registry }: Call, repo: string, id: string): Promise<Result> {
  const session = await registry.uploads.find(repo, id);
  if (session === undefined) return unknown(id);
  await registry.uploads.cancel(session);
  return answerEmpty(204);
}

/**
 * Checks that a chunk goes on where the upload is, and tells how long it says to be.
 * @throws Refusal `BLOB_UPLOAD_INVALID` with where the upload is, `SIZE_INVALID`
 */
function checkChunk(request: RegistryRequest, session: UploadSession): number | undefined {
  const value = request.header("content-range");
  const announced = contentLength(request);
  if (value === undefined) return announced;
  const { first, last } = parseChunkRange(value);
  const length = last - first + 1;
  if (first !== session.offset) {
    const message = `a chunk from ${first}, expected one from ${session.offset}`;
    const problem = refuse("BLOB_UPLOAD_INVALID", message, 416);
    throw new Refusal(problem, progress(416, session).headers);
  }
  if (announced !== undefined && announced !== length)
    throw refusal("SIZE_INVALID", `a chunk of ${announced} bytes, expected ${length} as Content-Range says`);
  return length;
}

function arriving({ request, access }: Call, length = contentLength(request)): Arriving {
  return { body: request.body, length, actor: access.actor };
}

function contentLength(request: RegistryRequest): number | undefined {
  const value = request.header("content-length");
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}

function progress(status: number, { id, repo, offset }: UploadSession): Answer {
  const headers = {
    Location: `/v2/${repo}/blobs/uploads/${id}`,
    Range: formatProgress(offset),
    [DOCKER_UPLOAD_UUID]: id,
  };
  return answerEmpty(status, headers);
}

function created(repo: string, digest: Digest): Answer {
  return answerEmpty(201, { Location: `/v2/${repo}/blobs/${digest}`, [DOCKER_CONTENT_DIGEST]: digest });
}

function unknown(id: string): Result {
  return refuse("BLOB_UPLOAD_UNKNOWN", id);
}
