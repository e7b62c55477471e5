/**
 * Whether an envelope of the Notary Project is signed by the key of its certificate.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/signature-specification.md#algorithm-selection}
 * @module
 */
import { verifyBytes } from "@teu/pki/signature";
import { type NotationEnvelope, notationAlgorithm } from "./notation.ts";

/** Why the signature of an envelope does not hold; nothing if it does. */
export function signatureProblem({ certificates, algorithm, signed, signature }: NotationEnvelope): string | undefined {
  const [leaf] = certificates;
  if (leaf === undefined) return "it has no certificate";
  const expected = notationAlgorithm(leaf.publicKey);
  if (expected === undefined || (algorithm !== expected.jws && algorithm !== expected.cose))
    return `the algorithm ${algorithm} is not that of the key`;
  if (verifyBytes(leaf.publicKey, signed, signature, expected.scheme)) return undefined;
  return "it is not by the key of its certificate";
}
