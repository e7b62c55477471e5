/**
 * Reads the fields of a frame. A frame that ends too early is the library's fault; it ends the program.
 * @module
 */

/** Reads on in `bytes` up to `end`. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  end = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  /** Starts over with the first `length` bytes. */
  restart(length: number): void {
    this.at = 0;
    this.end = length;
  }

  more(): boolean {
    return this.at < this.end;
  }

  u8(): number {
    return this.view.getUint8(this.step(1));
  }

  u16(): number {
    return this.view.getUint16(this.step(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.step(4), true);
  }

  f64(): number {
    return this.view.getFloat64(this.step(8), true);
  }

  /** So many bytes, shared with the frame. */
  take(length: number): Uint8Array {
    const start = this.step(length);
    return this.bytes.subarray(start, start + length);
  }

  /** A text, shared with the frame. */
  text(): Uint8Array {
    return this.take(this.u16());
  }

  private step(length: number): number {
    const start = this.at;
    this.at = start + length;
    if (this.at > this.end) throw new Error(`a frame of ${this.end} bytes ends inside a field`);
    return start;
  }
}
