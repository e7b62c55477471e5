/**
 * Manifests: pulled and pushed as they are, by tag or digest, and deleted.
 * @module
 */
import { canVerify, digestBytes } from "@teu/content/hash";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { parseContentType } from "@teu/spec/distribution/content-type";
import { DOCKER_CONTENT_DIGEST, OCI_SUBJECT, OCI_TAG } from "@teu/spec/distribution/headers";
import { parsePushedTags } from "@teu/spec/distribution/query";
import { refuse } from "@teu/spec/distribution/wire-error";
import { isTeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import { answerEmpty, refusal } from "../answers.ts";
import { andThen } from "../internal/and-then.ts";
import { readManifestFacts } from "../manifest-facts.ts";
import type { Awaitable, Metadata, Outcome, StoredManifest } from "../metadata/metadata.ts";
import type { PullThrough } from "../upstream/pull-through.ts";
import type { Call, Result } from "./call.ts";
import { answerConditions, contentHeaders } from "./content-answer.ts";

/** What names a manifest in a path. */
export type ManifestName = { readonly tag: string } | { readonly digest: Digest };

/** GET and HEAD of a manifest. It is never converted, whatever is accepted. */
export function getManifest(call: Call, repo: string, name: ManifestName): Awaitable<Result> {
  const { metadata, pullThrough } = call.registry;
  const kept = "tag" in name ? metadata.tagged(repo, name.tag) : metadata.manifest(repo, name.digest);
  if (pullThrough === undefined) return andThen(kept, (found) => answerManifest(call, { repo, name }, found));
  return getFreshManifest(call, { repo, name }, { pullThrough, kept });
}

interface Asked {
  readonly repo: string;
  readonly name: ManifestName;
}

/** What is here may be older than what the upstream has. */
async function getFreshManifest(
  call: Call,
  asked: Asked,
  { pullThrough, kept: keeping }: { pullThrough: PullThrough; kept: Awaitable<StoredManifest | undefined> },
): Promise<Result> {
  const { registry, request } = call;
  const kept = await keeping;
  const wanted = "tag" in asked.name ? asked.name.tag : asked.name.digest;
  const fresh = await pullThrough.manifest(registry, asked.repo, wanted, { kept, via: request.header("via") });
  return answerManifest(call, asked, fresh ?? kept);
}

function answerManifest(
  { registry, request }: Call,
  { repo, name }: Asked,
  found: Pick<StoredManifest, "digest" | "mediaType" | "bytes"> | undefined,
): Result {
  if (found === undefined) return refuse("MANIFEST_UNKNOWN", "tag" in name ? `tag ${name.tag}` : name.digest);
  const ended = answerConditions(request, found.digest);
  if (ended !== undefined) return ended;
  if (request.method === "GET") registry.notePull(repo, found.digest);
  const headers = {
    ...contentHeaders(found.digest),
    "Content-Type": found.mediaType,
    "Content-Length": String(found.bytes.length),
  };
  return { status: 200, headers, body: found.bytes };
}

/** PUT of a manifest. */
export async function putManifest(call: Call, repo: string, name: ManifestName): Promise<Result> {
  const bytes = await readBody(call);
  const pushed = parsePushedTags(call.request.query);
  if (pushed.kind === "invalid") return pushed;
  const tags = "tag" in name ? [name.tag] : pushed.tags;
  const digest = "tag" in name ? digestBytes(bytes) : checkDigest(bytes, name.digest);
  const mediaType = readMediaType(call, bytes);
  const facts = readManifestFacts(bytes, mediaType, digest);
  const { registry, access } = call;
  const { settings, metadata, quotas } = registry;
  const { isFixed, maxTags } = settings.rules(repo);
  if (maxTags !== undefined) await quotas.admit(repo, "tags", await countNew(metadata, repo, tags));
  const outcome = await registry.commit({
    op: "manifest",
    repo,
    digest,
    mediaType,
    bytes,
    facts,
    tags,
    require: settings.require,
    fixedTags: tags.filter(isFixed),
    at: registry.now(),
    actor: access.actor,
  });
  return (
    refuseOutcome(outcome) ?? answerPushed(repo, digest, { tags: "tag" in name ? [] : tags, subject: facts.subject })
  );
}

function answerPushed(
  repo: string,
  digest: Digest,
  { tags, subject }: { readonly tags: readonly string[]; readonly subject: Digest | undefined },
): Result {
  return answerEmpty(201, {
    Location: `/v2/${repo}/manifests/${digest}`,
    [DOCKER_CONTENT_DIGEST]: digest,
    ...(subject === undefined ? {} : { [OCI_SUBJECT]: subject }),
    ...(tags.length === 0 ? {} : { [OCI_TAG]: tags }),
  });
}

function refuseOutcome(outcome: Outcome): Result | undefined {
  if (outcome.kind === "fixed") return refuse("DENIED", `the tag ${outcome.tag} must not change`);
  if (outcome.kind !== "missing") return undefined;
  return refuse("MANIFEST_BLOB_UNKNOWN", outcome.digests.slice(0, MAX_NAMED).join(", "));
}

const MAX_NAMED = 16;

async function countNew(metadata: Metadata, repo: string, tags: readonly string[]): Promise<number> {
  let count = 0;
  for (const tag of new Set(tags)) if ((await metadata.tagged(repo, tag)) === undefined) count += 1;
  return count;
}

async function readBody({ registry, request }: Call): Promise<Uint8Array> {
  const maxBytes = registry.settings.maxManifestBytes;
  const problem = (): never => {
    throw refusal("SIZE_INVALID", `a manifest of more than ${maxBytes} bytes`, 413);
  };
  if (Number(request.header("content-length") ?? 0) > maxBytes) return problem();
  try {
    return await collect(request.body, { maxBytes, what: "a manifest" });
  } catch (error) {
    if (isTeuError(error, "ERR_TOO_LARGE")) return problem();
    throw error;
  }
}

function checkDigest(bytes: Uint8Array, digest: Digest): Digest {
  if (!canVerify(digest)) throw refusal("DIGEST_INVALID", "an algorithm that cannot be computed here");
  const actual = digestBytes(bytes, splitDigest(digest).algorithm);
  if (actual !== digest) throw refusal("DIGEST_INVALID", `the manifest has the digest ${actual}`);
  return digest;
}

function readMediaType({ request }: Call, bytes: Uint8Array): string {
  const value = request.header("content-type");
  if (value !== undefined) return parseContentType(value).type;
  const stated = /"mediaType"\s*:\s*"([a-zA-Z0-9!#$&^_.+/-]{3,255})"/.exec(Buffer.from(bytes).toString("latin1"));
  if (stated?.[1] === undefined) throw refusal("MANIFEST_INVALID", "no Content-Type, expected that of the manifest");
  return stated[1];
}

/** DELETE of a manifest with all its tags, or of one tag. */
export async function deleteManifest({ registry, access }: Call, repo: string, name: ManifestName): Promise<Result> {
  const { isFixed } = registry.settings.rules(repo);
  const tags = "tag" in name ? [name.tag] : await registry.metadata.tagsOf(repo, name.digest);
  const fixed = tags.find(isFixed);
  if (fixed !== undefined) return refuse("DENIED", `the tag ${fixed} must not change`);
  const signed = { repo, at: registry.now(), actor: access.actor };
  const outcome = await registry.commit(
    "tag" in name ? { op: "untag", tag: name.tag, ...signed } : { op: "delete", digest: name.digest, ...signed },
  );
  if (outcome.kind !== "done") return refuse("MANIFEST_UNKNOWN", "tag" in name ? `tag ${name.tag}` : name.digest);
  return answerEmpty(202);
}
