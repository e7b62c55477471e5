/**
 * `Authorization`: how a client answers a challenge.
 * @module
 */
import { type FieldValue, fieldError, joinLines, unwritable } from "./field.ts";

/** What a client shows to prove who it is. */
export type Credentials =
  | { readonly scheme: "basic"; readonly user: string; readonly password: string }
  | { readonly scheme: "bearer"; readonly token: string };

/** Longest value that is read, in characters. */
const MAX_LENGTH = 16_384;

/**
 * Reads `Authorization`.
 * @returns nothing for a scheme other than Basic and Bearer.
 * @throws TeuError `ERR_HEADER_INVALID`; the message never shows the value.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7617#section-2}
 */
export function parseAuthorization(value: FieldValue): Credentials | undefined {
  const [, scheme = "", secret = ""] =
    /^([^\s]+) +([^\s]+)$/.exec(
      joinLines(value)
        .slice(0, MAX_LENGTH + 1)
        .trim(),
    ) ?? [];
  if (secret === "" || joinLines(value).length > MAX_LENGTH) throw invalid("expected a scheme, a space and one word");
  if (scheme.toLowerCase() === "bearer") return { scheme: "bearer", token: secret };
  return scheme.toLowerCase() === "basic" ? readBasic(secret) : undefined;
}

function readBasic(secret: string): Credentials {
  const text = decode(secret);
  const colon = text.indexOf(":");
  if (colon < 0) throw invalid("expected user, colon and password in base64");
  return { scheme: "basic", user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decode(base64: string): string {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid("expected UTF-8 in base64");
  }
}

/**
 * Writes `Authorization`. User and password become UTF-8.
 * @throws TeuError `ERR_HEADER_INVALID` if the user holds a colon, or the token a character that no token has.
 */
export function formatAuthorization(credentials: Credentials): string {
  if (credentials.scheme === "bearer") {
    if (!/^[\u0021-\u007e]+$/.test(credentials.token))
      throw unwritable("Authorization", "***", "a character that no token can hold");
    return `Bearer ${credentials.token}`;
  }
  const { user, password } = credentials;
  if (user.includes(":")) throw unwritable("Authorization", "***", "a colon in the user name");
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;
}

function invalid(problem: string): Error {
  return fieldError("Authorization", "***", problem);
}
