/**
 * Blobs: pulled whole or in part, and deleted.
 * @module
 */
import { type ByteRange, formatContentRange } from "@teu/spec/distribution/range";
import { refuse } from "@teu/spec/distribution/wire-error";
import type { Digest } from "@teu/spec/digest";
import { answerEmpty } from "../answers.ts";
import type { Answer } from "../exchange.ts";
import { andThen } from "../internal/and-then.ts";
import type { Awaitable } from "../metadata/metadata.ts";
import type { StorageDriver } from "../storage/driver.ts";
import type { Call, Result } from "./call.ts";
import { answerConditions, contentHeaders, readWantedRange } from "./content-answer.ts";

/** GET and HEAD of a blob. */
export function getBlob(call: Call, repo: string, digest: Digest): Awaitable<Result> {
  return andThen(call.registry.findBlob(repo, digest), (size) =>
    size === undefined ? getUpstreamBlob(call, repo, digest) : getOwnBlob(call, digest, size),
  );
}

function getOwnBlob({ registry, request }: Call, digest: Digest, size: number): Awaitable<Result> {
  const ended = answerConditions(request, digest);
  if (ended !== undefined) return ended;
  const wanted = readWantedRange(request, digest, size);
  if (wanted !== "whole" && "status" in wanted) return wanted;
  if (request.method === "HEAD") return { status: statusOf(wanted), headers: blobHeaders(digest, size, wanted) };
  const address = registry.keptBlobs.isSmall(size) ? undefined : registry.storage.addressOf?.(digest);
  if (address !== undefined) return answerEmpty(307, { ...contentHeaders(digest), Location: address });
  const kept = wanted === "whole" ? registry.keptBlobs.pull(digest, size) : registry.keptBlobs.get(digest);
  return andThen(kept, (bytes) => answerContent(registry.storage, { digest, size, bytes }, wanted));
}

/** A blob that is not here, as it arrives from an upstream. */
async function getUpstreamBlob({ registry, request }: Call, repo: string, digest: Digest): Promise<Result> {
  const { pullThrough } = registry;
  const [head, via] = [request.method === "HEAD", request.header("via")];
  const filling = head ? undefined : await pullThrough?.blob(registry, repo, digest, via);
  const size = head ? await pullThrough?.blobSize(repo, digest, via) : filling?.size;
  if (size === undefined) return refuse("BLOB_UNKNOWN", digest);
  const wanted = readWantedRange(request, digest, size);
  if (wanted !== "whole" && "status" in wanted) return wanted;
  const span = wanted === "whole" ? { start: 0, end: size } : { start: wanted.first, end: wanted.last + 1 };
  const headers = blobHeaders(digest, size, wanted);
  const body = filling === undefined ? {} : { body: { stream: () => filling.read(span) } };
  return { status: statusOf(wanted), headers, ...body };
}

function blobHeaders(digest: Digest, size: number, wanted: ByteRange | "whole"): Answer["headers"] {
  const length = wanted === "whole" ? size : wanted.last + 1 - wanted.first;
  return {
    ...contentHeaders(digest),
    ...BLOB_HEADERS,
    "Content-Length": String(length),
    ...(wanted === "whole" ? {} : { "Content-Range": formatContentRange({ range: wanted, size }) }),
  };
}

function answerContent(
  storage: StorageDriver,
  { digest, size, bytes }: { readonly digest: Digest; readonly size: number; readonly bytes: Uint8Array | undefined },
  wanted: ByteRange | "whole",
): Answer {
  const span = wanted === "whole" ? { start: 0, end: size } : { start: wanted.first, end: wanted.last + 1 };
  const head = { status: statusOf(wanted), headers: blobHeaders(digest, size, wanted) };
  if (bytes !== undefined) return { ...head, body: bytes.subarray(span.start, span.end) };
  const path = storage.pathOf?.(digest);
  const file = path === undefined ? {} : { file: { path, ...span } };
  return { ...head, body: { stream: () => storage.read(digest, span), ...file } };
}

function statusOf(wanted: ByteRange | "whole"): number {
  return wanted === "whole" ? 200 : 206;
}

// What is named by its digest never changes; caches that several people share need more than this to keep it.
const BLOB_HEADERS = {
  "Content-Type": "application/octet-stream",
  "Accept-Ranges": "bytes",
  "Cache-Control": "max-age=31536000, immutable",
} as const;

/** DELETE of a blob: the repository has it no more. */
export async function deleteBlob({ registry, access }: Call, repo: string, digest: Digest): Promise<Result> {
  const at = registry.now();
  const outcome = await registry.commit({ op: "unlink", repo, digest, at, actor: access.actor });
  if (outcome.kind === "absent") return refuse("BLOB_UNKNOWN", digest);
  if (outcome.kind === "in-use") return refuse("UNSUPPORTED", `the manifest ${outcome.by} needs it`, 405);
  return answerEmpty(202);
}
