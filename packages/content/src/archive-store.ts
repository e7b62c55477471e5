/**
 * OCI archives: an image layout as a tar archive, read where it lies by an index of offsets.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { ByteSource } from "@teu/std/streams";
import type { ContentErrorCode } from "./errors.ts";
import { type ArchiveOptions, openArchiveFile } from "./internal/archive-file.ts";
import { LayoutReader, isLayout } from "./layout-reader.ts";

export type { ArchiveOptions };

/**
 * Opens an OCI archive for reading: the path of a file, or its bytes as they come. A file that is not compressed is read in
 * place; dispose of the store to close it.
 * @throws TeuError `ERR_ARCHIVE_INVALID` if it is no archive, or one without a layout; `ERR_COMPRESSION_INVALID`,
 * `ERR_COMPRESSION_LIMIT`; `ERR_STORE_FULL` if a temporary file is needed and has no room.
 */
export async function openArchive(input: string | ByteSource, options: ArchiveOptions = {}): Promise<LayoutReader> {
  const files = await openArchiveFile(input, options);
  try {
    if (await isLayout(files)) return new LayoutReader(files);
    const message = `Opening archive ${JSON.stringify(files.path)}: no oci-layout and no index.json in it`;
    throw new TeuError<ContentErrorCode>("ERR_ARCHIVE_INVALID", message, {
      hint: "an archive of docker save may need docker-archive: in front of its name",
    });
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}
