/**
 * Writes to standard output and standard error without opening Node's streams for them, which takes some milliseconds of
 * every start.
 * @module
 */
import { fstatSync, writeSync } from "node:fs";

/** The number of the driver of /dev/null. */
const MEMORY_DEVICES = 1;

/** A standard output of the process. */
export interface StandardOutput {
  /** Writes text. */
  readonly text: (text: string) => void;
  /** Node's stream, for what needs one. From then on all goes through it, so that nothing is overtaken. */
  readonly stream: () => NodeJS.WriteStream;
}

/** Standard output (1) or standard error (2). */
export function standardOutput(fd: 1 | 2): StandardOutput {
  let opened: NodeJS.WriteStream | undefined;
  const stream = (): NodeJS.WriteStream => (opened ??= openStream(fd));
  return {
    text: (text) => {
      const rest = opened === undefined ? writeNow(fd, Buffer.from(text)) : text;
      if (rest.length > 0) stream().write(rest);
    },
    stream,
  };
}

/** Whether a standard output may be a terminal; asking Node for certain costs what this file saves. */
export function mayBeTerminal(fd: 1 | 2): boolean {
  try {
    const found = fstatSync(fd);
    return found.isCharacterDevice() && found.rdev >> 8 !== MEMORY_DEVICES;
  } catch {
    return false;
  }
}

/** Writes until all is written or there is no room. @returns What is left for the stream, which can wait */
function writeNow(fd: 1 | 2, bytes: Uint8Array): Uint8Array {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") leave(fd, error as NodeJS.ErrnoException);
  }
  return bytes.subarray(written);
}

/** Node's stream of a standard output, of which a reader may leave. */
export function openStream(fd: 1 | 2): NodeJS.WriteStream {
  const stream = fd === 1 ? process.stdout : process.stderr;
  stream.on("error", (error: NodeJS.ErrnoException) => leave(fd, error));
  return stream;
}

/** A reader that leaves early, such as head, is no fault. Without standard error there is nobody to tell. */
function leave(fd: 1 | 2, { code }: NodeJS.ErrnoException): void {
  if (fd === 1) process.exit(code === "EPIPE" ? 0 : 1);
}
