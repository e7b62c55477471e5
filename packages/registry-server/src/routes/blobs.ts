/**
 * Blobs: pulled whole or in part, and deleted.
 * @module
 */
import { type ByteRange, formatContentRange } from "@teu/spec/distribution/range";
import { refuse } from "@teu/spec/distribution/wire-error";
import type { ByteStream } from "@teu/content/store";
import type { Digest } from "@teu/spec/digest";
import { collect } from "@teu/std/streams";
import { answerEmpty } from "../answers.ts";
import type { Answer } from "../exchange.ts";
import { andThen } from "../internal/and-then.ts";
import type { Awaitable } from "../metadata/metadata.ts";
import type { Registry } from "../registry.ts";
import type { Call, Result } from "./call.ts";
import { answerConditions, contentHeaders, readWantedRange } from "./content-answer.ts";

/** GET and HEAD of a blob. */
export function getBlob(call: Call, repo: string, digest: Digest): Awaitable<Result> {
  return andThen(call.registry.findBlob(repo, digest), (size) =>
    size === undefined ? getUpstreamBlob(call, repo, digest) : getOwnBlob(call, digest, size),
  );
}

function getOwnBlob({ registry, request }: Call, digest: Digest, size: number): Result {
  const ended = answerConditions(request, digest);
  if (ended !== undefined) return ended;
  const wanted = readWantedRange(request, digest, size);
  if (wanted !== "whole" && "status" in wanted) return wanted;
  const address = request.method === "GET" && !registry.smallBlobs.takes(size) && registry.storage.addressOf?.(digest);
  if (typeof address === "string") return answerEmpty(307, { ...contentHeaders(digest), Location: address });
  return answerContent(registry, { digest, size }, wanted);
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
  return { status: wanted === "whole" ? 200 : 206, headers, ...body };
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
  registry: Registry,
  { digest, size }: { readonly digest: Digest; readonly size: number },
  wanted: ByteRange | "whole",
): Answer {
  const span = wanted === "whole" ? { start: 0, end: size } : { start: wanted.first, end: wanted.last + 1 };
  const headers = blobHeaders(digest, size, wanted);
  const { storage, smallBlobs } = registry;
  const kept = smallBlobs.get(digest);
  if (kept !== undefined)
    return { status: wanted === "whole" ? 200 : 206, headers, body: kept.subarray(span.start, span.end) };
  const keeps = wanted === "whole" && smallBlobs.takes(size);
  const stream = (): ByteStream => (keeps ? keep(registry, digest, size) : storage.read(digest, span));
  const path = keeps ? undefined : storage.pathOf?.(digest);
  const body = { stream, ...(path === undefined ? {} : { file: { path, ...span } }) };
  return { status: wanted === "whole" ? 200 : 206, headers, body };
}

async function* keep({ storage, smallBlobs }: Registry, digest: Digest, size: number): ByteStream {
  const bytes = await collect(storage.read(digest, { start: 0, end: size }), { maxBytes: size });
  smallBlobs.set(digest, bytes);
  yield bytes;
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
