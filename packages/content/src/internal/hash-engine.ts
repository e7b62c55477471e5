/**
 * Hashes from Node. Where there is no Node, `hash-engine.browser.ts` stands in; see `imports` in package.json. It serves here
 * too: until something large is hashed, since Node's module for it takes longer to load than a few manifests to hash.
 * @module
 */
import type * as nodeCrypto from "node:crypto";
import * as plain from "./hash-engine.browser.ts";

/** A hash under way. */
export interface HashState {
  update(chunk: Uint8Array): void;
  /** See `Hasher` of `hash.ts`. */
  readonly updateBeside?: ((chunk: Uint8Array) => () => void) | undefined;
  readonly handle?: (() => number) | undefined;
  /** The hash of all bytes so far, in lower-case digits. Ends the hash. */
  hex(): string;
}

/** The algorithms of both engines. */
export type EngineAlgorithm = "sha256" | "sha384" | "sha512";

const SMALL_BYTES = 4096;
const MANY_BYTES = 16 * SMALL_BYTES;

let crypto: typeof nodeCrypto | undefined;
let plainBytes = 0;

/** Starts a hash. */
export function createState(algorithm: EngineAlgorithm): HashState {
  return crypto === undefined ? new SmallState(algorithm) : nodeState(algorithm);
}

/** The hash of `bytes`, in lower-case digits. */
export function hashBytes(algorithm: EngineAlgorithm, bytes: Uint8Array): string {
  return isForPlain(bytes.length) ? plain.hashBytes(algorithm, bytes) : loaded().hash(algorithm, bytes, "hex");
}

/** Says that Node's module is wanted anyway, so that nothing is saved by doing without. */
export function hashByNode(): void {
  loaded();
}

/** Tells whether so many bytes are few enough, and have been so far. */
function isForPlain(bytes: number): boolean {
  if (crypto !== undefined || bytes > SMALL_BYTES) return false;
  plainBytes += bytes;
  return plainBytes <= MANY_BYTES;
}

function loaded(): typeof nodeCrypto {
  return (crypto ??= process.getBuiltinModule("node:crypto"));
}

function nodeState(algorithm: EngineAlgorithm): HashState {
  const state: nodeCrypto.Hash & Beside = loaded().createHash(algorithm);
  return {
    update: (chunk) => void state.update(chunk),
    updateBeside: state.updateBeside?.bind(state),
    handle: state.handle?.bind(state),
    hex: () => state.digest("hex"),
  };
}

/** What the hashes of `teu-front` can and Node's cannot. */
type Beside = Pick<HashState, "handle" | "updateBeside">;

/** A hash of what may turn out to be little. */
class SmallState implements HashState {
  readonly #algorithm: EngineAlgorithm;
  readonly #held = new Uint8Array(SMALL_BYTES);
  #heldBytes = 0;
  #state: HashState | undefined;

  constructor(algorithm: EngineAlgorithm) {
    this.#algorithm = algorithm;
  }

  update(chunk: Uint8Array): void {
    if (this.#state === undefined && this.#heldBytes + chunk.length <= SMALL_BYTES) {
      this.#held.set(chunk, this.#heldBytes);
      this.#heldBytes += chunk.length;
    } else {
      this.#state ??= this.#begun();
      this.#state.update(chunk);
    }
  }

  #begun(): HashState {
    const state = nodeState(this.#algorithm);
    state.update(this.#held.subarray(0, this.#heldBytes));
    return state;
  }

  hex(): string {
    return this.#state?.hex() ?? hashBytes(this.#algorithm, this.#held.subarray(0, this.#heldBytes));
  }
}
