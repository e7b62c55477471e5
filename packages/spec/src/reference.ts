/**
 * Names of images: `[host/]path[:tag][@digest]`, with the grammar and the short forms that Docker gave them.
 * @module
 */
import { TeuError, isTeuError } from "@teu/std/error";
import { type Digest, digestProblem, isDigest, isRegistered } from "./digest.ts";
import type { SpecErrorCode } from "./errors.ts";
import { quote } from "./issue.ts";

declare const brand: unique symbol;

/** The name of an image, or of a repository if it has neither tag nor digest. The parsers of this file make it. */
export interface Reference {
  /** Registry host with its port, such as `docker.io` or `[::1]:5000`; empty only in one from {@link parseLiteralReference}. */
  readonly host: string;
  /** Name of the repository at that host, such as `library/debian`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
  readonly [brand]: "Reference";
}

/** The host that names without one belong to. Its registry answers at `registry-1.docker.io`. */
export const DEFAULT_HOST = "docker.io";

/** The tag that a name without tag and digest stands for. */
export const DEFAULT_TAG = "latest";

/** Longest path, in characters. */
export const MAX_PATH_LENGTH = 255;

/** Longest text that is read as a reference, in UTF-16 code units. Docker's grammar bounds the path only. */
export const MAX_REFERENCE_LENGTH = 4096;

/**
 * Why a text is no reference: `empty`; `grammar`; `uppercase`, the path has upper-case letters; `length`; `digest`, the
 * digest is malformed or its algorithm not registered; `identifier`, it is 64 hex digits, the name of content rather than
 * of an image; `tag`; `canonical`, it is a short form where a full one is due.
 */
export type ReferenceReason =
  | "empty"
  | "grammar"
  | "uppercase"
  | "length"
  | "digest"
  | "identifier"
  | "tag"
  | "canonical";

/**
 * Reads the name of an image as people write it and completes it: `debian` becomes `docker.io/library/debian`. No tag is
 * added, see {@link withDefaultTag}. Agrees with `ParseNormalizedNamed` of github.com/distribution/reference, with one
 * exception: what looks like a host and is none, as in `my_host.com/app`, is refused rather than left without a host.
 * @throws TeuError `ERR_REFERENCE_INVALID`; `detail.reason` is a {@link ReferenceReason}.
 */
export function parseReference(text: string, defaultHost: string = DEFAULT_HOST): Reference {
  if (IDENTIFIER.test(text)) throw invalid(text, "identifier", "64 hex digits are an identifier, expected a name");
  const { host, remainder } = completeHost(text, defaultHost);
  const [path = ""] = remainder.split(":", 1);
  if (hasUpperCase(path)) throw invalid(text, "uppercase", "expected a path in lower case");
  const reference = readReference(text === "" ? "" : `${host}/${remainder}`, text);
  if (reference.host === "") throw invalid(text, "grammar", `expected a host, got ${quote(host)}`);
  return reference;
}

const IDENTIFIER = /^[a-f0-9]{64}$/;
const LEGACY_HOST = "index.docker.io";
const OFFICIAL = "library/";

function completeHost(text: string, defaultHost: string): { readonly host: string; readonly remainder: string } {
  const first = hostOf(text);
  const host = first === LEGACY_HOST ? DEFAULT_HOST : (first ?? defaultHost);
  const remainder = first === undefined ? text : text.slice(first.length + 1);
  return { host, remainder: host === DEFAULT_HOST && !remainder.includes("/") ? OFFICIAL + remainder : remainder };
}

/** What stands before the first slash, if it is to be taken for a host. */
function hostOf(text: string): string | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const first = text.slice(0, slash);
  return first === "localhost" || /[.:]/.test(first) || hasUpperCase(first) ? first : undefined;
}

function hasUpperCase(text: string): boolean {
  return text.toLowerCase() !== text;
}

/** Tells whether {@link parseReference} reads `text`. */
export function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (isTeuError<SpecErrorCode>(error, "ERR_REFERENCE_INVALID")) return false;
    throw error;
  }
}

/**
 * Tells whether `text` names an image without its host, so that {@link parseReference} would assume one.
 * @throws TeuError `ERR_REFERENCE_INVALID` if it is no reference at all.
 */
export function isShortName(text: string): boolean {
  parseReference(text);
  return hostOf(text) === undefined;
}

/**
 * Reads a reference as it stands, without completing it: the host is empty if none is given, and whatever precedes the
 * first slash is a host if it can be one. Agrees with `Parse` of github.com/distribution/reference.
 * @throws TeuError `ERR_REFERENCE_INVALID`; `detail.reason` is a {@link ReferenceReason}.
 */
export function parseLiteralReference(text: string): Reference {
  return readReference(text, text);
}

/**
 * Reads the name of a repository, host and path, as it stands. Agrees with `WithName` of github.com/distribution/reference.
 * @throws TeuError `ERR_REFERENCE_INVALID`; `detail.reason` is a {@link ReferenceReason}.
 */
export function parseLiteralName(text: string): Reference {
  const bare = !text.includes("@") && text.lastIndexOf(":") <= text.lastIndexOf("/");
  if (!bare) throw invalid(text, "grammar", "expected [host/]path without tag and digest");
  return readReference(text, text);
}

/**
 * Reads the full form of a reference and no other.
 * @throws TeuError `ERR_REFERENCE_INVALID`; `detail.reason` is a {@link ReferenceReason}.
 */
export function parseCanonicalReference(text: string): Reference {
  const reference = parseReference(text);
  const full = formatReference(reference);
  if (full !== text) throw invalid(text, "canonical", `expected the full form ${JSON.stringify(full)}`);
  return reference;
}

/**
 * Reads what may stand for an image: 64 hex digits or a digest, which name content, or else the name of an image.
 * @throws TeuError `ERR_REFERENCE_INVALID`; `detail.reason` is a {@link ReferenceReason}.
 */
export function parseAnyReference(text: string): Reference | Digest {
  const digest = IDENTIFIER.test(text) ? `sha256:${text}` : text;
  return isDigest(digest) && isRegistered(digest) ? digest : parseReference(text);
}

/**
 * Reads the name of one image as Docker takes it: the digest counts more than the tag, and `latest` is assumed without either.
 * @throws TeuError `ERR_REFERENCE_INVALID`; `detail.reason` is a {@link ReferenceReason}.
 */
export function parseImageReference(text: string): Reference {
  const reference = parseReference(text);
  return reference.digest === undefined
    ? withDefaultTag(reference)
    : withDigest(repositoryOf(reference), reference.digest);
}

/** Reads `text`; errors quote `given`, which is what the user wrote. */
function readReference(text: string, given: string): Reference {
  if (text === "") throw invalid(given, "empty", "expected a name");
  if (text.length > MAX_REFERENCE_LENGTH) {
    throw invalid(given, "length", `${text.length} characters, expected at most ${MAX_REFERENCE_LENGTH}`);
  }
  const parts = splitReference(text);
  if (parts === undefined) throw ungrammatical(text, given);
  if (parts.path.length > MAX_PATH_LENGTH) {
    throw invalid(given, "length", `a path of ${parts.path.length} characters, expected at most ${MAX_PATH_LENGTH}`);
  }
  if (parts.digest !== undefined) checkDigest(parts.digest, given);
  return parts as Reference;
}

interface Parts {
  readonly host: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Takes a reference apart where its grammar allows only one way: the first `@`, then a colon behind the last slash. */
function splitReference(text: string): Parts | undefined {
  const [rest = "", ...digests] = text.split("@");
  const colon = rest.indexOf(":", rest.lastIndexOf("/") + 1);
  const name = splitName(colon < 0 ? rest : rest.slice(0, colon));
  if (name === undefined || digests.length > 1) return undefined;
  const [digest] = digests;
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  return { ...name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

function splitName(name: string): { readonly host: string; readonly path: string } | undefined {
  const slash = name.indexOf("/");
  const host = name.slice(0, Math.max(slash, 0));
  const path = name.slice(slash + 1);
  if (HOST.test(host) && PATH.test(path)) return { host, path };
  return PATH.test(name) ? { host: "", path: name } : undefined;
}

// No two parts of these patterns can match the same character at the same place, so they take linear time.
const HOST =
  /^(?:[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

function checkDigest(digest: string, given: string): void {
  const problem = digestProblem(digest);
  if (problem !== undefined) throw invalid(given, "digest", problem.message);
  if (!isRegistered(digest as Digest)) throw invalid(given, "digest", "expected a registered digest algorithm");
}

function ungrammatical(text: string, given: string): TeuError<SpecErrorCode> {
  const lower = text.toLowerCase();
  if (lower !== text && splitReference(lower) !== undefined) {
    return invalid(given, "uppercase", "expected a path in lower case");
  }
  return invalid(given, "grammar", "expected [host/]path[:tag][@digest]");
}

function invalid(given: string, reason: ReferenceReason, message: string): TeuError<SpecErrorCode> {
  const hint = hintFor(given, reason);
  return new TeuError("ERR_REFERENCE_INVALID", `Reading image name ${quote(given)}: ${message}`, {
    detail: { reason },
    ...(hint === undefined ? {} : { hint }),
  });
}

function hintFor(given: string, reason: ReferenceReason): string | undefined {
  if (reason === "identifier") return "To name content, put sha256: before the digits";
  return /^[a-z]+:\/\//i.test(given) ? "Leave out the scheme, as in registry.example.com/app" : undefined;
}

/** Writes a reference in full, as {@link parseReference} reads it back. */
export function formatReference(reference: Reference): string {
  return formatName(reference) + formatSuffix(reference);
}

/** Host and path without tag and digest. */
export function formatName({ host, path }: Reference): string {
  return host === "" ? path : `${host}/${path}`;
}

function formatSuffix({ tag, digest }: Reference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

/**
 * Writes a reference in the short form that Docker shows to people: without `docker.io/` and `library/`.
 * Not for machines: a few paths at Docker Hub, such as `docker.io/localhost/app`, would be read back as another name.
 */
export function formatFamiliar(reference: Reference): string {
  return formatFamiliarName(reference) + formatSuffix(reference);
}

/** {@link formatFamiliar} without tag and digest. */
export function formatFamiliarName(reference: Reference): string {
  const { host, path } = reference;
  if (host !== DEFAULT_HOST) return formatName(reference);
  const official = path.startsWith(OFFICIAL) && !path.includes("/", OFFICIAL.length);
  return official ? path.slice(OFFICIAL.length) : path;
}

/** The repository that an image is in: its name without tag and digest. */
export function repositoryOf({ host, path }: Reference): Reference {
  return { host, path } as Reference;
}

/**
 * The same name with `tag` in place of its own.
 * @throws TeuError `ERR_REFERENCE_INVALID` with reason `tag` if it is none.
 */
export function withTag(reference: Reference, tag: string): Reference {
  if (!isTag(tag))
    throw invalid(tag, "tag", "expected a tag of at most 128 letters, digits, dots, dashes, underscores");
  return { ...reference, tag };
}

/** The same name with `digest` in place of its own. */
export function withDigest(reference: Reference, digest: Digest): Reference {
  return { ...reference, digest };
}

/** The same name with the tag `latest` if it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  const bare = reference.tag === undefined && reference.digest === undefined;
  return bare ? { ...reference, tag: DEFAULT_TAG } : reference;
}

/** Tells whether `text` can be the host of a reference, with its port or without. */
export function isHost(text: string): boolean {
  return text.length <= MAX_REFERENCE_LENGTH && HOST.test(text);
}

/** Tells whether `text` can be the tag of an image. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Tells whether `text` can be the path of a reference: the name of a repository at its registry. */
export function isPath(text: string): boolean {
  return text.length <= MAX_PATH_LENGTH && PATH.test(text);
}
