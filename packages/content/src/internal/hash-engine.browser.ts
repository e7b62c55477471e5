/**
 * Hashes without Node, with the same exports as `hash-engine.ts`.
 * @module
 */
import type { EngineAlgorithm, HashState } from "./hash-engine.ts";
import { createSha256, createSha512 } from "./sha2.ts";

export type { EngineAlgorithm, HashState } from "./hash-engine.ts";

/** Starts a hash. */
export function createState(algorithm: EngineAlgorithm): HashState {
  if (algorithm === "sha256") return createSha256();
  return createSha512(algorithm === "sha384" ? 384 : 512);
}

/** There is no Node here. */
export function hashByNode(): void {}

/** The hash of `bytes`, in lower-case digits. */
export function hashBytes(algorithm: EngineAlgorithm, bytes: Uint8Array): string {
  const state = createState(algorithm);
  state.update(bytes);
  return state.hex();
}
