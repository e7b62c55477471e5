/**
 * Requests to the kernel about network interfaces: rtnetlink, as far as moving interfaces needs it.
 * https://man7.org/linux/man-pages/man7/rtnetlink.7.html
 * @module
 */
import { SysError } from "@teu/kernel/errno";
import { read, writeBytes } from "@teu/kernel/descriptors";

export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_GETADDR = 22;

export const NLM_F_ACK = 4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CREATE = 0x400;
export const NLM_F_EXCL = 0x200;

export const IFLA_IFNAME = 3;
export const IFLA_NET_NS_FD = 28;
export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;
export const IFF_UP = 1;

const NLM_F_REQUEST = 1;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER_BYTES = 16;
const ANSWER_BYTES = 65_536;

/** An attribute of a request or an answer. */
export interface Attribute {
  readonly type: number;
  readonly bytes: readonly number[];
}

/** Bytes of a 32-bit number, the lowest first. */
export function word(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];
}

/** Bytes of an ASCII text, ended by NUL. */
export function zeroEnded(text: string): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) bytes.push(text.charCodeAt(i) & 0x7f);
  return bytes.concat([0]);
}

/** The bytes of a request. `body` is the fixed part behind the header. */
// oxlint-disable-next-line max-params -- the parts of a message
export function encodeRequest(
  type: number,
  flags: number,
  body: readonly number[],
  attributes: readonly Attribute[],
): Uint8Array {
  const bytes: number[] = [...body];
  for (const attribute of attributes) {
    const length = attribute.bytes.length + 4;
    bytes.push(length & 0xff, length >> 8, attribute.type & 0xff, attribute.type >> 8);
    for (const byte of attribute.bytes) bytes.push(byte);
    while (bytes.length % 4 !== 0) bytes.push(0);
  }
  const low = (flags | NLM_F_REQUEST) & 0xff;
  const head = [...word(bytes.length + HEADER_BYTES), type, 0, low, flags >> 8, ...word(1), ...word(0)];
  const out = new Uint8Array(head.length + bytes.length);
  let at = 0;
  for (const byte of head) out[at++] = byte;
  for (const byte of bytes) out[at++] = byte;
  return out;
}

/** One message of an answer. */
export interface NetMessage {
  readonly type: number;
  /** What follows the header. */
  readonly body: Uint8Array;
}

/** Takes an answer apart. */
export function decodeMessages(bytes: Uint8Array): NetMessage[] {
  const messages: NetMessage[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || at + length > bytes.length) break;
    messages.push({ type: view.getUint16(at + 4, true), body: bytes.slice(at + HEADER_BYTES, at + length) });
    at += Math.ceil(length / 4) * 4;
  }
  return messages;
}

/** The attributes of a body behind its fixed part of `fixed` bytes. */
export function attributesOf(body: Uint8Array, fixed: number): Attribute[] {
  const attributes: Attribute[] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let at = fixed; at + 4 <= body.length;) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > body.length) break;
    const bytes: number[] = [];
    for (const byte of body.slice(at + 4, at + length)) bytes.push(byte);
    attributes.push({ type: view.getUint16(at + 2, true) & 0x3fff, bytes });
    at += Math.ceil(length / 4) * 4;
  }
  return attributes;
}

/** Sends a request and collects its answers up to the last. @throws SysError where the kernel refuses: `subject` names what */
export function ask(socket: number, request: Uint8Array, subject: string): NetMessage[] {
  writeBytes(socket, request, subject);
  const answers: NetMessage[] = [];
  for (;;) {
    for (const message of decodeMessages(read(socket, ANSWER_BYTES))) {
      if (message.type === NLMSG_DONE) return answers;
      if (message.type !== NLMSG_ERROR) answers.push(message);
      else {
        const errno = -new DataView(message.body.buffer, message.body.byteOffset, 4).getInt32(0, true);
        if (errno !== 0) throw new SysError("change the network interface", subject, errno);
        return answers;
      }
    }
  }
}
