/**
 * Whether a repository has content.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import type { Answer } from "../transport.ts";
import { type Context, isManifestType, pathOf, pullScopes, sendBare } from "./context.ts";

/** Tells whether content is there. One of another size is not it. */
export async function hasContent(
  context: Context,
  { digest, mediaType, size }: Descriptor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const kind = isManifestType(mediaType) ? "manifest" : "blob";
  const answer = await head(
    context,
    pathOf(context, kind, digest),
    kind === "blob" ? {} : { accept: mediaType },
    signal,
  );
  const length = answer.headers.get("content-length");
  return answer.status === 200 && (length === null || Number(length) === size);
}

/** The size of a blob in bytes; nothing if there is none, or the registry does not say. */
export async function blobSize(
  context: Context,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const answer = await head(context, pathOf(context, "blob", digest), {}, signal);
  const length = answer.headers.get("content-length") ?? "";
  return answer.status === 200 && /^[0-9]{1,15}$/.test(length) ? Number(length) : undefined;
}

async function head(
  context: Context,
  target: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const scopes = pullScopes(context);
  return await sendBare(context, { method: "HEAD", target, headers, scopes, expect: [200, 404], signal });
}
