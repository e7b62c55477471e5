/**
 * Reads the log of a container: what is there, and what comes.
 * @module
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../engine.ts";
import { type ContainerRecord, containerFolders } from "./record.ts";
import { statusOf } from "./status.ts";

/** A line of a log, or a part of one. */
export interface LogLine {
  /** RFC 3339, with microseconds. */
  readonly time: string;
  readonly isError: boolean;
  /** Without its newline, which only whole lines have. */
  readonly text: Buffer;
  readonly isWhole: boolean;
}

/** Which lines to read. */
export interface LogOptions {
  /** The last so many alone. */
  readonly tail?: number | undefined;
  /** RFC 3339, in UTC. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Goes on until the container has ended. */
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const NEWLINE = 10;
const BLANK = 32;
const CHUNK_BYTES = 256 * 1024;
const POLL_MS = 100;

/** The lines of a container's log, the oldest first. */
export async function* readLog(engine: Engine, record: ContainerRecord, options: LogOptions): AsyncGenerator<LogLine> {
  const { log } = containerFolders(engine.folders, record.id);
  const wanted = (line: LogLine): boolean =>
    (options.since === undefined || line.time >= options.since) &&
    (options.until === undefined || line.time <= options.until);
  const files = rotated(log, record.options.log.maxFiles);
  using reader = new LogReader(log);
  const old = (function* (): Generator<LogLine> {
    for (const path of files) {
      using full = new LogReader(path);
      yield* full.lines();
    }
    yield* reader.lines();
  })();
  if (options.tail === undefined) {
    for (const line of old) if (wanted(line)) yield line;
  } else yield* lastOf(old, wanted, options.tail);
  if (options.follow === true) yield* followed(engine, record, { reader, options, wanted });
}

/** Full logs, the oldest first. */
function rotated(path: string, maxFiles: number): string[] {
  const names = Array.from({ length: Math.max(0, maxFiles - 1) }, (_, at) => `${path}.${at + 1}`);
  return names.filter((name) => existsSync(name)).toReversed();
}

function lastOf(lines: Iterable<LogLine>, wanted: (line: LogLine) => boolean, count: number): LogLine[] {
  const kept: LogLine[] = [];
  let whole = 0;
  for (const line of lines) {
    if (!wanted(line)) continue;
    kept.push(line);
    if (line.isWhole) whole += 1;
    while (whole > count) if (kept.shift()?.isWhole === true) whole -= 1;
  }
  return count === 0 ? [] : kept;
}

interface Following {
  readonly reader: LogReader;
  readonly options: LogOptions;
  readonly wanted: (line: LogLine) => boolean;
}

async function* followed(engine: Engine, { id }: ContainerRecord, following: Following): AsyncGenerator<LogLine> {
  const { reader, options, wanted } = following;
  const now = new Date().toISOString();
  for (;;) {
    // Asked before the log is read, so that nothing written meanwhile is missed.
    const { pid, monitorPid } = statusOf(engine.folders, id);
    for (const line of reader.lines()) if (wanted(line)) yield line;
    const isOver = pid === 0 && monitorPid === 0;
    if (isOver || options.signal?.aborted === true || (options.until !== undefined && options.until < now)) return;
    await sleep(POLL_MS, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

/** Reads on in a file that grows, and in the next one when it was full. */
class LogReader {
  readonly #path: string;
  #fd = -1;
  #rest = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** What has come since the last call. */
  *lines(): Generator<LogLine> {
    if (this.#fd < 0 && existsSync(this.#path)) this.#fd = openSync(this.#path, "r");
    if (this.#fd < 0) return;
    yield* this.#read();
    if (!this.#wasReplaced()) return;
    yield* this.#read();
    this[Symbol.dispose]();
    yield* this.lines();
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #wasReplaced(): boolean {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    return now !== undefined && now.ino !== fstatSync(this.#fd).ino;
  }

  *#read(): Generator<LogLine> {
    const room = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const size = readSync(this.#fd, room);
      if (size === 0) return;
      const bytes = Buffer.concat([this.#rest, room.subarray(0, size)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        const line = parseLine(bytes.subarray(start, end));
        if (line !== undefined) yield line;
        start = end + 1;
      }
      this.#rest = Buffer.from(bytes.subarray(start));
    }
  }
}

/** Reads a line of a log; nothing for what is none. */
export function parseLine(bytes: Buffer): LogLine | undefined {
  const first = bytes.indexOf(BLANK);
  const second = bytes.indexOf(BLANK, first + 1);
  const third = bytes.indexOf(BLANK, second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  return {
    time: bytes.toString("latin1", 0, first),
    isError: bytes.toString("latin1", first + 1, second) === "stderr",
    isWhole: bytes.toString("latin1", second + 1, third) === "F",
    text: bytes.subarray(third + 1),
  };
}
