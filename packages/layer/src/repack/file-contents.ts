/**
 * Contents of files of a tree, read by the program `teu-layer`, which follows no symbolic link on the way.
 * @module
 */
import { concatBytes } from "@teu/std/bytes";
import { TeuError } from "@teu/std/error";
import { adoptSlab, endSlab, giveBack } from "@teu/std/slabs";
import { shown } from "../byte-path.ts";
import type { LayerErrorCode } from "../errors.ts";
import { HelperProcess } from "../helper-program.ts";

/** Reads files one after the other. Several can be asked for at once, which saves waiting; they come in that order. */
export class FileContents implements AsyncDisposable {
  readonly #helper: HelperProcess;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Requests that have not been sent. */
  #requests: Uint8Array[] = [];
  #rest: Uint8Array = new Uint8Array(0);

  constructor(program: string, root: string) {
    this.#helper = new HelperProcess(program, "read", root);
    this.#chunks = (this.#helper.child.stdout as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /**
   * Asks for the content of a file. It has to be read to its end before that of the file asked for next.
   * @throws TeuError while it is read: `ERR_TREE_CHANGED` if it is not `size` bytes long; `ERR_APPLY`, `ERR_HELPER`
   */
  read(path: string, size: number): AsyncIterable<Uint8Array> {
    const slash = path.lastIndexOf("/");
    this.#requests.push(request(path.slice(0, Math.max(0, slash)), path.slice(slash + 1)));
    return this.#content(path, size);
  }

  async *#content(path: string, size: number): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#requests.length > 0) {
      this.#helper.child.stdin.write(concatBytes(this.#requests));
      this.#requests = [];
    }
    const actual = Buffer.from(await this.#exactly(8)).readDoubleLE();
    if (actual !== size) throw changed(path, actual, size);
    for (let left = size; left > 0;) {
      const chunk = await this.#atMost(left);
      left -= chunk.length;
      yield chunk;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#helper[Symbol.asyncDispose]();
  }

  async #exactly(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let left = length; left > 0;) {
      const part = await this.#atMost(left);
      left -= part.length;
      parts.push(part);
    }
    const bytes = concatBytes(parts);
    for (const part of parts) giveBack(part);
    return bytes;
  }

  async #atMost(length: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        await this.#helper.end();
        throw new TeuError<LayerErrorCode>("ERR_HELPER", "Reading files: teu-layer ended, expected it to go on");
      }
      this.#rest = next.value;
      adopt(next.value);
    }
    const part = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }
}

/** Lets go of the memory of a chunk with its last byte; small ones share theirs. */
function adopt(chunk: Uint8Array): void {
  if (chunk.length < chunk.buffer.byteLength) return;
  adoptSlab(chunk);
  endSlab(chunk, chunk.length);
}

function request(folder: string, name: string): Buffer {
  const bytes = Buffer.alloc(4 + folder.length + name.length);
  bytes.writeUInt16LE(folder.length);
  bytes.write(folder, 2, "latin1");
  bytes.writeUInt16LE(name.length, 2 + folder.length);
  bytes.write(name, 4 + folder.length, "latin1");
  return bytes;
}

function changed(path: string, actual: number, expected: number): TeuError<LayerErrorCode> {
  const message = `Packing "${shown(path)}": it is ${actual} bytes now, expected ${expected}`;
  return new TeuError("ERR_TREE_CHANGED", message, { hint: "Nothing may write to the tree while it is packed" });
}
