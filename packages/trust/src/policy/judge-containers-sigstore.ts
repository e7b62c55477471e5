/**
 * Judges cosign's signatures under tags as `sigstoreSigned` of `policy.json` wants them.
 * @module
 */
import type { KeyObject } from "node:crypto";
import { fromBase64 } from "@teu/pki/base64";
import { type AlternativeName, type Certificate, KEY_PURPOSE, parseCertificates } from "@teu/pki/certificate";
import { buildChain } from "@teu/pki/certificate-chain";
import { isTeuError } from "@teu/std/error";
import { LEGACY_ANNOTATION } from "../formats/types.ts";
import { parseSimpleSigning } from "../formats/simple-signing.ts";
import { reading } from "../formats/unreadable.ts";
import type { Found } from "../find/gather.ts";
import type { Judgement, RefusalReason } from "../verify/evidence.ts";
import { judge } from "../verify/judge.ts";
import type { Trust } from "../verify/trust.ts";
import type { FulcioTrust, PkiTrust, SigstoreSignedRequirement } from "./containers-types.ts";
import { fulcioRoot } from "./fulcio-root.ts";
import type { ContainersImage } from "./judge-containers.ts";
import { readCertificateMaterial, readKeys } from "./material.ts";
import { isPromised } from "./rekor-set.ts";

/** Says whom to trust for one signature, or why it is refused before anything else is looked at. */
type TrustFor = (found: Found) => readonly Trust[] | Refusal;

interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** Judges every signature that cosign, skopeo or teu put under the image's tag. */
export async function judgeSigstore(
  requirement: SigstoreSignedRequirement,
  image: ContainersImage,
): Promise<readonly Judgement[]> {
  const { subject, nowMs } = image;
  if (subject === undefined) return [];
  const trustFor = await trustOf(requirement, image);
  const judgements: Judgement[] = [];
  for (const found of image.found) {
    if (found.form !== "simple-signing") continue;
    const trust = guarded(() => trustFor(found));
    judgements.push(
      "reason" in trust ? refused(found, trust) : ownType(found, await judge(found, { subject, trust, nowMs })),
    );
  }
  return judgements;
}

function guarded(read: () => ReturnType<TrustFor>): ReturnType<TrustFor> {
  try {
    return read();
  } catch (error) {
    if (isTeuError(error)) return { reason: "unreadable", message: error.message };
    throw error;
  }
}

function refused({ form, place, manifest, layer }: Found, refusal: Refusal): Judgement {
  return {
    form,
    place,
    manifest,
    layer,
    checks: [{ check: "signer", result: "failed", note: refusal.message }],
    refusal,
  };
}

/** What gpg users sign is of another type, and no signature here. */
function ownType(found: Found, judgement: Judgement): Judgement {
  if (judgement.refusal !== undefined) return judgement;
  const { type } = parseSimpleSigning(found.bytes);
  if (type === "cosign container image signature") return judgement;
  return { ...judgement, refusal: { reason: "not-a-signature", message: `it says that it is "${type}"` } };
}

async function trustOf(
  { trust, rekorKeys }: SigstoreSignedRequirement,
  { nowMs, read }: ContainersImage,
): Promise<TrustFor> {
  const logs = rekorKeys === undefined ? undefined : await readKeys(rekorKeys, read);
  switch (trust.kind) {
    case "keys": {
      const keys = await readKeys(trust.keys, read);
      return (found) => trustKeys(keys, logs, found);
    }
    case "fulcio": {
      const authorities = await readCertificateMaterial(trust.ca, read);
      return (found) => trustFulcio(trust, { authorities, logs: logs ?? [] }, found);
    }
    default: {
      const anchors = await readCertificateMaterial(trust.roots, read);
      const between = trust.intermediates;
      const intermediates = between === undefined ? [] : await readCertificateMaterial(between, read);
      return (found) => trustPki(trust, { anchors, intermediates, nowMs }, found);
    }
  }
}

function keyTrust(key: KeyObject): Trust {
  return { kind: "key", name: "sigstoreSigned", key };
}

function trustKeys(
  keys: readonly KeyObject[],
  logs: readonly KeyObject[] | undefined,
  { bytes, annotations }: Found,
): readonly Trust[] | Refusal {
  if (logs === undefined) return keys.map(keyTrust);
  const promise = annotations[LEGACY_ANNOTATION.bundle];
  if (promise === undefined) return { reason: "not-logged", message: "there is no promise of a log" };
  const signature = reading("a signature in an annotation", () =>
    fromBase64(annotations[LEGACY_ANNOTATION.signature] ?? ""),
  );
  const logged = keys.filter((key) => isPromised(promise, { payload: bytes, signature, key }, logs));
  return logged.length > 0 ? logged.map(keyTrust) : { reason: "not-logged", message: "no log promised to take it in" };
}

interface FulcioMaterial {
  readonly authorities: readonly Certificate[];
  readonly logs: readonly KeyObject[];
}

function trustFulcio(
  { subjectEmail, oidcIssuer }: FulcioTrust,
  { authorities, logs }: FulcioMaterial,
  { annotations }: Found,
): readonly Trust[] | Refusal {
  if (annotations[LEGACY_ANNOTATION.bundle] === undefined)
    return { reason: "not-logged", message: "there is no promise of a log" };
  const leaf = leafOf(annotations);
  if (leaf === undefined) return { reason: "certificate-invalid", message: "there is no certificate" };
  if (!hasName(leaf, "email", subjectEmail))
    return { reason: "wrong-identity", message: `its certificate is not for ${subjectEmail}` };
  const intermediates = parseCertificates(annotations[LEGACY_ANNOTATION.chain] ?? "");
  const trustedRoot = fulcioRoot({ authorities, intermediates, logs });
  const name = `${subjectEmail} by ${oidcIssuer}`;
  return [{ kind: "identity", name, identity: subjectEmail, issuer: oidcIssuer, trustedRoot }];
}

function leafOf(annotations: Found["annotations"]): Certificate | undefined {
  return parseCertificates(annotations[LEGACY_ANNOTATION.certificate] ?? "")[0];
}

function hasName({ alternativeNames }: Certificate, kind: AlternativeName["kind"], value: string): boolean {
  return alternativeNames.some((name) => name.kind === kind && name.value === value);
}

interface PkiMaterial {
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly nowMs: number;
}

function trustPki(
  { subjectEmail, subjectHostname }: PkiTrust,
  { anchors, intermediates, nowMs }: PkiMaterial,
  { annotations }: Found,
): readonly Trust[] | Refusal {
  const leaf = leafOf(annotations);
  if (leaf === undefined) return { reason: "certificate-invalid", message: "there is no certificate" };
  const between = [...intermediates, ...parseCertificates(annotations[LEGACY_ANNOTATION.chain] ?? "")];
  try {
    buildChain(leaf, { anchors, intermediates: between, atMs: nowMs });
  } catch (error) {
    if (isTeuError(error, "ERR_CERTIFICATE_CHAIN")) return { reason: "certificate-invalid", message: error.message };
    throw error;
  }
  const purposes = leaf.extendedKeyUsage;
  if (purposes !== undefined && !purposes.includes(KEY_PURPOSE.codeSigning) && !purposes.includes(KEY_PURPOSE.any))
    return { reason: "certificate-invalid", message: "its certificate is not for the signing of code" };
  if (subjectEmail !== undefined && !hasName(leaf, "email", subjectEmail))
    return { reason: "wrong-identity", message: `its certificate is not for ${subjectEmail}` };
  if (subjectHostname !== undefined && !hasName(leaf, "dns", subjectHostname))
    return { reason: "wrong-identity", message: `its certificate is not for ${subjectHostname}` };
  return [keyTrust(leaf.publicKey)];
}
