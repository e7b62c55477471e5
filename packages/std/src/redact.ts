/**
 * Text that is safe to print: no credentials, no control characters.
 * @module
 */

/** Makes control and bidirectional characters visible as `\u{…}` escapes and hides credentials. Newlines and tabs stay. */
export function printable(text: string): string {
  return redact(text).replace(UNSAFE, escape);
}

// C0 without tab and newline, DEL, C1, line separators, and the characters that reorder text on a terminal.
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * Hides as `***` what lets somebody in: user and password of URLs, credentials in authorization headers and cookies,
 * secrets in queries, forms and JSON, and JSON web tokens. Takes time linear in the length of `text`.
 */
export function redact(text: string): string {
  let safe = text;
  const lower = text.toLowerCase();
  for (const { needs, hide } of SECRETS) if (needs.some((part) => lower.includes(part))) safe = hide(safe);
  return safe;
}

// Up to the last @ before the path. Not `docker://name@sha256:…`, where the @ introduces a digest.
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"<>]*@(?![a-z0-9+._-]{1,30}:[0-9a-f]{32})/giu;

// A header line, or the same as a field of a printed object.
const HEADER =
  /\b((?:(?:proxy-)?authorization["']?[:=]\s?["']?(?:basic|bearer|digest|negotiate|token|aws4-hmac-sha256)|(?:set-)?cookie["']?:|x-registry-(?:auth|config)["']?:|x-amz-security-token["']?:)\s?["']?)[^\s"'][^\r\n"']*/giu;

const SCHEME_AND_TOKEN = /\b((?:basic|bearer)\s)([a-z0-9+/._~-]{8,}={0,2})(?![a-z0-9+/._~="-])/giu;

/** Tells a token from a word such as in "Basic authentication". */
function looksSecret(token: string): boolean {
  return token.length >= 24 || /[0-9+/_~=]|.[A-Z]/u.test(token);
}

const QUERY_SECRET =
  /([?&](?:(?:access_|refresh_|id_|identity_)?token|password|client_secret|secret|assertion|code|api_?key|sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token))=)[^&\s#"']+/giu;

const ASSIGNED_SECRET =
  /((?<![a-z0-9_])(?:(?:access|refresh|id|identity)_token|password|client_secret|api_key)=["']?)[^&\s"',;]+/giu;

const JSON_SECRET =
  /("(?:(?:access_|refresh_|id_)?token|identitytoken|registrytoken|password|client_secret|secret|auth)"\s?:\s?")[^"]+/giu;

// Header and payload of a JSON web token begin with an encoded `{"`.
const WEB_TOKEN = /\beyJ[\w-]{8,}\.eyJ[\w-]+\.[\w-]*/gu;

/** What is hidden, and how. */
interface Secret {
  /**
   * Parts in lower case of which every match has one. To make a pattern ready takes long, and few texts need any. None has a k
   * or an s, which for a pattern are the same as two further characters.
   */
  readonly needs: readonly string[];
  readonly hide: (text: string) => string;
}

const SECRETS: readonly Secret[] = [
  { needs: ["://"], hide: (text) => text.replace(URL_CREDENTIALS, "$1***@") },
  { needs: ["authorization", "coo", "x-regi", "x-amz-"], hide: (text) => text.replace(HEADER, "$1***") },
  {
    needs: ["bearer", "ba"],
    hide: (text) =>
      text.replace(SCHEME_AND_TOKEN, (whole, scheme: string, token: string) =>
        looksSecret(token) ? `${scheme}***` : whole,
      ),
  },
  { needs: ["?", "&"], hide: (text) => text.replace(QUERY_SECRET, "$1***") },
  { needs: ["_to", "word", "client_", "api_"], hide: (text) => text.replace(ASSIGNED_SECRET, "$1***") },
  { needs: ['en"', 'd"', 'et"', 'th"'], hide: (text) => text.replace(JSON_SECRET, "$1***") },
  { needs: ["eyj"], hide: (text) => text.replace(WEB_TOKEN, "***") },
];
