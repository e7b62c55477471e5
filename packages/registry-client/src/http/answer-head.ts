/**
 * The head of an answer of HTTP/1.1, read strictly: what programs could read in two ways is refused.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112.html}
 * @module
 */
import type { AnswerHeaders } from "./exchange.ts";

/** The first line and the fields of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** False where the other side is going to close the connection, or is too old to say. */
  readonly keepsOpen: boolean;
  /** How the body's end is found, if the answer has a body: by its length in bytes, by its chunks, or by the end of all. */
  readonly framing: number | "chunked" | "until-end";
}

/** The most bytes of a head. Addresses with signatures in redirects are long. */
export const MAX_HEAD_BYTES: number = 64 * 1024;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * Reads a head.
 * @param text The head as Latin-1, without the empty line at its end.
 * @throws Error with a plain reason.
 */
export function parseHead(text: string): AnswerHead {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const [, minor, status] = STATUS_LINE.exec(first) ?? [];
  if (status === undefined) throw new Error(`the answer begins with ${shown(first)}, expected HTTP/1.1 and a status`);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = FIELD.exec(line) ?? [];
    if (name === undefined) throw new Error(`the answer has the header ${shown(line)}, expected NAME: VALUE`);
    addField(fields, name.toLowerCase(), value.trimEnd());
  }
  const options = (fields.get("connection") ?? "").toLowerCase().split(/[\t ]*,[\t ]*/);
  return {
    status: Number(status),
    headers: { get: (name) => fields.get(name.toLowerCase()) ?? null },
    keepsOpen: minor === "1" && !options.includes("close"),
    framing: framingOf(fields),
  };
}

function addField(fields: Map<string, string>, name: string, value: string): void {
  const known = fields.get(name);
  if (name === "set-cookie") return;
  if (known === undefined) fields.set(name, value);
  // Repeated to no effect, by proxies for instance.
  else if (name !== "content-length" || known !== value) fields.set(name, `${known}, ${value}`);
}

function framingOf(fields: ReadonlyMap<string, string>): AnswerHead["framing"] {
  const length = fields.get("content-length");
  const coding = fields.get("transfer-encoding");
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked")
      throw new Error(`the answer is coded as ${shown(coding)}, expected chunked`);
    if (length !== undefined) throw new Error("the answer has a length and comes in chunks, expected one of them");
    return "chunked";
  }
  if (length === undefined) return "until-end";
  if (/^[0-9]{1,15}$/.test(length)) return Number(length);
  throw new Error(`the answer has the length ${shown(length)}, expected a number`);
}

const SHOWN_CHARACTERS = 60;

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}
