/** Facts about files, as Node's `Stats` has them. @module */
import * as kernel from "@teu/kernel/files";

/** Facts about a file. */
export class Facts {
  readonly #values: DataView;

  constructor(values: DataView) {
    this.#values = values;
  }

  #at(index: number): number {
    return this.#values.getFloat64(index * 8, true);
  }

  #is(kind: number): boolean {
    return (this.mode & kernel.S_IFMT) === kind;
  }

  get mode(): number {
    return this.#at(0);
  }
  get uid(): number {
    return this.#at(1);
  }
  get gid(): number {
    return this.#at(2);
  }
  get dev(): number {
    return this.#at(3);
  }
  get ino(): number {
    return this.#at(4);
  }
  get rdev(): number {
    return this.#at(5);
  }
  get size(): number {
    return this.#at(6);
  }
  get nlink(): number {
    return this.#at(7);
  }
  get mtimeMs(): number {
    return this.#at(8);
  }
  get ctimeMs(): number {
    return this.#at(9);
  }
  get birthtimeMs(): number {
    return this.#at(10);
  }
  get mtime(): Date {
    return new Date(this.mtimeMs);
  }
  get ctime(): Date {
    return new Date(this.ctimeMs);
  }
  isFile(): boolean {
    return this.#is(kernel.S_IFREG);
  }
  isDirectory(): boolean {
    return this.#is(kernel.S_IFDIR);
  }
  isSymbolicLink(): boolean {
    return this.#is(kernel.S_IFLNK);
  }
  isCharacterDevice(): boolean {
    return this.#is(kernel.S_IFCHR);
  }
  isBlockDevice(): boolean {
    return this.#is(kernel.S_IFBLK);
  }
  isFIFO(): boolean {
    return this.#is(kernel.S_IFIFO);
  }
  isSocket(): boolean {
    return this.#is(kernel.S_IFSOCK);
  }
}
