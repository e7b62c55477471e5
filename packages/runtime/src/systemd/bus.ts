/**
 * A connection to a D-Bus: calls, their answers, and signals.
 * @module
 */
import { monotonicMs } from "@teu/kernel/clock";
import { close, read, waitReadable, writeBytes, writeText } from "@teu/kernel/descriptors";
import { connectUnix } from "@teu/kernel/sockets";
import { Failure } from "../failure.ts";
import { type Call, ERROR, METHOD_RETURN, type Message, decodeMessage, encodeCall, messageLength } from "./message.ts";

const CHUNK_BYTES = 4096;
const TIMEOUT_MS = 25_000;

/** A connection. Close it. */
export class Bus {
  private readonly fd: number;
  private serial = 0;
  private received: Uint8Array = new Uint8Array(0);
  /** Signals that came while an answer was waited for. */
  private readonly signals: Message[] = [];

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Calls a method; returns the answer. @throws Failure with what the other side says */
  call(call: Call, body: Uint8Array): Message {
    this.serial += 1;
    writeBytes(this.fd, encodeCall(call, this.serial, body), "the D-Bus");
    const end = monotonicMs() + TIMEOUT_MS;
    for (;;) {
      const message = this.next(end, call.member);
      const isAnswer = message.replySerial === this.serial;
      if (isAnswer && message.type === METHOD_RETURN) return message;
      if (isAnswer && message.type === ERROR) throw new BusError(call.member, message);
      this.signals.push(message);
    }
  }

  /** The next signal called `member`, of those that have come already the first. @throws Failure when none comes in time */
  signal(member: string): Message {
    const end = monotonicMs() + TIMEOUT_MS;
    for (;;) {
      const message = this.signals.shift() ?? this.next(end, member);
      if (message.member === member) return message;
    }
  }

  close(): void {
    close(this.fd);
  }

  private next(end: number, waitingFor: string): Message {
    for (;;) {
      const length = messageLength(this.received);
      if (length > 0 && this.received.length >= length) {
        const message = decodeMessage(this.received.slice(0, length));
        this.received = this.received.slice(length);
        return message;
      }
      this.receive(end, waitingFor);
    }
  }

  private receive(end: number, waitingFor: string): void {
    if (monotonicMs() > end) throw new Failure(`systemd: no answer to ${waitingFor} within ${TIMEOUT_MS / 1000} s`);
    waitReadable([this.fd], Math.max(0, end - monotonicMs()));
    const chunk = read(this.fd, CHUNK_BYTES);
    if (chunk.length === 0) throw new Failure(`systemd: the D-Bus closed the connection before ${waitingFor}`);
    const joined = new Uint8Array(this.received.length + chunk.length);
    joined.set(this.received, 0);
    joined.set(chunk, this.received.length);
    this.received = joined;
  }
}

/** What the other side says instead of an answer. */
export class BusError extends Failure {
  /** Such as `org.freedesktop.systemd1.UnitExists`. */
  readonly errorName: string;

  constructor(member: string, { errorName, arguments: [text] }: Message) {
    super(`systemd: ${member}: ${text ?? errorName}`);
    this.errorName = errorName;
  }
}

/** Connects to the bus at a Unix socket as the user `uid`. @throws Failure */
export function connectBus(path: string, uid: number): Bus {
  const fd = connectUnix(path);
  try {
    authenticate(fd, uid);
    const bus = new Bus(fd);
    bus.call(HELLO, new Uint8Array(0));
    return bus;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** The name of the bus itself. */
export const BUS_NAME = "org.freedesktop.DBus";

const HELLO: Call = {
  destination: BUS_NAME,
  path: "/org/freedesktop/DBus",
  face: BUS_NAME,
  member: "Hello",
  signature: "",
};

// The kernel tells the bus who we are; the text only has to agree.
function authenticate(fd: number, uid: number): void {
  writeText(fd, `\0AUTH EXTERNAL ${hexDigits(String(uid))}\r\n`, "the D-Bus");
  const answer = readLine(fd);
  if (!answer.startsWith("OK ")) throw new Failure(`systemd: the D-Bus refuses user ${uid}: ${answer.trim()}`);
  writeText(fd, "BEGIN\r\n", "the D-Bus");
}

const MAX_LINE_BYTES = 1024;

// Byte by byte: what follows the line is a message.
function readLine(fd: number): string {
  let line = "";
  while (!line.endsWith("\r\n") && line.length < MAX_LINE_BYTES) {
    waitReadable([fd], TIMEOUT_MS);
    const bytes = read(fd, 1);
    if (bytes.length === 0) return line;
    line += String.fromCharCode(bytes[0] ?? 0);
  }
  return line;
}

// Of ASCII digits: each is 3 and itself.
function hexDigits(digits: string): string {
  let out = "";
  for (const digit of digits) out += `3${digit}`;
  return out;
}
