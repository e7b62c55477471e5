/**
 * Extensions of X.509, as certificates, lists of revoked certificates and answers about them all have them.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2}
 * @module
 */
import { DER_TAG, type Der } from "./der.ts";

/** An extension. */
export interface Extension {
  readonly critical: boolean;
  /** DER of the extension's own kind. */
  readonly value: Uint8Array;
}

/**
 * Reads a sequence of extensions, by object identifier.
 * @throws TeuError `ERR_DER_INVALID`; RangeError if one is not whole or there twice.
 */
export function readExtensions(sequence: Der | undefined): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const each of sequence?.expect(DER_TAG.sequence).children() ?? []) {
    const [id, ...rest] = each.children();
    const value = rest.at(-1)?.expect(DER_TAG.octetString).content;
    if (id === undefined || value === undefined || rest.length > 2) throw new RangeError("an extension is not whole");
    if (extensions.has(id.oid())) throw new RangeError(`the extension ${id.oid()} is given twice`);
    extensions.set(id.oid(), { critical: rest.length === 2 && rest[0]?.boolean() === true, value });
  }
  return extensions;
}
