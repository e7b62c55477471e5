/**
 * Judges cosign's signatures under tags as `sigstoreSigned` of `policy.json` wants them.
 * @module
 */
import type { KeyObject } from "node:crypto";
import { keyFacts, publicKeyToDer } from "@teu/pki/keys";
import { TeuError, isTeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import type { Found } from "../find/gather.ts";
import { legacySignature } from "../formats/legacy.ts";
import { parseSimpleSigning } from "../formats/simple-signing.ts";
import { LEGACY_ANNOTATION } from "../formats/types.ts";
import type { Judgement } from "../verify/evidence.ts";
import { judge } from "../verify/judge.ts";
import type { Trust } from "../verify/trust.ts";
import { type SignerKey, type SignerRefusal, fulcioSigner, isRefusal, pkiSigner } from "./containers-certificate.ts";
import type { Material, SigstoreSignedRequirement } from "./containers-types.ts";
import type { ContainersImage } from "./judge-containers.ts";
import { type ReadSmallFile, readCertificateMaterial, readKeys } from "./material.ts";
import { promisedTimeMs } from "./rekor-set.ts";

/** Says whom to trust for one signature, or why it is refused before anything else is looked at. */
type TrustFor = (found: Found) => readonly Trust[] | SignerRefusal;

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
    if (isTeuError(error, "ERR_CERTIFICATE_CHAIN")) return { reason: "certificate-invalid", message: error.message };
    if (isTeuError(error)) return { reason: "unreadable", message: error.message };
    throw error;
  }
}

function refused({ form, place, manifest, layer }: Found, refusal: SignerRefusal): Judgement {
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
  const logs = rekorKeys === undefined ? undefined : await readLogs(rekorKeys, read);
  switch (trust.kind) {
    case "keys": {
      const keys = await readKeys(trust.keys, read);
      return (found) => trustKeys(keys, logs, found);
    }
    case "fulcio": {
      const authorities = await readCertificateMaterial(trust.ca, read);
      return (found) => trustSigner(fulcioSigner(trust, { authorities, logs: logs ?? [] }, found));
    }
    default: {
      const anchors = await readCertificateMaterial(trust.roots, read);
      const between = trust.intermediates;
      const intermediates = between === undefined ? [] : await readCertificateMaterial(between, read);
      return (found) => trustSigner(pkiSigner(trust, { anchors, intermediates, nowMs }, found));
    }
  }
}

function keyTrust(key: KeyObject): Trust {
  return { kind: "key", name: "sigstoreSigned", key };
}

function trustSigner(signer: SignerKey): readonly Trust[] | SignerRefusal {
  return isRefusal(signer) ? signer : [keyTrust(signer)];
}

function trustKeys(
  keys: readonly KeyObject[],
  logs: readonly KeyObject[] | undefined,
  { bytes, annotations }: Found,
): readonly Trust[] | SignerRefusal {
  if (logs === undefined) return keys.map(keyTrust);
  const promise = annotations[LEGACY_ANNOTATION.bundle];
  if (promise === undefined) return { reason: "not-logged", message: "there is no promise of a log" };
  const signature = legacySignature(annotations);
  const isLogged = (key: KeyObject): boolean =>
    promisedTimeMs(promise, { payload: bytes, signature, signer: publicKeyToDer(key) }, logs) !== undefined;
  const logged = keys.filter(isLogged);
  return logged.length > 0 ? logged.map(keyTrust) : { reason: "not-logged", message: "no log promised to take it in" };
}

/** Keys of logs are of ECDSA, as others have it. @throws TeuError `ERR_TRUST_INVALID` */
async function readLogs(material: Material, read: ReadSmallFile): Promise<readonly KeyObject[]> {
  const logs = await readKeys(material, read);
  if (logs.every((key) => keyFacts(key).kind !== "rsa")) return logs;
  throw new TeuError<TrustErrorCode>("ERR_TRUST_INVALID", "Reading the key of a log: it is of RSA, expected ECDSA");
}
