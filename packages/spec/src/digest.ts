/**
 * Digests: names of content made from its hash, such as `sha256:44136fa3…`. Hashing itself lives in `@teu/content`.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { SpecErrorCode } from "./errors.ts";
import { quote } from "./issue.ts";

declare const brand: unique symbol;

/** A text known to be a digest: it came from {@link parseDigest} or one of its siblings. */
export type Digest = string & { readonly [brand]: "Digest" };

/** The two parts of a digest. */
export interface DigestParts {
  /** Such as `sha256`. */
  readonly algorithm: string;
  /** The hash as text: lower-case hex for every registered algorithm. */
  readonly encoded: string;
}

/** What is known of an algorithm. */
export interface DigestAlgorithm {
  readonly name: string;
  /** Length of the hash in bytes; its hex form is twice as long. */
  readonly bytes: number;
  /** True if the image specification registers it, and so fixes how its hash is written. */
  readonly registered: boolean;
}

/**
 * The algorithms whose hash we know how to write. `blake3` is registered by merged text that is in no release yet;
 * `sha384` is known to the Go implementation only and never checked beyond the grammar.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#registered-algorithms}
 */
export const DIGEST_ALGORITHMS: ReadonlyMap<string, DigestAlgorithm> = new Map(
  [
    { name: "sha256", bytes: 32, registered: true },
    { name: "sha512", bytes: 64, registered: true },
    { name: "blake3", bytes: 32, registered: true },
    { name: "sha384", bytes: 48, registered: false },
  ].map((algorithm) => [algorithm.name, algorithm]),
);

/**
 * Why a text is no digest: `grammar`, it is not algorithm, colon, encoded; `length`, the hash of a registered algorithm
 * has another length; `encoding`, it has the length but is not lower-case hex.
 */
export type DigestReason = "grammar" | "length" | "encoding";

/** One way in which a text is no digest. */
export interface DigestProblem {
  readonly reason: DigestReason;
  /** What was found and what was expected, to stand behind a colon. */
  readonly message: string;
}

/**
 * Reads a digest. An unknown algorithm is fine if the text fits the grammar; see {@link isRegistered}.
 * @throws TeuError `ERR_DIGEST_INVALID`; `detail.reason` is a {@link DigestReason}.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests}
 */
export function parseDigest(text: string): Digest {
  const problem = digestProblem(text);
  if (problem === undefined) return text as Digest;
  throw new TeuError<SpecErrorCode>("ERR_DIGEST_INVALID", `Reading digest ${quote(text)}: ${problem.message}`, {
    detail: { reason: problem.reason },
  });
}

/** Tells whether `text` is a digest. */
export function isDigest(text: string): text is Digest {
  return digestProblem(text) === undefined;
}

/** Says why `text` is no digest; nothing if it is one. */
export function digestProblem(text: string): DigestProblem | undefined {
  const colon = text.indexOf(":");
  const algorithm = DIGEST_ALGORITHMS.get(text.slice(0, Math.max(colon, 0)));
  if (algorithm?.registered === true && colon < text.length - 1) return hexProblem(text.slice(colon + 1), algorithm);
  if (colon >= 0 && ALGORITHM.test(text.slice(0, colon)) && ENCODED.test(text.slice(colon + 1))) return undefined;
  return { reason: "grammar", message: "expected an algorithm, a colon and an encoded hash" };
}

// Each character fits one place only, so both patterns take time linear in the text.
const ALGORITHM = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*$/;
const ENCODED = /^[a-zA-Z0-9=_-]+$/;
const LOWER_HEX = /^[0-9a-f]*$/;

function hexProblem(encoded: string, { name, bytes }: DigestAlgorithm): DigestProblem | undefined {
  const expected = `expected ${2 * bytes} lower-case hex digits for ${name}`;
  if (encoded.length !== 2 * bytes) return { reason: "length", message: `${encoded.length} characters, ${expected}` };
  if (!LOWER_HEX.test(encoded)) return { reason: "encoding", message: `other characters, ${expected}` };
  return undefined;
}

/**
 * Makes a digest from an algorithm and an encoded hash.
 * @throws TeuError `ERR_DIGEST_INVALID` if they do not make one.
 */
export function joinDigest(algorithm: string, encoded: string): Digest {
  return parseDigest(`${algorithm}:${encoded}`);
}

/** Takes a digest apart. */
export function splitDigest(digest: Digest): DigestParts {
  const colon = digest.indexOf(":");
  return { algorithm: digest.slice(0, colon), encoded: digest.slice(colon + 1) };
}

/** Tells whether the image specification registers the algorithm of `digest`. One that is not cannot be verified everywhere. */
export function isRegistered(digest: Digest): boolean {
  return DIGEST_ALGORITHMS.get(splitDigest(digest).algorithm)?.registered === true;
}
