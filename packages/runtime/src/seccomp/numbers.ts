/**
 * A list of numbers whose every read is a number. Reads of an ordinary array may be undefined, for which the release
 * build allocates; the compiler of filters reads some ten thousand times.
 * @module
 */

const SIZE = 8;
const FIRST_CAPACITY = 1024;

/** A growing list of numbers in one buffer: an array of numbers would allocate for each read in the release build. */
export class Numbers {
  length = 0;
  private view: DataView = new DataView(new Uint8Array(FIRST_CAPACITY * SIZE).buffer);

  /** The number at `index`, which must be below the length. */
  at(index: number): number {
    return this.view.getFloat64(index * SIZE, true);
  }

  /** The last number; the list must not be empty. */
  last(): number {
    return this.view.getFloat64((this.length - 1) * SIZE, true);
  }

  push(value: number): void {
    if (this.length * SIZE === this.view.byteLength) this.grow();
    this.view.setFloat64(this.length * SIZE, value, true);
    this.length += 1;
  }

  /** Makes the list at least that long; what is new is 0. */
  reach(length: number): void {
    while (length * SIZE > this.view.byteLength) this.grow();
    if (length > this.length) this.length = length;
  }

  put(index: number, value: number): void {
    this.view.setFloat64(index * SIZE, value, true);
  }

  pop(): void {
    this.length -= 1;
  }

  private grow(): void {
    const wider = new DataView(new Uint8Array(this.view.byteLength * 2).buffer);
    for (let i = 0; i < this.length; i++) wider.setFloat64(i * SIZE, this.at(i), true);
    this.view = wider;
  }
}
