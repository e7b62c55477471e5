/**
 * Addresses in documents, checked against the grammar of RFC 3986.
 * @module
 */

/**
 * Tells whether `text` is a URI: a scheme, a colon, and what may follow. A relative reference is none.
 * @see {@link https://datatracker.ietf.org/doc/html/rfc3986#appendix-A}
 */
export function isUri(text: string): boolean {
  const match = PARTS.exec(text);
  if (match === null || BAD_ESCAPE.test(text)) return false;
  const [, authority, path = "", query, fragment] = match;
  if (authority !== undefined && !AUTHORITY.test(authority)) return false;
  return PATH.test(path) && isTail(query) && isTail(fragment);
}

// Every group ends where the next may begin, so that this and the patterns below take time linear in the text.
const PARTS = /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const AUTHORITY =
  /^(?:[\w.~!$&'()*+,;=:%-]*@)?(?:\[(?:[0-9A-Fa-f:.]+|v[0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+)\]|[\w.~!$&'()*+,;=%-]*)(?::[0-9]*)?$/;
const PATH = /^[\w.~!$&'()*+,;=:@/%-]*$/;
const TAIL = /^[\w.~!$&'()*+,;=:@/?%-]*$/;

function isTail(text: string | undefined): boolean {
  return text === undefined || TAIL.test(text);
}
