/**
 * Names that nothing else has. They come from the kernel: Node's module for randomness takes longer to load than all else that
 * starting a container needs of Node.
 * @module
 */
import { closeSync, openSync, readSync } from "node:fs";

const ID_BYTES = 32;

/** 64 hexadecimal digits. */
export function randomId(): string {
  const bytes = Buffer.alloc(ID_BYTES);
  const source = openSync("/dev/urandom", "r");
  try {
    if (readSync(source, bytes) !== ID_BYTES) throw new Error("Reading /dev/urandom: it gives too little");
  } finally {
    closeSync(source);
  }
  return bytes.toString("hex");
}
