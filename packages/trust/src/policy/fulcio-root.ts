/**
 * A trusted root of sigstore, made of the authority and the keys of logs that `policy.json` names.
 * @module
 */
import { createHash, type KeyObject } from "node:crypto";
import { toBase64 } from "@teu/pki/base64";
import type { Certificate } from "@teu/pki/certificate";
import { buildChain } from "@teu/pki/certificate-chain";
import { keyFacts, publicKeyToDer } from "@teu/pki/keys";
import { isTeuError } from "@teu/std/error";
import { stringifyJson } from "@teu/std/json-value";

/** What the root is made of. */
export interface FulcioRootParts {
  readonly authorities: readonly Certificate[];
  /** Certificates between that came with a signature. Those that lead to no authority are left out. */
  readonly intermediates: readonly Certificate[];
  readonly logs: readonly KeyObject[];
}

const START = "1970-01-01T00:00:00Z";
const DETAILS: Readonly<Record<string, string>> = {
  "ecdsa-p256": "PKIX_ECDSA_P256_SHA_256",
  "ecdsa-p384": "PKIX_ECDSA_P384_SHA_384",
  "ecdsa-p521": "PKIX_ECDSA_P521_SHA_512",
};

/** Writes the root as a `trusted_root.json`. Keys other than those of ECDSA are left out, as others refuse them. */
export function fulcioRoot({ authorities, intermediates, logs }: FulcioRootParts): Uint8Array {
  const chains = [...authorities.map((authority) => [authority]), ...intermediates.flatMap(chainOf)];
  const text = stringifyJson({
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: logs.flatMap(logOf),
    certificateAuthorities: chains.map((chain) => ({
      subject: { organization: "", commonName: "" },
      uri: "",
      certChain: { certificates: chain.map(({ der }) => ({ rawBytes: toBase64(der) })) },
      validFor: { start: START },
    })),
    ctlogs: [],
    timestampAuthorities: [],
  });
  return new TextEncoder().encode(text);

  function chainOf(certificate: Certificate): readonly (readonly Certificate[])[] {
    try {
      return certificate.isAuthority ? [buildChain(certificate, { anchors: authorities, intermediates })] : [];
    } catch (error) {
      if (isTeuError(error, "ERR_CERTIFICATE_CHAIN")) return [];
      throw error;
    }
  }
}

function logOf(key: KeyObject): readonly object[] {
  const keyDetails = DETAILS[keyFacts(key).kind];
  if (keyDetails === undefined) return [];
  const der = publicKeyToDer(key);
  return [
    {
      baseUrl: "",
      hashAlgorithm: "SHA2_256",
      publicKey: { rawBytes: toBase64(der), keyDetails, validFor: { start: START } },
      logId: { keyId: toBase64(createHash("sha256").update(der).digest()) },
    },
  ];
}
