/**
 * What the parts of a repository's store share.
 * @module
 */
import type { ContentErrorCode } from "@teu/content/errors";
import { hasLinks } from "@teu/content/links";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { formatRoute } from "@teu/spec/distribution/routes";
import { type Scope, repositoryScope } from "@teu/spec/distribution/scope";
import { isLegacyManifest } from "@teu/spec/media-types";
import { TeuError, isTeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";
import { shownUrl } from "../http/http-error.ts";
import type { RepositoryOptions } from "../repository-options.ts";
import type { Answer, Call, Transport } from "../transport.ts";

/** One repository at one registry. */
export interface Context {
  readonly transport: Transport;
  /** Path of the repository. */
  readonly name: string;
  readonly options: RepositoryOptions;
}

/** Where something of the repository is, with `ns` where a proxy has to know whose it is. */
export function pathOf({ name, options }: Context, kind: "blob" | "manifest" | "referrers", digest: Digest): string {
  return withNamespace(formatRoute({ kind, name, digest }), options.namespace);
}

/** Where a tag of the repository is. */
export function tagPath({ name, options }: Context, tag: string): string {
  return withNamespace(formatRoute({ kind: "tag", name, tag }), options.namespace);
}

/** `path` with `ns`, if there is one. */
export function withNamespace(path: string, namespace: string | undefined): string {
  if (namespace === undefined) return path;
  return `${path}${path.includes("?") ? "&" : "?"}ns=${encodeURIComponent(namespace)}`;
}

/** What a request that reads needs. */
export function pullScopes({ name }: Context): readonly Scope[] {
  return [repositoryScope(name, "pull")];
}

/** What a request that writes needs. */
export function pushScopes({ name }: Context): readonly Scope[] {
  return [repositoryScope(name, "pull", "push")];
}

/** What a request that deletes needs. */
export function deleteScopes({ name }: Context): readonly Scope[] {
  return [repositoryScope(name, "delete", "pull")];
}

/** Makes a request whose answer has no body that matters. */
export async function sendBare({ transport }: Context, call: Call): Promise<Answer> {
  const answer = await transport.send(call);
  await answer.discard();
  return answer;
}

/** Tells whether registries keep content of this type among the manifests. */
export function isManifestType(mediaType: string): boolean {
  return hasLinks(mediaType) || isLegacyManifest(mediaType);
}

/** The error for content that is not in the repository. */
export function missing(context: Context, descriptor: Descriptor, cause?: unknown): TeuError<ContentErrorCode> {
  const message = `Reading "${descriptor.digest}" from ${placeOf(context)}: no content of that digest and size ${descriptor.size}`;
  return new TeuError("ERR_BLOB_MISSING", message, { cause, detail: { descriptor } });
}

/** The error for content of another size. */
export function wrongSize(
  context: Context,
  descriptor: Descriptor,
  actual: number | string,
): TeuError<ContentErrorCode> {
  const message = `Reading "${descriptor.digest}" from ${placeOf(context)}: ${actual} bytes, expected ${descriptor.size}`;
  return new TeuError("ERR_BLOB_SIZE", message, { detail: { descriptor } });
}

/** The error for an answer that breaks the protocol. */
export function wrongAnswer(
  method: string,
  url: URL,
  problem: string,
  cause?: unknown,
): TeuError<RegistryClientErrorCode> {
  return new TeuError("ERR_REGISTRY_ANSWER", `${method} "${shownUrl(url)}": ${problem}`, {
    cause,
    detail: { url: shownUrl(url) },
  });
}

/**
 * What `read` makes of a part of an answer.
 * @throws TeuError `ERR_REGISTRY_ANSWER` where it cannot be read.
 */
export function readAnswer<T>(method: string, { url }: Pick<Answer, "url">, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isTeuError(error)) throw wrongAnswer(method, url, error.message, error);
    throw error;
  }
}

/** Host and path, for messages. */
export function placeOf({ transport, name }: Context): string {
  return `${transport.base.host}/${name}`;
}

/** Refuses an answer that names another digest than `expected`, of the same algorithm. */
export function checkDigestHeader(method: string, answer: Answer, expected: Digest): void {
  const value = answer.headers.get("docker-content-digest");
  if (value === null || value === expected || !value.startsWith(`${splitDigest(expected).algorithm}:`)) return;
  throw wrongAnswer(method, answer.url, `Docker-Content-Digest is "${value.slice(0, 160)}", expected "${expected}"`);
}
