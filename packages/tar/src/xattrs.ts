/**
 * Extended attributes, as PAX records hold them: `SCHILY.xattr.NAME` with the value as it is (star, GNU tar, Go), and
 * `LIBARCHIVE.xattr.NAME` with the name percent-encoded and the value in base 64.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarErrorCode } from "./errors.ts";
import type { Labelled } from "./limits.ts";

/** Prefix of the keys that the writer uses. */
export const XATTR_PREFIX = "SCHILY.xattr.";
const LIBARCHIVE_PREFIX = "LIBARCHIVE.xattr.";

/** Whether a record holds an attribute. */
export function isXattr({ key }: { readonly key: string }): boolean {
  return key.startsWith(XATTR_PREFIX) || key.startsWith(LIBARCHIVE_PREFIX);
}

/**
 * Finds the attributes among PAX records. Where both forms name the same attribute, `SCHILY.xattr.` counts.
 * @throws TeuError `ERR_TAR_PAX` if a `LIBARCHIVE.xattr.` record is malformed.
 */
export function readXattrs(pax: ReadonlyMap<string, Uint8Array>, entry: Labelled): ReadonlyMap<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of pax) {
    if (key.startsWith(XATTR_PREFIX)) xattrs.set(key.slice(XATTR_PREFIX.length), value);
  }
  for (const [key, value] of pax) {
    if (!key.startsWith(LIBARCHIVE_PREFIX)) continue;
    const encoded = key.slice(LIBARCHIVE_PREFIX.length);
    const { name, bytes } = decodeXattr(encoded, value, entry);
    // The twin that libarchive writes has the encoded name too.
    if (encoded !== name) xattrs.delete(encoded);
    if (!xattrs.has(name)) xattrs.set(name, bytes);
  }
  return xattrs;
}

interface Xattr {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function decodeXattr(encoded: string, value: Uint8Array, entry: Labelled): Xattr {
  const name = percentDecode(encoded);
  const base64 = Buffer.from(value).toString("latin1");
  if (name !== undefined && BASE64.test(base64)) return { name, bytes: new Uint8Array(Buffer.from(base64, "base64")) };
  const message = `Reading ${entry.label()}: record "${LIBARCHIVE_PREFIX}${encoded}", expected percent-encoding and base 64`;
  throw new TeuError<TarErrorCode>("ERR_TAR_PAX", message);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
