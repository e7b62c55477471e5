/**
 * Pushes blobs: small ones at once, large ones as a stream or in chunks that go on after a failure, in this process or in a
 * later one.
 * @module
 */
import type { ContentErrorCode } from "@teu/content/errors";
import { createHasher } from "@teu/content/hash";
import type { ContentFile, IngestOptions } from "@teu/content/store";
import { exactly, verify } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { withParameter } from "@teu/spec/distribution/location";
import { TeuError } from "@teu/std/error";
import { type ByteSource, collect } from "@teu/std/streams";
import type { HeldSession } from "../upload-sessions.ts";
import { type Context, checkDigestHeader, placeOf, pushScopes, sendBare } from "./context.ts";
import { FileReplay, Replay, type Replayed } from "./replay.ts";
import { hasWireCode, isStatus } from "./status-error.ts";
import { type Mount, Upload } from "./upload.ts";

const DEFAULT_SMALL_BYTES = 1024 * 1024;
/** @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#registered-algorithms} */
const REGISTERED: readonly string[] = ["sha256", "sha512"];
const BINARY = { "content-type": "application/octet-stream" };

/** What is pushed, and what is known of it. */
export interface BlobPush {
  readonly descriptor: Descriptor;
  readonly source: ByteSource;
  /** All of the content as a file, which is then sent instead of the source. */
  readonly file?:
    | { readonly opened: ContentFile; readonly onBytes?: ((bytes: number) => void) | undefined }
    | undefined;
  /** Tells whether the blob is at the registry. */
  readonly isThere: () => Promise<boolean>;
  /** Holds the memory of the upload; nothing if somebody else does. */
  readonly held: HeldSession | undefined;
  /** An upload that a failed mount has begun. */
  readonly begun?: Upload | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Pushes a blob. */
export async function pushBlob(context: Context, push: BlobPush): Promise<void> {
  const { descriptor } = push;
  if (!isSmall(context, descriptor)) return await streamBlob(context, { ...push, source: checkedSource(push) }, 0);
  const bytes = await collect(verify(push.source, descriptor), { maxBytes: descriptor.size, signal: push.signal });
  await sendAtOnce(context, push, bytes);
}

/** Sends bytes in one request. An upload may hold some of what broke off, so each try has one of its own. */
async function sendAtOnce(context: Context, push: BlobPush, bytes: Uint8Array): Promise<void> {
  const { descriptor, signal } = push;
  let next = push.begun;
  await context.transport.repeat(async () => {
    const upload = next ?? (await Upload.begin(context, uploadFor(descriptor.digest), signal));
    next = undefined;
    await finish(context, push, { upload, bytes });
  }, signal);
}

/** Tells whether a blob is sent at once, and anew where that fails. */
export function isSmall({ options }: Context, { size }: Descriptor): boolean {
  return size <= (options.smallBlobBytes ?? DEFAULT_SMALL_BYTES);
}

/** Tells whether a blob may be sent as a file, without being read here. */
export function isSentUnread(context: Context, descriptor: Descriptor): boolean {
  return !isSmall(context, descriptor) && REGISTERED.includes(splitDigest(descriptor.digest).algorithm);
}

/**
 * What is sent of a large blob. Registries find the digest of what they get and refuse another than that they are told, as
 * the contract of `put` wants it; hashing here as well would cost more than sending does. Other algorithms they may not know.
 */
function checkedSource({ source, descriptor }: BlobPush): ByteSource {
  return REGISTERED.includes(splitDigest(descriptor.digest).algorithm) ? source : verify(source, descriptor);
}

/** Pushes the bytes from `start` on to an upload that has those before. */
export async function resumeBlob(context: Context, push: BlobPush, start: number): Promise<void> {
  await streamBlob(context, push, start);
}

function uploadFor(digest: Digest): Mount | { readonly algorithm: string } {
  return { algorithm: splitDigest(digest).algorithm };
}

async function streamBlob(context: Context, push: BlobPush, start: number): Promise<void> {
  const { descriptor, held, signal } = push;
  const upload =
    (await knownUpload(context, push, start)) ??
    push.begun ??
    (await Upload.begin(context, uploadFor(descriptor.digest), signal));
  await held?.save(upload.location.href);
  const replay = replayOf(push, start, upload.keptBytes);
  try {
    upload.onMoved = async () => await held?.save(upload.location.href);
    await upload.send(replay, { start, size: descriptor.size, signal });
    await replay.finish();
    await finish(context, push, { upload });
    replay.release();
  } catch (error) {
    const cause = replay.failure === undefined ? error : replay.failure.error;
    if (isWrongContent(cause)) await abandon(upload, held);
    throw cause;
  } finally {
    await replay.close();
  }
  await held?.forget();
}

function replayOf({ descriptor, source, file }: BlobPush, start: number, keptBytes: number): Replayed {
  if (file !== undefined) return new FileReplay(file.opened, file.onBytes);
  return new Replay(exactly(source, descriptor, descriptor.size - start), start, keptBytes);
}

/** The upload that is remembered, if it has come as far as `start`. One that is further holds bytes that nobody vouches for. */
async function knownUpload(context: Context, push: BlobPush, start: number): Promise<Upload | undefined> {
  if (push.held?.location === undefined) return undefined;
  const upload = new Upload(context, new URL(push.held.location));
  if (start > 0) return upload;
  const bytes = await upload.progress(push.descriptor.size, push.signal);
  if (bytes === 0) return upload;
  if (bytes !== undefined) await upload.cancel();
  return undefined;
}

function isWrongContent(error: unknown): boolean {
  return error instanceof TeuError && (error.code === "ERR_BLOB_SIZE" || error.code === "ERR_BLOB_DIGEST");
}

/** Nothing wrong is left behind to go on with. */
async function abandon(upload: Upload, held: HeldSession | undefined): Promise<void> {
  await held?.forget();
  await upload.cancel();
}

/** Names what was sent, with the bytes of a small blob. */
async function finish(
  context: Context,
  { descriptor, isThere, signal }: BlobPush,
  { upload, bytes }: { readonly upload: Upload; readonly bytes?: Uint8Array },
): Promise<void> {
  try {
    const answer = await sendBare(context, {
      method: "PUT",
      target: withParameter(upload.location, "digest", descriptor.digest),
      headers: BINARY,
      body: bytes ?? new Uint8Array(),
      repeatable: bytes === undefined,
      scopes: pushScopes(context),
      expect: [201],
      signal,
    });
    checkDigestHeader("PUT", answer, descriptor.digest);
  } catch (error) {
    if (isStatus(error, 400) && hasWireCode(error, "DIGEST_INVALID")) throw wrongDigest(context, descriptor, error);
    // The answer to an earlier try may have been lost, and with it the upload is gone.
    if (isStatus(error, 404, 416) && (await isThere())) return;
    throw error;
  }
}

function wrongDigest(context: Context, descriptor: Descriptor, cause: unknown): TeuError<ContentErrorCode> {
  const message = `Pushing "${descriptor.digest}" to ${placeOf(context)}: the registry finds another digest in what it got`;
  return new TeuError("ERR_BLOB_DIGEST", message, { cause, detail: { descriptor } });
}

/** Pushes content whose digest and size are known only at its end. */
export async function ingestBlob(
  context: Context,
  source: ByteSource,
  { mediaType, algorithm = "sha256", signal }: IngestOptions,
): Promise<Descriptor> {
  const hasher = createHasher(algorithm);
  let size = 0;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hasher.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  const upload = await Upload.begin(context, { algorithm }, signal);
  const replay = new Replay(watched(), 0, upload.keptBytes);
  try {
    await upload.sendAll(replay, signal);
    const descriptor: Descriptor = { mediaType, digest: hasher.digest(), size };
    await finish(context, { descriptor, source: [], isThere: async () => false, held: undefined, signal }, { upload });
    return descriptor;
  } catch (error) {
    await upload.cancel();
    throw replay.failure === undefined ? error : replay.failure.error;
  } finally {
    await replay.close();
  }
}
