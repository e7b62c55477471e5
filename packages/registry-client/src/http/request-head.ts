/**
 * The head of a request of HTTP/1.1, and the chunks of a body whose length is not known.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112.html}
 * @module
 */
import { concatBytes } from "@teu/std/bytes";

/** What ends a body in chunks. */
export const LAST_CHUNK: Uint8Array = new TextEncoder().encode("0\r\n\r\n");

const TARGET = /^[\x21-\x7e]+$/;
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Writes a head, to be sent as Latin-1.
 * @throws RangeError for what would not arrive as it is meant.
 */
export function formatHead(method: string, target: string, headers: Readonly<Record<string, string>>): string {
  if (!TARGET.test(target)) throw new RangeError("an address with blanks or control characters");
  const lines = Object.entries(headers).map(([name, value]) => {
    // The value may be secret.
    if (!NAME.test(name) || !VALUE.test(value)) throw new RangeError(`a header "${name}" with control characters`);
    return `${name}: ${value}\r\n`;
  });
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A chunk of a body, with its length in front. */
export function frameChunk(bytes: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  return concatBytes([encoder.encode(`${bytes.length.toString(16)}\r\n`), bytes, encoder.encode("\r\n")]);
}
