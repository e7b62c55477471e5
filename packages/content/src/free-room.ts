/**
 * Room on a disk for content that is under way: what says that it is larger is refused before its first byte, so that
 * nobody can fill a disk by saying so.
 * @module
 */
import { statfsSync } from "node:fs";
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "./errors.ts";
import type { ContentCheck } from "./verified-read.ts";

/** The room that writers of one folder share. */
export class FreeRoom {
  readonly #folder: string;
  readonly #waiting = new Map<ContentCheck, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Claims room for content of which `start` bytes are there, until that is disposed of. It shrinks as the bytes come.
   * @throws TeuError `ERR_STORE_FULL`
   */
  claim(check: ContentCheck, start: number): Disposable {
    let wanted = check.descriptor.size - start;
    for (const [other, from] of this.#waiting) wanted += other.descriptor.size - Math.max(from, other.bytes);
    checkBytes(this.#folder, wanted, check.descriptor);
    this.#waiting.set(check, start);
    return { [Symbol.dispose]: () => void this.#waiting.delete(check) };
  }
}

/**
 * Refuses content for which the disk of a folder has no room.
 * @throws TeuError `ERR_STORE_FULL`
 */
export function checkRoom(folder: string, descriptor: Descriptor): void {
  checkBytes(folder, descriptor.size, descriptor);
}

function checkBytes(folder: string, wanted: number, descriptor: Descriptor): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (wanted <= free) return;
  const place = JSON.stringify(folder);
  const message = `Writing to ${place}: the disk is full: ${wanted} bytes are to come, and ${free} are left`;
  throw new TeuError<ContentErrorCode>("ERR_STORE_FULL", message, { detail: { descriptor } });
}
