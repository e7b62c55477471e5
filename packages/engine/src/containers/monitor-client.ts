/**
 * A client of a container's monitor: what the container writes comes out, what people type goes in.
 * @module
 */
import { closeSync, constants, openSync } from "node:fs";
import { connect } from "node:net";
import { basename, dirname } from "node:path";
import type { Duplex } from "node:stream";
import {
  ATTACH,
  CREATED,
  ENDED,
  ERROR_OUTPUT,
  FAILED,
  HEAD_BYTES,
  INPUT,
  INPUT_END,
  LEAVE,
  MAX_FRAME_BYTES,
  NO_RESTART,
  OUTPUT,
  RESIZE,
  START,
  STARTED,
} from "../monitor/protocol.ts";

/** What a monitor tells. */
export interface MonitorListener {
  /** The container is made, and waits for {@link MonitorClient.start}. */
  created?(): void;
  started?(): void;
  /** Answers false to hold the container up until {@link MonitorClient.resume}. */
  output?(bytes: Uint8Array, isError: boolean): boolean;
  /** It has ended for good. */
  ended?(exitCode: number): void;
  /** It could not be made or started. */
  failed?(): void;
  /** The monitor went away without a word. */
  lost?(): void;
}

const NOTHING = Buffer.alloc(0);

/** A connection. */
export class MonitorClient {
  readonly #socket: Duplex;
  readonly #listener: MonitorListener;
  #rest: Buffer = NOTHING;
  #isOver = false;

  constructor(socket: Duplex, listener: MonitorListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    // Its end says enough.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#closed());
  }

  /** Asks for what the container writes from now on. */
  attach(): void {
    this.#send(ATTACH);
  }

  /** Lets a container that is made start. */
  start(): void {
    this.#send(START);
  }

  /** Has the monitor not start the container again. */
  forbidRestart(): void {
    this.#send(NO_RESTART);
  }

  /** Says that the monitor has to clean up by itself. */
  leave(): void {
    this.#send(LEAVE);
  }

  /** Gives input; answers false when it is time to wait for {@link onRoom}. */
  input(bytes: Uint8Array): boolean {
    let room = true;
    for (let at = 0; at < bytes.length; at += MAX_FRAME_BYTES)
      room = this.#send(INPUT, bytes.subarray(at, at + MAX_FRAME_BYTES));
    return room;
  }

  /** Calls `then` once there is room for more input. */
  onRoom(then: () => void): void {
    this.#socket.once("drain", then);
  }

  endInput(): void {
    this.#send(INPUT_END);
  }

  resize(rows: number, columns: number): void {
    const body = Buffer.alloc(4);
    body.writeUInt16LE(rows, 0);
    body.writeUInt16LE(columns, 2);
    this.#send(RESIZE, body);
  }

  /** Goes on after {@link MonitorListener.output} answered false. */
  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection once everything is sent. */
  close(): void {
    this.#isOver = true;
    this.#socket.end();
    this.#socket.on("finish", () => this.#socket.destroy());
  }

  #send(type: number, body: Uint8Array = NOTHING): boolean {
    if (this.#socket.destroyed) return true;
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt8(type, 0);
    head.writeUInt32LE(body.length, 1);
    return this.#socket.write(body.length === 0 ? head : Buffer.concat([head, body]));
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + bytes.readUInt32LE(at + 1);
      if (end > bytes.length) break;
      this.#onFrame(bytes.readUInt8(at), bytes.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }

  #onFrame(type: number, body: Buffer): void {
    const listener = this.#listener;
    if (type === OUTPUT || type === ERROR_OUTPUT) {
      if (listener.output?.(body, type === ERROR_OUTPUT) === false) this.#socket.pause();
    } else if (type === CREATED) listener.created?.();
    else if (type === STARTED) listener.started?.();
    else if (type === ENDED || type === FAILED) {
      this.#isOver = true;
      if (type === ENDED) listener.ended?.(body.readUInt32LE(0));
      else listener.failed?.();
    }
  }

  #closed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.lost?.();
  }
}

const MAX_ADDRESS_BYTES = 107;

/** Connects to the monitor whose run folder is `folder`; nothing where there is none. */
export async function connectMonitor(folder: string, listener: MonitorListener): Promise<MonitorClient | undefined> {
  const path = `${folder}/attach`;
  // An address has little room; a longer path is reached by its open folder.
  const isLong = Buffer.byteLength(path) > MAX_ADDRESS_BYTES;
  try {
    const fd = isLong ? openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY) : -1;
    const socket = connect(isLong ? `/proc/self/fd/${fd}/${basename(path)}` : path);
    try {
      await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    } finally {
      if (fd >= 0) closeSync(fd);
    }
    return new MonitorClient(socket, listener);
  } catch {
    return undefined;
  }
}
