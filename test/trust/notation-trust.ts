/**
 * What notation needs to trust a signature: an authority, a signer below it, and a policy.
 * @module
 */
import type { Certificate } from "@teu/pki/certificate";
import { generateKey } from "@teu/pki/keys";
import { makeCertificate } from "@teu/pki/testing/make-certificate";

const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

/** The certificates of the owner of `key` and of the authority that vouches for it. */
export async function signingChain(
  key: Awaited<ReturnType<typeof generateKey>>,
): Promise<{ readonly leaf: Certificate; readonly root: Certificate }> {
  const root = makeCertificate({ key: await generateKey(), subject: subject("root"), isAuthority: true });
  const leaf = makeCertificate({ key, subject: subject("signer"), issuer: root, purposes: [CODE_SIGNING] });
  return { leaf: leaf.certificate, root: root.certificate };
}

function subject(name: string): readonly (readonly [string, string])[] {
  return [
    ["2.5.4.6", "CH"],
    ["2.5.4.8", "ZH"],
    ["2.5.4.10", "teu"],
    ["2.5.4.3", name],
  ];
}

/** A policy for all images, strict but for revocation, that trusts these stores. */
export function strictPolicy(...trustStores: readonly string[]): string {
  const statement = {
    name: "all",
    registryScopes: ["*"],
    signatureVerification: { level: "strict", override: { revocation: "skip" } },
    trustStores,
    trustedIdentities: ["*"],
  };
  return JSON.stringify({ version: "1.0", trustPolicies: [statement] });
}
