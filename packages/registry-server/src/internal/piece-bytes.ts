/**
 * How much of a file is sent at once. Large pieces cost least; where many clients pull, and slowly, memory counts more.
 * @module
 */

/** Largest piece, in bytes. */
export const PIECE_BYTES: number = 256 * 1024;
const LEAST_BYTES = 16 * 1024;
/** Most memory of all pieces, unless there are so many files that the least pieces take more. */
const ALL_BYTES = 32 * 1024 * 1024;

/** The size of each of the two pieces that a file goes through, of so many: a power of two, so that memory is used again. */
export function pieceBytes(files: number): number {
  let bytes = PIECE_BYTES;
  while (bytes > LEAST_BYTES && bytes * 2 * files > ALL_BYTES) bytes /= 2;
  return bytes;
}
