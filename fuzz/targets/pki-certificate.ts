/** Certificates: read, or refused with an error of ours; and a chain of a changed one never reaches who issued the good one. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { isIssuedBy } from "@teu/pki/certificate-chain";
import { formatCertificateName, parseCertificate } from "@teu/pki/certificate";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import { equalBytes } from "@teu/std/bytes";
import { isTeuError } from "@teu/std/error";
import type { FuzzTarget } from "../target.ts";

const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const root = makeCertificate({ key, subject: [["2.5.4.3", "root"]], isAuthority: true });
const leaf = makeCertificate({
  key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  subject: [
    ["2.5.4.6", "CH"],
    ["2.5.4.3", "leaf"],
  ],
  issuer: root,
  purposes: ["1.3.6.1.5.5.7.3.3"],
});

export const target: FuzzTarget = {
  name: "pki-certificate",
  *seeds() {
    for (const { certificate } of [root, leaf]) yield certificate.der;
  },
  run(input) {
    try {
      const certificate = parseCertificate(input);
      formatCertificateName(certificate.subject);
      if (!isIssuedBy(certificate, root.certificate)) return;
      // The last bytes are the signature, which may have several forms; what it covers may not.
      const known = [root, leaf].some((each) => sameBody(each.certificate.der, certificate.der));
      assert.ok(known, "a certificate that was changed counts as issued");
    } catch (error) {
      if (!isTeuError(error)) throw error;
    }
  },
};

function sameBody(a: Uint8Array, b: Uint8Array): boolean {
  const length = (bytes: Uint8Array): number => ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0);
  return equalBytes(a.subarray(4, 8 + length(a)), b.subarray(4, 8 + length(b)));
}
