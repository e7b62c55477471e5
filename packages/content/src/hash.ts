/**
 * Digests computed. sha256 and sha512 come from the engine, which is Node's or, without Node, one of
 * our own; blake3, which Node lacks, from a small implementation
 * of our own: merged text of image-spec registers it, and content that cannot be verified is of little use.
 * @module
 */
import { type EngineAlgorithm, type HashState, createState, hashByNode, hashBytes } from "#hash-engine";
import { type Digest, isDigest, joinDigest, splitDigest } from "@teu/spec/digest";
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "./errors.ts";
import { createBlake3 } from "./internal/blake3.ts";

/**
 * Says that keys and signatures are checked too, so that Node's cryptography is loaded anyway: then it hashes from the first
 * byte on, which is faster. Without it, as in browsers, nothing changes.
 */
export function expectCryptography(): void {
  hashByNode();
}

/** Takes bytes in piece by piece and says their digest. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  /**
   * Takes bytes in while the caller does something else with them, where there is a thread for that. They must not change, and
   * nothing else be asked of the hasher, before the function that is answered has been called.
   */
  updateBeside(chunk: Uint8Array): () => void;
  /** The number by which a thread of the program goes on with the hash; nothing where there is none, as in Node. */
  handle(): number | undefined;
  /** The digest of all bytes so far. Ends the hasher. */
  digest(): Digest;
}

/** The algorithms that can be computed. */
export const HASH_ALGORITHMS: readonly string[] = ["sha256", "sha512", "sha384", "blake3"];

/**
 * Starts a digest.
 * @throws TeuError `ERR_DIGEST_UNSUPPORTED`
 */
export function createHasher(algorithm: string): Hasher {
  if (!HASH_ALGORITHMS.includes(algorithm)) throw unsupported(algorithm);
  if (algorithm === "blake3") return named(algorithm, createBlake3());
  return named(algorithm, createState(algorithm as EngineAlgorithm));
}

function named(algorithm: string, state: HashState): Hasher {
  return {
    update: (chunk) => state.update(chunk),
    updateBeside: (chunk) => {
      if (state.updateBeside !== undefined) return state.updateBeside(chunk);
      state.update(chunk);
      return () => {};
    },
    handle: () => state.handle?.(),
    digest: () => joinDigest(algorithm, state.hex()),
  };
}

function unsupported(algorithm: string): TeuError<ContentErrorCode> {
  const known = HASH_ALGORITHMS.join(", ");
  return new TeuError(
    "ERR_DIGEST_UNSUPPORTED",
    `Computing a digest "${algorithm}": unknown algorithm, expected one of ${known}`,
  );
}

/**
 * The digest of `bytes`.
 * @throws TeuError `ERR_DIGEST_UNSUPPORTED`
 */
export function digestBytes(bytes: Uint8Array, algorithm = "sha256"): Digest {
  if (algorithm === "sha256" || algorithm === "sha512") return joinDigest(algorithm, hashBytes(algorithm, bytes));
  const hasher = createHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

/** Starts a digest of the same algorithm as `digest`, to compare with it. */
export function hasherLike(digest: Digest): Hasher {
  return createHasher(splitDigest(digest).algorithm);
}

/** Tells whether content of this digest can be verified here. */
export function canVerify(digest: Digest): boolean {
  return HASH_ALGORITHMS.includes(splitDigest(digest).algorithm);
}

/**
 * Tells whether a name is a digest, and no tag. The form alone does not tell: `busybox:1` has that of a digest whose
 * algorithm is not known.
 */
export function isContentName(name: string): name is Digest {
  return isDigest(name) && canVerify(name);
}
