/**
 * Sends a blob that is too large to be sent anew where something fails: whole or in chunks as the registry wants it, and
 * what breaks off goes on, in this process or in a later one.
 * @module
 */
import { exactly } from "@teu/content/verified-read";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { isTeuError } from "@teu/std/error";
import { isPassing } from "../passing.ts";
import type { HeldSession } from "../upload-sessions.ts";
import { type BlobPush, finishUpload } from "./finish-upload.ts";
import { type Context, wrongAnswer } from "./context.ts";
import { FileReplay, Replay, type Replayed } from "./replay.ts";
import { hasWireCode, isStatus } from "./status-error.ts";
import { Upload } from "./upload.ts";

const MAX_FAILURES = 5;
const MAX_ASKED_MS = 30_000;
// After so much a failure is not one more of the same.
const PROGRESS_BYTES = 1024 * 1024;

/** Pushes the bytes from `start` on to an upload that has those before. */
export async function streamBlob(context: Context, push: BlobPush, start: number): Promise<void> {
  const { descriptor, held, signal } = push;
  const upload =
    (await knownUpload(context, push, start)) ??
    push.begun ??
    (await Upload.begin(context, uploadFor(descriptor.digest), signal));
  await held?.save(upload.location.href);
  upload.onMoved = async () => await held?.save(upload.location.href);
  const replay = replayOf(push, start, upload.keptBytes);
  try {
    await sendFrom(start, replay, { context, push, upload });
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

/** What an upload for a digest is to be told when it begins. */
export function uploadFor(digest: Digest): { readonly algorithm: string } {
  return { algorithm: splitDigest(digest).algorithm };
}

/** The upload that is remembered, if it has come as far as `start`. One that is further holds bytes that nobody vouches for. */
async function knownUpload(context: Context, push: BlobPush, start: number): Promise<Upload | undefined> {
  if (push.held?.location === undefined) return undefined;
  const upload = new Upload(context, new URL(push.held.location));
  if (start > 0) return upload;
  // Without ranges it might yet take in what a killed push has under way.
  if (upload.isChunked && (await upload.progress(push.descriptor.size, push.signal)) === 0) return upload;
  await upload.cancel();
  return undefined;
}

function replayOf({ descriptor, source, file }: BlobPush, start: number, keptBytes: number): Replayed {
  if (file !== undefined) return new FileReplay(file.opened, file.onBytes);
  return new Replay(exactly(source, descriptor, descriptor.size - start), start, keptBytes);
}

/** What goes where. */
interface Sending {
  readonly context: Context;
  readonly push: BlobPush;
  readonly upload: Upload;
}

/** Sends the bytes from `start` on and names all of them. */
async function sendFrom(start: number, replay: Replayed, sending: Sending): Promise<void> {
  const { context, push, upload } = sending;
  const { descriptor, signal } = push;
  const { size } = descriptor;
  let at = start;
  let furthest = start;
  let failures = 0;
  let takesWhole = true;
  while (at < size) {
    // With nothing sent yet, one request can do all.
    const isWhole = at === 0 && takesWhole && !upload.isChunked;
    try {
      if (isWhole) return await finishUpload(context, push, upload, () => replay.whole(size));
      const next = await upload.append(replay, { start: at, size, signal });
      // A registry may say that less arrived, but not for ever.
      if (next <= at) throw wrongAnswer("PATCH", upload.location, `${next} bytes arrived, expected more than ${at}`);
      at = next;
    } catch (error) {
      if (replay.failure !== undefined || signal?.aborted === true) throw error;
      const isRefused = isWhole && isRefusal(error);
      if (isRefused) takesWhole = false;
      failures = at - furthest >= PROGRESS_BYTES ? 1 : failures + 1;
      furthest = Math.max(furthest, at);
      const next = await recover(error, replay, { ...sending, failures, isRefused });
      if (next === undefined) return;
      at = next;
    }
  }
  await replay.finish();
  await finishUpload(context, push, upload);
}

/** What has failed. */
interface Failed {
  /** How many times without progress. */
  readonly failures: number;
  /** Whether the registry does not take a blob in this way. */
  readonly isRefused: boolean;
}

/** Waits, and tells where to go on; nothing if all is there. Throws `error` where there is no way to go on. */
async function recover(
  error: unknown,
  replay: Replayed,
  { context, push, upload, failures, isRefused }: Sending & Failed,
): Promise<number | undefined> {
  const { descriptor, signal } = push;
  const verdict = isRefused || isOutOfStep(error) || isPassing(error);
  if (verdict === false || failures > MAX_FAILURES) throw error;
  const askedMs = typeof verdict === "number" ? Math.min(verdict, MAX_ASKED_MS) : 0;
  await context.transport.backOff(failures, { askedMs, signal });
  const at = await upload.progress(descriptor.size, signal);
  // Where nothing is known the registry has lost it; or has named it, and the answer was lost.
  if (at === undefined && (await push.isThere())) return undefined;
  if (!replay.can(at ?? 0)) throw error;
  if (at !== undefined && (at > 0 || upload.isChunked)) return at;
  // What has no range is not sent to the same upload twice, which may yet take in some of the first.
  if (at !== undefined) await upload.cancel();
  await upload.beginAnew(uploadFor(descriptor.digest), signal);
  return 0;
}

/**
 * The upload is elsewhere than we took it to be: it is gone, or has other bytes, or the request of a process that was killed
 * is still under way at the registry.
 */
function isOutOfStep(error: unknown): boolean {
  return isStatus(error, 404, 409, 416) || (isStatus(error, 400) && hasWireCode(error, "BLOB_UPLOAD_INVALID"));
}

/** What registries may say that take blobs by PATCH alone; see containerd's issue 3533. */
function isRefusal(error: unknown): boolean {
  const isOfUpload = hasWireCode(error, "BLOB_UPLOAD_INVALID") || hasWireCode(error, "BLOB_UPLOAD_UNKNOWN");
  return isStatus(error, 400, 404, 405, 411, 415, 501) && !isOfUpload;
}

function isWrongContent(error: unknown): boolean {
  return isTeuError(error, "ERR_BLOB_SIZE") || isTeuError(error, "ERR_BLOB_DIGEST");
}

/** Nothing wrong is left behind to go on with. */
async function abandon(upload: Upload, held: HeldSession | undefined): Promise<void> {
  await held?.forget();
  await upload.cancel();
}
