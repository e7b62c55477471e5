/**
 * What the Notary Project asks of the certificates of a signature.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/signature-specification.md#certificate-requirements}
 * @module
 */
import { checkChain, isIssuedBy } from "@teu/pki/certificate-chain";
import { type Certificate, EXTENSION, KEY_PURPOSE, formatCertificateName } from "@teu/pki/certificate";
import { keyFacts } from "@teu/pki/keys";
import { unreadable } from "./unreadable.ts";

const WHAT = "the certificates of a signature";
const SHA1: readonly string[] = ["1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.3.14.3.2.29"];
const FORBIDDEN: readonly string[] = [
  KEY_PURPOSE.any,
  KEY_PURPOSE.serverAuth,
  KEY_PURPOSE.clientAuth,
  KEY_PURPOSE.emailProtection,
  KEY_PURPOSE.timeStamping,
];

/**
 * Checks a whole chain, the signer's certificate first and the root last. A certificate alone has to have signed itself.
 * @param atMs The time at which all have to be valid, in milliseconds since 1970; nothing to leave it open.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`; `ERR_CERTIFICATE_CHAIN`.
 */
export function checkNotationChain(chain: readonly Certificate[], atMs?: number): void {
  const [leaf, ...authorities] = chain;
  const root = chain.at(-1);
  if (leaf === undefined || root === undefined) throw unreadable(WHAT, "there are none");
  for (const certificate of chain) {
    keyFacts(certificate.publicKey);
    if (SHA1.includes(certificate.signatureAlgorithm))
      throw unreadable(WHAT, `${name(certificate)} is signed with SHA-1`);
  }
  checkLeaf(leaf, authorities.length === 0);
  for (const authority of authorities) checkAuthority(authority);
  if (!isIssuedBy(root, root)) throw unreadable(WHAT, `the last, ${name(root)}, did not sign itself`);
  checkChain(chain, atMs === undefined ? {} : { atMs });
}

function checkLeaf(leaf: Certificate, isAlone: boolean): void {
  if (leaf.isAuthority && !isAlone) throw unreadable(WHAT, `${name(leaf)} is an authority`);
  const { keyUsage, extendedKeyUsage = [] } = leaf;
  if (leaf.extensions.get(EXTENSION.keyUsage)?.critical !== true || keyUsage?.has("digitalSignature") !== true)
    throw unreadable(WHAT, `${name(leaf)} has no critical key usage for signatures`);
  if (keyUsage.has("keyCertSign") || keyUsage.has("cRLSign") || keyUsage.has("keyEncipherment"))
    throw unreadable(WHAT, `${name(leaf)} is for more than signatures`);
  const other = extendedKeyUsage.find((purpose) => FORBIDDEN.includes(purpose));
  if (other !== undefined) throw unreadable(WHAT, `${name(leaf)} is for another purpose, ${other}`);
}

function checkAuthority(authority: Certificate): void {
  if (authority.extensions.get(EXTENSION.basicConstraints)?.critical !== true || !authority.isAuthority)
    throw unreadable(WHAT, `${name(authority)} is no authority`);
  if (authority.extensions.get(EXTENSION.keyUsage)?.critical !== true || !authority.keyUsage?.has("keyCertSign"))
    throw unreadable(WHAT, `${name(authority)} may not sign certificates`);
}

function name({ subject }: Certificate): string {
  return `"${formatCertificateName(subject)}"`;
}
