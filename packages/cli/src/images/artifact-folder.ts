/**
 * Folders in artifacts, as oras has them: a layer that is a plain archive in gzip, with annotations that say so.
 * @module
 */
import { decompress } from "@teu/content/decompress";
import type { ContentErrorCode } from "@teu/content/errors";
import { createHasher } from "@teu/content/hash";
import { type Scratch, writeLayer } from "@teu/content/mutate/rewrite-layers";
import type { BlobReader, CallOptions } from "@teu/content/store";
import { openVerified } from "@teu/content/verified-read";
import { type ArchiveOptions, archiveFolder } from "@teu/layer/plain/archive-folder";
import { extractFolder } from "@teu/layer/plain/extract-folder";
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";

/** Says that a layer is a folder, which is unpacked where it is pulled. */
export const UNPACK = "io.deis.oras.content.unpack";

const PLAIN_DIGEST = "io.deis.oras.content.digest";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";

/** How a folder becomes a layer. */
export interface FolderOptions extends CallOptions, ArchiveOptions {
  /** Default: that of a layer of an image. */
  readonly mediaType?: string | undefined;
}

/**
 * Packs a folder into `scratch` and answers with its layer, which has the annotations of a folder but no title.
 * @throws TeuError `ERR_LAYER_ENTRY` for what is neither a file, a folder nor a symbolic link
 */
export async function packFolder(scratch: Scratch, path: string, options: FolderOptions): Promise<Descriptor> {
  const { mediaType = LAYER_TYPE, signal } = options;
  const archive = archiveFolder(path, options);
  const { descriptor, diffId } = await writeLayer(archive, mediaType, scratch, { compression: "gzip", signal });
  return { ...descriptor, annotations: { [PLAIN_DIGEST]: diffId, [UNPACK]: "true" } };
}

/** Tells whether a layer of an artifact is a folder. */
export function isFolder({ annotations }: Descriptor): boolean {
  return annotations?.[UNPACK] === "true";
}

/**
 * Unpacks a layer that is a folder: all of it verified before anything is there.
 * @param place The folder's path, and the title that entries begin with
 * @throws TeuError `ERR_BLOB_DIGEST`, and what {@link extractFolder} throws
 */
export async function writeFolder(
  store: BlobReader,
  layer: Descriptor,
  place: CallOptions & { readonly path: string; readonly title: string },
): Promise<void> {
  const { signal } = place;
  const compression = layer.mediaType.endsWith("+zstd") ? "zstd" : "gzip";
  const plain = decompress(openVerified(store, layer, { signal }), compression, { signal });
  await extractFolder(checked(plain, layer), place);
}

/** The archive in a layer; it fails at its end if it is another than the annotation says. */
async function* checked(
  plain: AsyncIterable<Uint8Array>,
  { digest, annotations }: Descriptor,
): AsyncGenerator<Uint8Array> {
  const hasher = createHasher("sha256");
  for await (const chunk of plain) {
    hasher.update(chunk);
    yield chunk;
  }
  const [expected, actual] = [annotations?.[PLAIN_DIGEST], hasher.digest()];
  if (expected === undefined || expected === actual) return;
  const message = `Unpacking "${digest}": the archive in it has digest ${actual}, expected ${JSON.stringify(expected)}`;
  throw new TeuError<ContentErrorCode>("ERR_BLOB_DIGEST", message, { detail: { actual } });
}
