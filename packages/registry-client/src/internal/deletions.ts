/**
 * Deletes what registries let one delete.
 * @module
 */
import { hasLinks, parseLinks } from "@teu/content/links";
import type { BlobReader } from "@teu/content/store";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { isTag } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";
import { type Context, deleteScopes, pathOf, placeOf, sendBare, tagPath } from "./context.ts";
import { removeReferrer } from "./fallback-referrers.ts";
import { hasWireCode, isStatus } from "./status-error.ts";

/** Takes a tag away; false if there was none. */
export async function deleteTag(context: Context, name: string, signal: AbortSignal | undefined): Promise<boolean> {
  return isTag(name) && (await remove(context, tagPath(context, name), `tag "${name}"`, signal));
}

/** Deletes a blob; false if there was none. */
export async function deleteBlob(context: Context, digest: Digest, signal: AbortSignal | undefined): Promise<boolean> {
  return await remove(context, pathOf(context, "blob", digest), `blob "${digest}"`, signal);
}

/** Which manifest to delete, and what has to be known for that. */
export interface ManifestDeletion {
  readonly descriptor: Descriptor;
  readonly store: BlobReader;
  /** Tells whether the registry lists referrers itself. */
  readonly hasApi: (subject: Descriptor) => Promise<boolean>;
  readonly signal: AbortSignal | undefined;
}

/** Deletes a manifest, and takes it out of the list that clients keep for its subject. */
export async function deleteManifest(context: Context, deletion: ManifestDeletion): Promise<boolean> {
  const { descriptor, store, hasApi, signal } = deletion;
  const subject = hasLinks(descriptor.mediaType)
    ? parseLinks(await readVerified(store, descriptor, { signal }), descriptor).subject
    : undefined;
  const isListed = subject !== undefined && !(await hasApi(subject));
  const path = pathOf(context, "manifest", descriptor.digest);
  const removed = await remove(context, path, `manifest "${descriptor.digest}"`, signal);
  if (removed && isListed) await removeReferrer(context, subject.digest, descriptor.digest, signal);
  return removed;
}

async function remove(
  context: Context,
  target: string,
  what: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const answer = await sendBare(context, {
      method: "DELETE",
      target,
      scopes: deleteScopes(context),
      expect: [202, 200, 204, 404],
      signal,
    });
    return answer.status !== 404;
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    const message = `Deleting ${what} from ${placeOf(context)}: the registry does not delete that`;
    const hint = what.startsWith("tag ") ? { hint: TAG_HINT } : {};
    throw new TeuError<RegistryClientErrorCode>("ERR_REGISTRY_UNSUPPORTED", message, { cause: error, ...hint });
  }
}

const TAG_HINT = "Delete the manifest by its digest, which takes away all tags of it";

/** Docker's registry finds that a tag is no digest. */
function isUnsupported(error: unknown): boolean {
  if (isStatus(error, 405)) return true;
  return isStatus(error, 400) && ["UNSUPPORTED", "DIGEST_INVALID"].some((code) => hasWireCode(error, code));
}
