/**
 * Text that is safe to print: no credentials, no control characters.
 * @module
 */

/** Makes control and bidirectional characters visible as `\u{…}` escapes and hides the passwords of URLs. Newlines and tabs stay. */
export function printable(text: string): string {
  return redact(text).replace(UNSAFE, escape);
}

// C0 without tab and newline, DEL, C1, and the characters that reorder text on a terminal.
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Hides user and password of every URL, and the values of authorization headers and tokens, in `text`. */
export function redact(text: string): string {
  return text.replace(URL_CREDENTIALS, "$1***@").replace(AUTHORIZATION, "$1 ***").replace(QUERY_SECRET, "$1***");
}

const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*@/giu;
const AUTHORIZATION = /\b(Basic|Bearer)\s+[A-Za-z0-9+/._~=-]{4,}/giu;
const QUERY_SECRET =
  /([?&](?:access_token|token|refresh_token|password|secret|signature|sig|X-Amz-Signature|X-Amz-Credential)=)[^&\s#"']+/giu;
