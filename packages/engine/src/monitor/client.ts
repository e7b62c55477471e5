/**
 * One client of the monitor: frames that came in part, and frames that wait to go out.
 * @module
 */
import { close, setNonBlocking, tryRead, tryWrite } from "@teu/kernel/descriptors";
import { EAGAIN, EINTR } from "@teu/kernel/errno";
import { HEAD_BYTES, MAX_FRAME_BYTES } from "./protocol.ts";

/** A whole frame of a client. */
export class Frame {
  readonly type: number;
  readonly body: Uint8Array;

  constructor(type: number, body: Uint8Array) {
    this.type = type;
    this.body = body;
  }
}

/** A connection. */
export class Client {
  readonly fd: number;
  /** Whether it wants what the container writes. */
  attached = false;
  /** Whether it gave the container some input. */
  gaveInput = false;
  gone = false;
  /** Bytes that wait to go out. */
  pending = 0;
  private readonly room: Uint8Array = new Uint8Array(HEAD_BYTES + MAX_FRAME_BYTES);
  private filled = 0;
  private queue: Uint8Array[] = [];

  constructor(fd: number) {
    this.fd = fd;
    setNonBlocking(fd);
  }

  /** Takes what came; the frames that are whole. Sets {@link gone} at the end, and for a frame that is too long. */
  receive(): Frame[] {
    const size = tryRead(this.fd, this.room.subarray(this.filled));
    if (size === -EAGAIN || size === -EINTR) return [];
    if (size <= 0) {
      this.gone = true;
      return [];
    }
    this.filled += size;
    return this.takeFrames();
  }

  private takeFrames(): Frame[] {
    const frames: Frame[] = [];
    const view = new DataView(this.room.buffer);
    let at = 0;
    while (this.filled - at >= HEAD_BYTES) {
      const length = view.getUint32(at + 1, true);
      if (length > MAX_FRAME_BYTES) {
        this.gone = true;
        return frames;
      }
      if (this.filled - at < HEAD_BYTES + length) break;
      const start = at + HEAD_BYTES;
      frames.push(new Frame(view.getUint8(at), this.room.slice(start, start + length)));
      at = start + length;
    }
    if (at > 0) {
      this.room.set(this.room.slice(at, this.filled));
      this.filled -= at;
    }
    return frames;
  }

  /** Queues a frame, and sends what can be sent. `body` must stay as it is. */
  send(type: number, body: Uint8Array): void {
    const head = new Uint8Array(HEAD_BYTES);
    const view = new DataView(head.buffer);
    view.setUint8(0, type);
    view.setUint32(1, body.length, true);
    this.queue.push(head);
    if (body.length > 0) this.queue.push(body);
    this.pending += HEAD_BYTES + body.length;
    this.flush();
  }

  /** Sends what can be sent. */
  flush(): void {
    while (!this.gone && this.queue.length > 0) {
      const first = this.queue[0] ?? new Uint8Array(0);
      const size = tryWrite(this.fd, first);
      if (size === -EAGAIN || size === -EINTR) return;
      if (size < 0) {
        this.gone = true;
        return;
      }
      this.pending -= size;
      if (size < first.length) this.queue[0] = first.slice(size);
      else this.queue = this.queue.slice(1);
    }
  }

  close(): void {
    close(this.fd);
  }
}
