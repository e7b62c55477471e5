/** Characters that addresses cannot have as they are. @module */
import { utf8Bytes } from "./buffer.ts";

// What stays as it is; all else is escaped.
/** Of a fragment. */
export const FRAGMENT: RegExp = /^[!#-;=?-_a-~]*$/;
/** Of a query. */
export const QUERY: RegExp = /^[!$-&(-;=?-~]*$/;
/** Of a path. */
export const PATH: RegExp = /^[!$-;=@-\]_a-z|~]*$/;
/** Of the name and the password of a user. */
export const USER: RegExp = /^[!$-.0-9A-Z_a-z~]*$/;

/** A text with all escaped that is not `plain`. */
export function escaped(text: string, plain: RegExp): string {
  if (plain.test(text)) return text;
  return Array.from(text, (character) => (plain.test(character) ? character : percent(character))).join("");
}

/** A character, escaped. */
export function percent(character: string): string {
  return Array.from(utf8Bytes(character), (byte) => `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`).join(
    "",
  );
}
