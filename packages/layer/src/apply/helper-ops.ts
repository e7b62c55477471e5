/**
 * A tree made by the program `teu-layer`: with owners, devices, attributes and times to the nanosecond, and with a kernel
 * that is told to leave the root by no path. This side only says what to do.
 * @module
 */
import { close, open, writev } from "node:fs";
import { once } from "node:events";
import { promisify } from "node:util";
import { giveBack } from "@teu/std/slabs";
import { HelperProcess } from "../helper-program.ts";
import { CommandBuffer, type CommandBytes } from "./command-buffer.ts";
import type { Attributes, Lack, NewThing, TreeOps } from "./ops.ts";

const openFile = promisify(open);
const closeFile = promisify(close);

// Less than this is not worth a call.
const WRITE_BYTES = 256 * 1024;
// What one call takes, on Linux.
const MAX_PIECES = 1024;

/** Starts the program for the folder `root`. @throws TeuError `ERR_HELPER` */
export async function openHelperOps(program: string, root: string): Promise<TreeOps> {
  await using cleanup = new AsyncDisposableStack();
  const helper = cleanup.use(new HelperProcess(program, "apply", root));
  const [first] = (await Promise.race([once(helper.child.stdout, "data"), helper.end().then(() => [""])])) as [
    Buffer | string,
  ];
  const pipe = await openFile(`/proc/${helper.child.pid}/fd/${Number(String(first))}`, "w");
  helper.child.stdin.write("1");
  cleanup.move();
  return new HelperOps(helper, pipe);
}

class HelperOps implements TreeOps {
  readonly lacks: ReadonlySet<Lack> = new Set();
  readonly #helper: HelperProcess;
  readonly #commands = new CommandBuffer();
  #pipe: number;
  #fileEnd = 0;
  #writing: Promise<void> = Promise.resolve();
  #answer = "";

  constructor(helper: HelperProcess, pipe: number) {
    this.#helper = helper;
    this.#pipe = pipe;
    helper.child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#answer += text));
  }

  make(folder: string, name: string, thing: NewThing): void {
    this.#fileEnd = 0;
    this.#commands.make(folder, name, thing);
  }

  write(chunk: Uint8Array, offset: number): void {
    if (offset > this.#fileEnd) this.#commands.hole(offset - this.#fileEnd);
    this.#commands.content(chunk);
    this.#fileEnd = offset + chunk.length;
  }

  release(memory: Uint8Array): void {
    this.#commands.release(memory);
  }

  settle(folder: string, name: string, attributes: Attributes, size?: number): void {
    if (size !== undefined && size > this.#fileEnd) this.#commands.length(size);
    this.#commands.settle(folder, name, attributes);
  }

  remove(folder: string, name: string, isFolder: boolean): void {
    this.#commands.remove(folder, name, isFolder);
  }

  async drain(isLast = false): Promise<readonly string[]> {
    if (isLast) this.#commands.end();
    if (isLast || this.#commands.bytes >= WRITE_BYTES) await this.#send(isLast);
    if (!isLast) return [];
    await this.#finishPipe();
    await this.#helper.end();
    return (JSON.parse(this.#answer) as { readonly omissions: readonly string[] }).omissions;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Without its reader a write that waits ends, and with it the use of the pipe.
    await this.#helper[Symbol.asyncDispose]();
    await this.#finishPipe();
  }

  /** Hands what there is to a thread that writes it, once the last one is done. */
  async #send(isLast: boolean): Promise<void> {
    await this.#writing;
    this.#writing = this.#writeAll(this.#commands.take());
    // A failure is met at the next call; until then it must not count as unhandled.
    this.#writing.catch(() => {});
    if (isLast) await this.#writing;
  }

  async #writeAll({ pieces, memory }: CommandBytes): Promise<void> {
    try {
      await writePieces(this.#pipe, pieces);
      for (const done of memory) giveBack(done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EPIPE") await this.#helper.end();
      throw error;
    }
  }

  async #finishPipe(): Promise<void> {
    await this.#writing.catch(() => {});
    const pipe = this.#pipe;
    this.#pipe = -1;
    if (pipe >= 0) await closeFile(pipe);
  }
}

async function writePieces(fd: number, pieces: readonly Uint8Array[]): Promise<void> {
  for (let rest = pieces; rest.length > 0;) {
    const written = await writeSome(fd, rest.slice(0, MAX_PIECES));
    rest = behind(rest, written);
  }
}

function writeSome(fd: number, pieces: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, pieces, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}

/** What is left of `pieces` behind so many bytes. */
function behind(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  let index = 0;
  for (let piece = pieces[0]; piece !== undefined && left >= piece.length; piece = pieces[index]) {
    left -= piece.length;
    index += 1;
  }
  const [first, ...rest] = pieces.slice(index);
  return first === undefined ? [] : [first.subarray(left), ...rest];
}
