/**
 * One file of an image, as if the image were unpacked.
 * @module
 */
import type { Image } from "@teu/content/mutate/image";
import { TeuError } from "@teu/std/error";
import { fromText, shown } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import type { LayerTree } from "../tree.ts";
import type { TreeFile } from "../tree-node.ts";
import { readContents } from "./contents.ts";
import { type ReadTreeOptions, readTree } from "./read-tree.ts";

const ZEROS = new Uint8Array(64 * 1024);

/**
 * Gives the content of the regular file at `path`, symbolic links followed inside the image. The first read of the layers
 * verifies them; the second finds the content.
 * @throws TeuError `ERR_FILE_MISSING`, `ERR_FILE_TYPE`; what reading the layers throws
 */
export async function* catFile(
  image: Image,
  path: string,
  options: ReadTreeOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = findFile(await readTree(image.layers, options), path);
  let end = 0;
  for await (const { offset, chunk } of readContents(image.layers, [file], options)) {
    for (; end < offset; end += Math.min(ZEROS.length, offset - end)) yield ZEROS.subarray(0, offset - end);
    if (chunk.length > 0) yield chunk;
    end = offset + chunk.length;
  }
}

function findFile(tree: LayerTree, path: string): TreeFile {
  const node = tree.find(fromText(path), { followLast: true });
  if (node === undefined) {
    throw new TeuError<LayerErrorCode>(
      "ERR_FILE_MISSING",
      `Reading "${shown(fromText(path))}": nothing is there in the image`,
    );
  }
  if (node.file.type === "file") return node.file;
  const message = `Reading "${shown(fromText(path))}": it is a ${node.file.type}, expected a regular file`;
  throw new TeuError<LayerErrorCode>("ERR_FILE_TYPE", message);
}
