/**
 * The request that ends every push of a blob: it names what the registry has got, or brings all of it along.
 * @module
 */
import type { ContentErrorCode } from "@teu/content/errors";
import type { ContentFile } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { withParameter } from "@teu/spec/distribution/location";
import { TeuError } from "@teu/std/error";
import type { ByteSource } from "@teu/std/streams";
import type { HeldSession } from "../upload-sessions.ts";
import { type Context, checkDigestHeader, placeOf, pushScopes, sendBare } from "./context.ts";
import { hasWireCode, isStatus } from "./status-error.ts";
import type { Upload } from "./upload.ts";

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

/**
 * Names what an upload has got.
 * @param body All of the blob, where none of it has been sent.
 * @throws TeuError `ERR_BLOB_DIGEST` where the registry finds that it is something else.
 */
export async function finishUpload(
  context: Context,
  { descriptor, isThere, signal }: BlobPush,
  upload: Upload,
  body?: Uint8Array | (() => ByteSource),
): Promise<void> {
  try {
    const answer = await sendBare(context, {
      method: "PUT",
      target: withParameter(upload.location, "digest", descriptor.digest),
      headers: { "content-type": "application/octet-stream" },
      body: body ?? new Uint8Array(),
      bodyBytes: body === undefined ? 0 : descriptor.size,
      repeatable: body === undefined,
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
