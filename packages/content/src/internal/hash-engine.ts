/**
 * Hashes from Node. Where there is no Node, `hash-engine.browser.ts` stands in; see `imports` in package.json.
 * @module
 */
import { createHash, hash } from "node:crypto";

/** A hash under way. */
export interface HashState {
  update(chunk: Uint8Array): void;
  /** The hash of all bytes so far, in lower-case digits. Ends the hash. */
  hex(): string;
}

/** The algorithms of both engines. */
export type EngineAlgorithm = "sha256" | "sha384" | "sha512";

/** Starts a hash. */
export function createState(algorithm: EngineAlgorithm): HashState {
  const state = createHash(algorithm);
  return { update: (chunk) => void state.update(chunk), hex: () => state.digest("hex") };
}

/** The hash of `bytes`, in lower-case digits. */
export function hashBytes(algorithm: EngineAlgorithm, bytes: Uint8Array): string {
  return hash(algorithm, bytes, "hex");
}
