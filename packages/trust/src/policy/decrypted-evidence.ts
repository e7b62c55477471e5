/**
 * Evidence for images that were decrypted when they were pulled. What was signed is the encrypted manifest, another one than
 * that in the store; its config, which says what the plain layers are, ties the two together.
 * @module
 */
import { parseLinks } from "@teu/content/links";
import type { Descriptor } from "@teu/spec/descriptor";
import { isEncrypted, plainType } from "../encryption/layer-keys.ts";
import { type ImageEvidence, answersOf, checkEvidence, evidenceError, hasDigest } from "./evidence.ts";

/** Evidence that was found for an encrypted image, to be kept for what it was decrypted to. */
export function evidenceOfEncrypted(evidence: ImageEvidence, encryptedManifest: Uint8Array): ImageEvidence {
  const [first, ...others] = evidence.subjects;
  return first === undefined ? evidence : { ...evidence, subjects: [{ ...first, encryptedManifest }, ...others] };
}

/**
 * What is known of an image, and of the encrypted one that it was decrypted from: that which has been signed, or both. By
 * the digests of either it can be revoked.
 */
export function withEncrypted(image: ImageEvidence, encrypted: ImageEvidence): ImageEvidence {
  if (image.subjects.some(({ found }) => found.length > 0))
    return { subjects: [...image.subjects, ...encrypted.subjects], ...answersOf(image, encrypted) };
  return { ...encrypted, aliases: image.subjects.map(({ subject }) => subject.digest) };
}

/** Whether evidence is about an encrypted image. */
export function isOfEncrypted({ subjects }: ImageEvidence): boolean {
  return subjects[0]?.encryptedManifest !== undefined;
}

/**
 * Checks that evidence about an encrypted image speaks for `manifest`: that it has the same config, and the same layers but
 * for their encryption. Whoever unpacks them holds them against the config.
 * @throws TeuError `ERR_EVIDENCE_INVALID`
 */
export function checkEvidenceOfEncrypted(
  evidence: ImageEvidence,
  manifest: Descriptor,
  manifestBytes: Uint8Array,
): void {
  const [first] = evidence.subjects;
  const encrypted = first?.encryptedManifest;
  if (first === undefined || encrypted === undefined) throw evidenceError("it is not about an encrypted image");
  if (!hasDigest(encrypted, first.subject.digest)) throw evidenceError(`${first.subject.digest} is not what it says`);
  if (!hasDigest(manifestBytes, manifest.digest)) throw evidenceError(`${manifest.digest} is not what it says`);
  const [before, after] = [parseLinks(encrypted, first.subject).children, parseLinks(manifestBytes, manifest).children];
  const fits = before.length === after.length && before.every((part, at) => becomes(part, after[at]));
  if (!fits) throw evidenceError(`${manifest.digest} is not what ${first.subject.digest} is decrypted to`);
  checkEvidence(evidence, first.subject);
}

function becomes(before: Descriptor, after: Descriptor | undefined): boolean {
  if (after === undefined || after.size !== before.size) return false;
  return isEncrypted(before)
    ? after.mediaType === plainType(before.mediaType)
    : after.mediaType === before.mediaType && after.digest === before.digest;
}
