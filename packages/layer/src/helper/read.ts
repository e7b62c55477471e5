/**
 * Gives the contents of files of a tree, one after the other, as they are asked for.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { S_IFMT, S_IFREG } from "@teu/kernel/files";
import {
  STAT_BYTES,
  STAT_MODE,
  STAT_SIZE,
  openFile,
  openFolder,
  readAll,
  readSome,
  statInto,
  statNumber,
  textOf,
  writeAll,
} from "@teu/kernel/trees";

const NO_NAME = new Uint8Array(0);
const BUFFER_BYTES = 256 * 1024;
const SIZE_BYTES = 8;

/**
 * Answers each request from `input`, two texts, a folder's path and a name, with a double, the size, and so many bytes.
 * @throws SysError; Error where a file is none or changes while it is read
 */
export function readFiles(root: number, input: number, output: number): void {
  const buffer = new Uint8Array(BUFFER_BYTES);
  const head = new Uint8Array(2);
  while (readAll(input, head)) {
    const path = requestText(input, head);
    readAll(input, head);
    const folder = openFolder(root, path);
    const file = openFile(folder, requestText(input, head));
    close(folder);
    sendFile(file, path, buffer, output);
    close(file);
  }
}

function requestText(input: number, head: Uint8Array): Uint8Array {
  const text = new Uint8Array((head[0] ?? 0) + 256 * (head[1] ?? 0));
  if (text.length > 0) readAll(input, text);
  return text;
}

function sendFile(file: number, path: Uint8Array, buffer: Uint8Array, output: number): void {
  const stat = new Uint8Array(STAT_BYTES);
  statInto({ dir: file, name: NO_NAME }, stat);
  if ((statNumber(stat, STAT_MODE) & S_IFMT) !== S_IFREG) throw new Error(`no regular file in "${textOf(path)}"`);
  const size = statNumber(stat, STAT_SIZE);
  // The size goes out with the first of the content: most files take one call.
  buffer.set(stat.subarray(STAT_SIZE * 8, STAT_SIZE * 8 + SIZE_BYTES));
  let start = SIZE_BYTES;
  let left = size;
  while (left > 0) {
    const length = Math.min(left, readSome(file, buffer.subarray(start)));
    if (length === 0) throw new Error(`a file in "${textOf(path)}" became shorter while it was read`);
    writeAll(output, buffer.subarray(0, start + length));
    left -= length;
    start = 0;
  }
  if (size === 0) writeAll(output, buffer.subarray(0, SIZE_BYTES));
}
