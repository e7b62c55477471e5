/**
 * Signers with certificates as `sigstoreSigned` of `policy.json` wants them: identities by Fulcio, at the time that a log of
 * Rekor promised, and authorities of one's own.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-policy.json.5.md#sigstoresigned}
 * @module
 */
import type { KeyObject } from "node:crypto";
import { type AlternativeName, type Certificate, KEY_PURPOSE, parseCertificates } from "@teu/pki/certificate";
import { buildChain } from "@teu/pki/certificate-chain";
import { DER_TAG, Der } from "@teu/pki/der";
import type { Found } from "../find/gather.ts";
import { legacySignature } from "../formats/legacy.ts";
import { LEGACY_ANNOTATION } from "../formats/types.ts";
import type { RefusalReason } from "../verify/evidence.ts";
import type { FulcioTrust, PkiTrust } from "./containers-types.ts";
import { promisedTimeMs } from "./rekor-set.ts";

/** Why a signer does not count. */
export interface SignerRefusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** The key that has to have signed, or why none counts. */
export type SignerKey = KeyObject | SignerRefusal;

/** Tells which of both it is. */
export function isRefusal(signer: SignerKey): signer is SignerRefusal {
  return "reason" in signer;
}

/** Certificates that vouch for identities, and keys of logs. */
export interface FulcioMaterial {
  readonly authorities: readonly Certificate[];
  readonly logs: readonly KeyObject[];
}

/**
 * The key of a signer for whom Fulcio vouches. Nothing is asked of logs of certificates: the log has the certificate.
 * @throws TeuError `ERR_CERTIFICATE_CHAIN`, `ERR_SIGNATURE_UNREADABLE`, and what reading certificates throws
 */
export function fulcioSigner(trust: FulcioTrust, { authorities, logs }: FulcioMaterial, found: Found): SignerKey {
  const { annotations, bytes: payload } = found;
  const promise = annotations[LEGACY_ANNOTATION.bundle];
  if (promise === undefined) return { reason: "not-logged", message: "there is no promise of a log" };
  const leaf = leafOf(found);
  if (leaf === undefined) return NO_CERTIFICATE;
  const logged = { payload, signature: legacySignature(annotations), signer: leaf.der };
  const atMs = promisedTimeMs(promise, logged, logs);
  if (atMs === undefined) return { reason: "not-logged", message: "no log promised to take it in" };
  const refusal = checkWay(leaf, { anchors: authorities, intermediates: aboveIn(found), atMs });
  if (refusal !== undefined) return refusal;
  const issuer = issuerOf(leaf);
  if (issuer !== trust.oidcIssuer)
    return {
      reason: "wrong-identity",
      message: `its certificate is by ${issuer ?? "nobody"}, not ${trust.oidcIssuer}`,
    };
  return hasEmail(leaf, trust.subjectEmail) ? leaf.publicKey : notFor(trust.subjectEmail);
}

/** Certificates of one's own authorities, and the present. */
export interface PkiMaterial {
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly nowMs: number;
}

/** The key of a signer with a certificate of one's own authorities. @throws TeuError as {@link fulcioSigner} */
export function pkiSigner(trust: PkiTrust, { anchors, intermediates, nowMs }: PkiMaterial, found: Found): SignerKey {
  const leaf = leafOf(found);
  if (leaf === undefined) return NO_CERTIFICATE;
  const way = { anchors, intermediates: [...intermediates, ...aboveIn(found)], atMs: nowMs };
  const refusal = checkWay(leaf, way);
  if (refusal !== undefined) return refusal;
  const { subjectEmail, subjectHostname } = trust;
  if (subjectEmail !== undefined && !hasEmail(leaf, subjectEmail)) return notFor(subjectEmail);
  if (subjectHostname !== undefined && !hasHost(leaf, subjectHostname)) return notFor(subjectHostname);
  return leaf.publicKey;
}

const NO_CERTIFICATE: SignerRefusal = {
  reason: "certificate-invalid",
  message: "there is no certificate, or more than one",
};

function notFor(name: string): SignerRefusal {
  return { reason: "wrong-identity", message: `its certificate is not for ${name}` };
}

function leafOf({ annotations }: Found): Certificate | undefined {
  const pem = annotations[LEGACY_ANNOTATION.certificate];
  const [leaf, another] = pem === undefined ? [] : parseCertificates(pem);
  return another === undefined ? leaf : undefined;
}

function aboveIn({ annotations }: Found): readonly Certificate[] {
  const pem = annotations[LEGACY_ANNOTATION.chain];
  return pem === undefined || pem === "" ? [] : parseCertificates(pem);
}

function checkWay(leaf: Certificate, way: Parameters<typeof buildChain>[1]): SignerRefusal | undefined {
  const chain = buildChain(leaf, way);
  const isForCode = chain.every(({ extendedKeyUsage: uses }) =>
    uses === undefined ? true : uses.includes(KEY_PURPOSE.codeSigning) || uses.includes(KEY_PURPOSE.any),
  );
  return isForCode
    ? undefined
    : { reason: "certificate-invalid", message: "its certificate is not for the signing of code" };
}

const ISSUER_RAW = "1.3.6.1.4.1.57264.1.1";
const ISSUER = "1.3.6.1.4.1.57264.1.8";

/** Who told Fulcio of the identity; nothing if that is not said, or said in two ways that differ. */
function issuerOf({ extensions }: Certificate): string | undefined {
  const [raw, der] = [extensions.get(ISSUER_RAW)?.value, extensions.get(ISSUER)?.value];
  const older = raw === undefined ? undefined : new TextDecoder().decode(raw);
  const newer =
    der === undefined ? undefined : new TextDecoder().decode(Der.parse(der).expect(DER_TAG.utf8String).content);
  return older === undefined || newer === undefined || older === newer ? (newer ?? older) : undefined;
}

function hasEmail({ alternativeNames }: Certificate, email: string): boolean {
  return alternativeNames.some(({ kind, value }) => kind === "email" && value === email);
}

function hasHost({ alternativeNames }: Certificate, host: string): boolean {
  return alternativeNames.some((name) => name.kind === "dns" && coversHost(name, host));
}

/** As TLS has it: whatever the case, and a star stands for the first label. */
function coversHost({ value }: AlternativeName, host: string): boolean {
  const [pattern, name] = [value, host].map((text) => text.toLowerCase().replace(/\.$/, ""));
  if (pattern === undefined || name === undefined || pattern === "" || name === "") return false;
  if (!pattern.startsWith("*.")) return pattern === name;
  const dot = name.indexOf(".");
  return dot > 0 && name.slice(dot) === pattern.slice(1);
}
