/**
 * The log of a container, in the format of the Container Runtime Interface: `TIME STREAM F|P TEXT`, where P says that the
 * line goes on. What the container writes stands in it as it is, whatever bytes it has.
 *
 * A full disk loses lines and not the container.
 * @see {@link https://github.com/kubernetes/design-proposals-archive/blob/acc25e14ca83dfda4f66d8cb1f1b491f26e78ffe/node/kubelet-cri-logging.md}
 * @module
 */
import { close, tryWrite } from "@teu/kernel/descriptors";
import { CWD, O_APPEND, O_CREAT, O_WRONLY, open, rename, stat, unlinkAt } from "@teu/kernel/files";

const NEWLINE = 10;
const MODE = 0o640;

/** An open log. */
export class LogFile {
  private readonly path: string;
  private readonly maxBytes: number;
  private readonly maxFiles: number;
  private fd: number;
  private bytes: number;

  /** @param maxBytes of one file, 0 for any number; @param maxFiles with those that were full before */
  constructor(path: string, maxBytes: number, maxFiles: number) {
    this.path = path;
    this.maxBytes = maxBytes;
    this.maxFiles = maxFiles;
    this.fd = openLog(path);
    this.bytes = stat(path)?.size ?? 0;
  }

  /** Notes what came from `stream` at `time`. */
  write(stream: string, time: string, chunk: Uint8Array): void {
    let rest = logLines(stream, time, chunk);
    while (rest.length > 0) {
      const room = this.maxBytes > 0 ? this.maxBytes - this.bytes : rest.length;
      const fits = wholeLines(rest, room);
      if (fits > room && this.bytes > 0) this.rotate();
      else {
        this.append(rest.subarray(0, fits));
        rest = rest.subarray(fits);
      }
    }
  }

  private append(text: Uint8Array): void {
    this.bytes += text.length;
    let rest = text;
    while (rest.length > 0) {
      const size = tryWrite(this.fd, rest);
      if (size <= 0) return;
      rest = rest.slice(size);
    }
  }

  private rotate(): void {
    close(this.fd);
    for (let i = this.maxFiles - 1; i >= 1; i--)
      moveOver(i === 1 ? this.path : `${this.path}.${i - 1}`, `${this.path}.${i}`);
    if (this.maxFiles <= 1) unlinkAt(CWD, this.path);
    this.fd = openLog(this.path);
    this.bytes = 0;
  }

  close(): void {
    close(this.fd);
  }
}

function openLog(path: string): number {
  return open(path, O_WRONLY | O_CREAT | O_APPEND, MODE);
}

function moveOver(from: string, to: string): void {
  if (stat(from) !== undefined) rename(from, to);
}

/** How many bytes the lines have that fit into `room`; those of the first one where not even that does. */
export function wholeLines(text: Uint8Array, room: number): number {
  let end = 0;
  for (let at = 0; at < text.length && (at < room || end === 0); at++) if (text[at] === NEWLINE) end = at + 1;
  return end === 0 ? text.length : end;
}

/** What a chunk looks like in the log. */
export function logLines(stream: string, time: string, chunk: Uint8Array): Uint8Array {
  const full = ascii(`${time} ${stream} F `);
  let lines = 0;
  for (const byte of chunk) if (byte === NEWLINE) lines += 1;
  const endsWhole = chunk.length > 0 && chunk[chunk.length - 1] === NEWLINE;
  const rest = endsWhole ? 0 : full.length + 1;
  const out = new Uint8Array(chunk.length + lines * full.length + rest);
  let at = 0;
  for (let start = 0; start < chunk.length;) {
    const stop = lineEnd(chunk, start);
    out.set(full, at);
    if (stop === chunk.length) out[at + full.length - 2] = PARTIAL;
    at += full.length;
    out.set(chunk.subarray(start, stop), at);
    at += stop - start;
    out[at] = NEWLINE;
    at += 1;
    start = stop + 1;
  }
  return out.subarray(0, at);
}

const PARTIAL = 80;

/** Where the line that begins at `start` ends: at its newline, or with the chunk. */
function lineEnd(chunk: Uint8Array, start: number): number {
  let at = start;
  while (at < chunk.length && chunk[at] !== NEWLINE) at += 1;
  return at;
}

function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
