/**
 * Requests for certificates (PKCS #10, RFC 2986): a public key, the names it is for, signed by its private key.
 * @module
 */
import { type KeyObject, createPublicKey, sign } from "node:crypto";
import { OID, TAG, bits, element, hostNames, oid, sequence } from "./der.ts";

/** Makes a request for `domains`, in DER, signed with an EC key by ECDSA and SHA-256. */
export function makeCertificateRequest(domains: readonly string[], key: KeyObject): Uint8Array {
  const alternative = sequence(oid(OID.alternativeNames), element(TAG.octets, hostNames(domains)));
  const attribute = sequence(oid(OID.extensionRequest), element(TAG.set, sequence(alternative)));
  const information = sequence(
    element(TAG.integer, Buffer.of(0)),
    sequence(),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    element(0xa0, attribute),
  );
  return sequence(information, sequence(oid(OID.ecdsaWithSha256)), bits(sign("sha256", information, key)));
}
