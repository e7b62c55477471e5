/**
 * Pushes blobs: small ones in one request that is made anew where it fails, large ones by `stream-blob.ts`.
 * @module
 */
import { createHasher } from "@teu/content/hash";
import type { IngestOptions } from "@teu/content/store";
import { verify } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { splitDigest } from "@teu/spec/digest";
import { type ByteSource, collect } from "@teu/std/streams";
import { type BlobPush, finishUpload } from "./finish-upload.ts";
import type { Context } from "./context.ts";
import { Replay } from "./replay.ts";
import { streamBlob, uploadFor } from "./stream-blob.ts";
import { Upload } from "./upload.ts";

const DEFAULT_SMALL_BYTES = 1024 * 1024;
/** @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#registered-algorithms} */
const REGISTERED: readonly string[] = ["sha256", "sha512"];

/** Pushes a blob. */
export async function pushBlob(context: Context, push: BlobPush): Promise<void> {
  const { descriptor } = push;
  if (isSentUnread(context, descriptor)) return await streamBlob(context, push, 0);
  const source = verify(push.source, descriptor);
  if (!isSmall(context, descriptor)) return await streamBlob(context, { ...push, source }, 0);
  await sendAtOnce(context, push, await collect(source, { maxBytes: descriptor.size, signal: push.signal }));
}

/** Sends bytes in one request. An upload may hold some of what broke off, so each try has one of its own. */
async function sendAtOnce(context: Context, push: BlobPush, bytes: Uint8Array): Promise<void> {
  const { descriptor, signal } = push;
  let next = push.begun;
  await context.transport.repeat(async () => {
    const upload = next ?? (await Upload.begin(context, uploadFor(descriptor.digest), signal));
    next = undefined;
    await finishUpload(context, push, upload, bytes);
  }, signal);
}

/** Tells whether a blob is sent at once, and anew where that fails. */
export function isSmall({ options }: Context, { size }: Descriptor): boolean {
  return size <= (options.smallBlobBytes ?? DEFAULT_SMALL_BYTES);
}

/** Tells whether a blob may be sent as a file, without being read here. */
export function isSentUnread(context: Context, descriptor: Descriptor): boolean {
  return !isSmall(context, descriptor) && isCheckedThere(descriptor);
}

/**
 * Registries find the digest of what they get and refuse another than that they are told, as the contract of `put` wants it;
 * hashing here as well would cost more than sending does. Other algorithms they may not know.
 */
function isCheckedThere({ digest }: Descriptor): boolean {
  return REGISTERED.includes(splitDigest(digest).algorithm);
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
    await finishUpload(
      context,
      { descriptor, source: [], isThere: async () => false, held: undefined, signal },
      upload,
    );
    return descriptor;
  } catch (error) {
    await upload.cancel();
    throw replay.failure === undefined ? error : replay.failure.error;
  } finally {
    await replay.close();
  }
}
