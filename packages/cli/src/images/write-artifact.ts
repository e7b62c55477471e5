/**
 * The files of an artifact, written into a folder.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { checkRoom } from "@teu/content/free-room";
import { parseLinks } from "@teu/content/links";
import type { BlobReader, CallOptions } from "@teu/content/store";
import { openVerified, readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import type { StdErrorCode } from "@teu/std/errors";
import { cleanPath, resolveInRoot } from "@teu/std/safe-path";
import { isFolder, writeFolder } from "./artifact-folder.ts";
import { TITLE } from "./pack-artifact.ts";

/**
 * Writes the files of an artifact into a folder, each whole or not at all, and names them. Content without a title is left
 * out.
 * @throws TeuError `ERR_PATH_ESCAPE`, `ERR_PATH_INVALID` for a title that leads out of the folder or cannot be a path,
 * before anything is written.
 */
export async function* writeArtifact(
  store: BlobReader,
  root: Descriptor,
  { folder, signal }: CallOptions & { readonly folder: string },
): AsyncGenerator<string, void, undefined> {
  const { children } = parseLinks(await readVerified(store, root, { signal }), root);
  const files = children.flatMap((child) => {
    const title = child.annotations?.[TITLE];
    return title === undefined ? [] : [{ child, title: checkTitle(title) }];
  });
  await mkdir(folder, { recursive: true });
  for (const { child, title } of files) {
    const path = await resolveInRoot(folder, title, { followLast: false });
    await mkdir(dirname(path), { recursive: true });
    checkRoom(dirname(path), child);
    if (isFolder(child)) await writeFolder(store, child, { path, title, signal });
    else await writeFileAtomic(path, openVerified(store, child, { signal }), { signal });
    yield isFolder(child) ? `${title}/` : title;
  }
}

function checkTitle(title: string): string {
  const clean = cleanPath(title);
  if (clean !== "." && !/[\\\u0000-\u001f\u007f]/.test(clean) && !title.endsWith("/")) return clean;
  const message = `Writing the file ${JSON.stringify(title)}: expected the path of a file inside of the folder`;
  throw new TeuError<StdErrorCode>("ERR_PATH_INVALID", message);
}
