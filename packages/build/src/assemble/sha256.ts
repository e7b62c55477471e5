/**
 * SHA-256 of texts and bytes. A build in which nothing has changed hashes little, and Node's module for it is loaded only for
 * more.
 * @module
 */
import { createHasher } from "@teu/content/hash";
import { splitDigest } from "@teu/spec/digest";

/** A hash under way. */
export interface Sha256 {
  update(data: Uint8Array | string): Sha256;
  /** In lower-case digits. Ends the hash. */
  hex(): string;
}

/** Begins a hash. */
export function sha256(): Sha256 {
  const hasher = createHasher("sha256");
  const state: Sha256 = {
    update: (data) => {
      hasher.update(typeof data === "string" ? Buffer.from(data) : data);
      return state;
    },
    hex: () => splitDigest(hasher.digest()).encoded,
  };
  return state;
}
