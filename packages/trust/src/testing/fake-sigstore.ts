/**
 * A sigstore of one's own for tests: an authority that believes every token, and a log with one entry at a time.
 * @module
 */
import { type KeyObject, createHash } from "node:crypto";
import { fromBase64, toBase64 } from "@teu/pki/base64";
import { formatCertificates } from "@teu/pki/certificate";
import { writeDer } from "@teu/pki/der-write";
import { DER_TAG } from "@teu/pki/der";
import { generateKey, parsePublicKey, publicKeyToDer } from "@teu/pki/keys";
import { signBytes } from "@teu/pki/signature";
import { type TestIdentity, derExtension, makeCertificate } from "@teu/pki/testing/make-certificate";
import type { SigningServices } from "../formats/signing-config.ts";

/** The instance. */
export interface FakeSigstore {
  readonly services: SigningServices;
  /** Answers in place of the network. */
  readonly fetch: typeof fetch;
  /** The bytes of its `trusted_root.json`. */
  readonly trustedRoot: Uint8Array;
}

/** A token for an identity, which nobody signed. */
export function fakeToken(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.`;
}

/** Who the authority says vouches for everyone. */
export const FAKE_ISSUER = "https://issuer.example.com";

const CA_URL = "https://fulcio.example.com";
const LOG_URL = "https://rekor.example.com";
const START = "2020-01-01T00:00:00Z";

/** Makes an instance with keys of its own. */
export async function fakeSigstore(): Promise<FakeSigstore> {
  const [caKey, logKey] = [await generateKey(), await generateKey()];
  const ca = makeCertificate({ key: caKey, subject: [["2.5.4.3", "fake fulcio"]], isAuthority: true });
  return {
    services: { fulcio: { url: CA_URL, version: 1 }, rekor: { url: LOG_URL, version: 1 } },
    trustedRoot: new TextEncoder().encode(JSON.stringify(rootOf(ca, logKey))),
    fetch: async (input, init) => {
      const body = JSON.parse(Buffer.from(init?.body as Uint8Array).toString()) as never;
      const url = typeof input === "string" ? input : "";
      const answer = url.startsWith(CA_URL) ? issue(ca, body) : log(logKey, body);
      return new Response(JSON.stringify(answer), { status: 201 });
    },
  };
}

function rootOf(ca: TestIdentity, logKey: KeyObject): object {
  const validFor = { start: START };
  const rawBytes = toBase64(publicKeyToDer(logKey));
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [
      {
        baseUrl: LOG_URL,
        hashAlgorithm: "SHA2_256",
        publicKey: { rawBytes, keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
        logId: { keyId: toBase64(logIdOf(logKey)) },
      },
    ],
    certificateAuthorities: [
      {
        subject: { organization: "fake", commonName: "fake fulcio" },
        uri: CA_URL,
        certChain: { certificates: [{ rawBytes: toBase64(ca.certificate.der) }] },
        validFor,
      },
    ],
    ctlogs: [],
    timestampAuthorities: [],
  };
}

interface CertificateRequest {
  readonly credentials: { readonly oidcIdentityToken: string };
  readonly publicKeyRequest: { readonly publicKey: { readonly content: string } };
}

const FULCIO_ISSUER = "1.3.6.1.4.1.57264.1.8";
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const EMAIL = 0x81;

function issue(ca: TestIdentity, { credentials, publicKeyRequest }: CertificateRequest): object {
  const claims = JSON.parse(Buffer.from(credentials.oidcIdentityToken.split(".")[1] ?? "", "base64url").toString()) as {
    readonly email: string;
  };
  const names = writeDer(DER_TAG.sequence, writeDer(EMAIL, Buffer.from(claims.email)));
  const { certificate } = makeCertificate({
    key: parsePublicKey(publicKeyRequest.publicKey.content),
    subject: [],
    issuer: ca,
    notBeforeMs: Date.now() - 1000,
    notAfterMs: Date.now() + 600_000,
    purposes: [CODE_SIGNING],
    extensions: [
      derExtension("2.5.29.17", names, true),
      derExtension(FULCIO_ISSUER, writeDer(DER_TAG.utf8String, Buffer.from(FAKE_ISSUER))),
    ],
  });
  return { signedCertificateEmbeddedSct: { chain: { certificates: [formatCertificates([certificate])] } } };
}

interface LogRequest {
  readonly spec: { readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] } };
}

/** Logs an envelope as the only entry of a tree. */
function log(key: KeyObject, { spec }: LogRequest): object {
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as {
    readonly payload: string;
    readonly signatures: readonly { readonly sig: string }[];
  };
  const hashed = (bytes: Uint8Array): object => ({ algorithm: "sha256", value: sha256(bytes).toString("hex") });
  const entry = {
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: {
      envelopeHash: hashed(Buffer.from(envelope)),
      payloadHash: hashed(fromBase64(payload)),
      signatures: [{ signature: signatures[0]?.sig, verifier: verifiers[0] }],
    },
  };
  const body = Buffer.from(JSON.stringify(entry));
  const root = sha256(Buffer.concat([Uint8Array.of(0), body]));
  const promised = {
    body: body.toString("base64"),
    integratedTime: Math.floor(Date.now() / 1000),
    logID: logIdOf(key).toString("hex"),
    logIndex: 0,
  };
  const checkpoint = checkpointOf(key, root);
  return {
    fake: {
      ...promised,
      verification: {
        inclusionProof: { checkpoint, hashes: [], logIndex: 0, rootHash: root.toString("hex"), treeSize: 1 },
        signedEntryTimestamp: toBase64(signBytes(key, Buffer.from(JSON.stringify(promised)), { hash: "sha256" })),
      },
    },
  };
}

function checkpointOf(key: KeyObject, root: Uint8Array): string {
  const origin = new URL(LOG_URL).host;
  const note = `${origin}\n1\n${toBase64(root)}\n`;
  const signature = signBytes(key, Buffer.from(note), { hash: "sha256" });
  return `${note}\n\u2014 ${origin} ${toBase64(Buffer.concat([logIdOf(key).subarray(0, 4), signature]))}\n`;
}

function logIdOf(key: KeyObject): Buffer {
  return sha256(publicKeyToDer(key));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
