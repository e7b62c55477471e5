/**
 * The names of owners. Nearly all entries of an archive have the same two, so they are made once for a run of them.
 * @module
 */
import { FIELD, type HeaderBlock, type HeaderField } from "../header.ts";
import type { Name } from "../text.ts";

/** The names that a header has for its owners; empty if there is none. */
export interface OwnerNames {
  readonly uname: Name;
  readonly gname: Name;
}

const NOBODY: OwnerNames = { uname: "", gname: "" };
const { uname: UNAME, gname: GNAME } = FIELD;

/** Remembers the owners of the header read last. */
export class OwnerMemory {
  readonly #fields: Buffer = Buffer.alloc(GNAME.end - UNAME.start);
  #owners: OwnerNames = NOBODY;

  /** The owners of a header. Headers without magic have none. */
  read(block: HeaderBlock): OwnerNames {
    if (block.format === "v7") return NOBODY;
    if (this.#isSame(block, UNAME) && this.#isSame(block, GNAME)) return this.#owners;
    block.bytes.copy(this.#fields, 0, block.at + UNAME.start, block.at + GNAME.end);
    this.#owners = { uname: block.text(UNAME), gname: block.text(GNAME) };
    return this.#owners;
  }

  /** Whether a field is what it was, up to its first NUL. */
  #isSame({ bytes, at }: HeaderBlock, { start, end }: HeaderField): boolean {
    for (let i = start; i < end; i += 1) {
      const byte = bytes[at + i];
      if (byte !== this.#fields[i - UNAME.start]) return false;
      if (byte === 0) return true;
    }
    return true;
  }
}
