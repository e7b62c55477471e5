/**
 * The paths of the registry API: read from right to left, since names have slashes and may hold the very words that the
 * API uses; and written. One table says which methods a path has.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { type Digest, digestProblem, isDigest } from "../digest.ts";
import type { SpecErrorCode } from "../errors.ts";
import { MAX_PATH_LENGTH, isPath, isTag } from "../reference.ts";
import { type WireProblem, refuse } from "./wire-error.ts";

/** What a path stands for. `name` is that of a repository. */
export type Route =
  | { readonly kind: "base" }
  | { readonly kind: "catalog" }
  | { readonly kind: "blob"; readonly name: string; readonly digest: Digest }
  | { readonly kind: "uploads"; readonly name: string }
  | { readonly kind: "upload"; readonly name: string; readonly session: string }
  | { readonly kind: "manifest"; readonly name: string; readonly digest: Digest }
  | { readonly kind: "tag"; readonly name: string; readonly tag: string }
  | { readonly kind: "tags"; readonly name: string }
  | { readonly kind: "referrers"; readonly name: string; readonly digest: Digest }
  | { readonly kind: "discover"; readonly name?: string }
  | {
      readonly kind: "extension";
      readonly name?: string;
      readonly extension: string;
      readonly path: readonly string[];
    };

/** The names of all routes. */
export type RouteKind = Route["kind"];

/** What a path was found to be: a route, nothing of this API, or a route with a part that breaks its grammar. */
export type RouteMatch = Route | { readonly kind: "none" } | WireProblem;

/** Longest path that is read, in characters. */
export const MAX_ROUTE_LENGTH = 2048;

/** Longest name of an upload, in characters. */
export const MAX_SESSION_LENGTH = 512;

const SESSION = /^[A-Za-z0-9_=-][A-Za-z0-9_.=-]*$/;
const EXTENSION = /^_[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const EXTENSION_PART = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/**
 * Reads the path of a request: what stands between the host and the query. Each part is percent-decoded once, after the
 * path was split, so an encoded slash parts nothing. The slash behind `/v2` and behind `blobs/uploads` may be missing.
 * An extension is told by its leading underscore; behind `manifests` and `blobs/uploads` that is a tag or an upload.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints}
 */
export function parseRoute(path: string): RouteMatch {
  if (path === "/v2" || path === "/v2/") return { kind: "base" };
  if (!path.startsWith("/v2/")) return { kind: "none" };
  if (path.length > MAX_ROUTE_LENGTH)
    return refuse("NAME_INVALID", `a path of more than ${MAX_ROUTE_LENGTH} characters`);
  const parts = path.slice("/v2/".length).split("/");
  const decoded = path.includes("%") ? decodeParts(parts) : parts;
  if (decoded === undefined)
    return refuse("NAME_INVALID", "a path that cannot be percent-decoded, or holds an encoded slash");
  return matchTail(decoded) ?? matchExtension(decoded) ?? { kind: "none" };
}

function decodeParts(parts: readonly string[]): string[] | undefined {
  try {
    const decoded = parts.map((part) => decodeURIComponent(part));
    return decoded.some((part) => part.includes("/")) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** What follows the name in a path that has one. */
interface Tail {
  /** How many parts it has. */
  readonly length: number;
  /** The route under `name`. */
  readonly route: (name: string) => RouteMatch;
}

/** Reads a path by its last parts. Nothing if they are of no route, or if an extension stands in front of them. */
function matchTail(parts: readonly string[]): RouteMatch | undefined {
  const tail = readTail(parts);
  if (tail === undefined || parts.length <= tail.length) return undefined;
  const nameParts = parts.slice(0, -tail.length);
  const name = nameParts.join("/");
  if (isPath(name)) return tail.route(name);
  if (nameParts.some((part) => part.startsWith("_"))) return undefined;
  const expected = name.length > MAX_PATH_LENGTH ? `at most ${MAX_PATH_LENGTH} characters` : NAME_GRAMMAR;
  return refuse("NAME_INVALID", `expected ${expected}`);
}

const NAME_GRAMMAR = "lower-case letters and digits, with single separators between them";

function readTail(parts: readonly string[]): Tail | undefined {
  const [third, second, last = ""] = [parts.at(-3), parts.at(-2), parts.at(-1)];
  switch (second) {
    case "tags":
      return last === "list" ? { length: 2, route: (name) => ({ kind: "tags", name }) } : undefined;
    case "manifests":
      return { length: 2, route: (name) => manifestRoute(name, last) };
    case "referrers":
      return { length: 2, route: (name) => digestRoute("referrers", name, last) };
    case "blobs":
      if (last === "uploads") return { length: 2, route: (name) => ({ kind: "uploads", name }) };
      return { length: 2, route: (name) => digestRoute("blob", name, last) };
    case "uploads":
      return third === "blobs" ? { length: 3, route: (name) => uploadRoute(name, last) } : undefined;
    default:
      return undefined;
  }
}

function manifestRoute(name: string, reference: string): RouteMatch {
  if (isTag(reference)) return { kind: "tag", name, tag: reference };
  if (reference.includes(":")) return digestRoute("manifest", name, reference);
  return refuse("TAG_INVALID", "expected a tag or a digest");
}

function digestRoute(kind: "manifest" | "blob" | "referrers", name: string, text: string): RouteMatch {
  if (isDigest(text)) return { kind, name, digest: text };
  return refuse("DIGEST_INVALID", digestProblem(text)?.message ?? "expected a digest");
}

function uploadRoute(name: string, session: string): RouteMatch {
  if (session === "") return { kind: "uploads", name };
  return isSession(session)
    ? { kind: "upload", name, session }
    : refuse("BLOB_UPLOAD_UNKNOWN", "expected the name of an upload");
}

function isSession(text: string): boolean {
  return text.length <= MAX_SESSION_LENGTH && SESSION.test(text);
}

/** Reads a path in which an extension stands: the first part with a leading underscore, which no name has. */
function matchExtension(parts: readonly string[]): RouteMatch | undefined {
  const place = parts.findIndex((part) => part.startsWith("_"));
  const [extension = "", ...path] = parts.slice(Math.max(place, 0));
  if (!EXTENSION.test(extension) || !path.every((part) => EXTENSION_PART.test(part))) return undefined;
  const name = parts.slice(0, place).join("/");
  if (place > 0 && !isPath(name))
    return refuse("NAME_INVALID", "expected a repository's name in front of an extension");
  if (place === 0 && extension === "_catalog" && path.length === 0) return { kind: "catalog" };
  const scope = place > 0 ? { name } : {};
  if (extension === "_oci" && path.join("/") === "ext/discover") return { kind: "discover", ...scope };
  return { kind: "extension", ...scope, extension, path };
}

/**
 * Writes the path of a route, so that {@link parseRoute} reads it back.
 * @throws TeuError `ERR_ROUTE_INVALID` if a part breaks its grammar.
 */
export function formatRoute(route: Route): string {
  const path = `/v2/${"name" in route ? `${route.name}/` : ""}${writeTail(route)}`;
  const read = parseRoute(path);
  // No part that fits its grammar needs percent-encoding, so a percent sign would be decoded into something else.
  if (read.kind === route.kind && !path.includes("%")) return path;
  const found = read.kind === "invalid" ? read.message : `it would be read as ${read.kind}`;
  throw new TeuError<SpecErrorCode>(
    "ERR_ROUTE_INVALID",
    `Writing path ${JSON.stringify(path.slice(0, 320))}: ${found}`,
  );
}

function writeTail(route: Route): string {
  switch (route.kind) {
    case "blob":
      return `blobs/${route.digest}`;
    case "uploads":
      return "blobs/uploads/";
    case "upload":
      return `blobs/uploads/${route.session}`;
    case "manifest":
      return `manifests/${route.digest}`;
    case "tag":
      return `manifests/${route.tag}`;
    case "tags":
      return "tags/list";
    case "referrers":
      return `referrers/${route.digest}`;
    case "catalog":
      return "_catalog";
    case "discover":
      return "_oci/ext/discover";
    case "extension":
      return [route.extension, ...route.path].join("/");
    default:
      return "";
  }
}
