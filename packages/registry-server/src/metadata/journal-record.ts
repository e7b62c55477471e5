/**
 * Lines of the journal: every change that was made, so that metadata that is lost can be made anew.
 * @module
 */
import { type Digest, parseDigest } from "@teu/spec/digest";
import { TeuError } from "@teu/std/error";
import type { Json } from "@teu/std/json";
import { parseJson } from "@teu/std/json";
import type { RegistryServerErrorCode } from "../errors.ts";
import { readManifestFacts } from "../manifest-facts.ts";
import type { Signed } from "./metadata.ts";

/** Writes a change as a line of JSON. */
export function formatRecord(change: Signed): string {
  const { op, repo, at, actor } = change;
  const common = { op, repo, at, actor };
  switch (change.op) {
    case "link":
      return JSON.stringify({ ...common, digest: change.digest, size: change.size });
    case "mount":
      return JSON.stringify({ ...common, digest: change.digest, from: change.from });
    case "manifest": {
      const { digest, mediaType, bytes, tags } = change;
      return JSON.stringify({ ...common, digest, mediaType, tags, bytes: Buffer.from(bytes).toString("base64") });
    }
    case "unlink":
    case "delete":
      return JSON.stringify({ ...common, digest: change.digest });
    default:
      return JSON.stringify({ ...common, tag: change.tag });
  }
}

const LIMITS = { maxLength: 128 * 1024 * 1024, maxDepth: 8 };

/**
 * Reads a line of the journal. What a manifest needs was judged when it was pushed and is not judged again.
 * @param lease Until when links are safe from collection.
 * @throws TeuError `ERR_REGISTRY_DATA`
 */
export function parseRecord(line: string, lease: number): Signed {
  try {
    return readRecord(parseJson(line, LIMITS), lease);
  } catch (cause) {
    const message = `Reading a line of the journal: ${cause instanceof Error ? cause.message : "it is no record"}`;
    throw new TeuError<RegistryServerErrorCode>("ERR_REGISTRY_DATA", message, { cause });
  }
}

function readRecord(json: Json, lease: number): Signed {
  const op = json.get("op").string();
  const repo = json.get("repo").string();
  const signed = { repo, at: Number(json.get("at").text), actor: json.get("actor").string() };
  switch (op) {
    case "link":
      return { op, ...signed, digest: digestOf(json), size: Number(json.get("size").text), lease };
    case "mount":
      return { op, ...signed, digest: digestOf(json), from: json.get("from").string(), lease };
    case "manifest":
      return { op, ...signed, ...readManifest(json) };
    case "unlink":
    case "delete":
      return { op, ...signed, digest: digestOf(json) };
    case "untag":
    case "restore":
      return { op, ...signed, tag: json.get("tag").string() };
    default:
      throw new Error(`op ${JSON.stringify(op)}, expected that of a change`);
  }
}

function readManifest(
  json: Json,
): Pick<Extract<Signed, { op: "manifest" }>, "digest" | "mediaType" | "bytes" | "facts" | "tags" | "require"> {
  const digest = digestOf(json);
  const mediaType = json.get("mediaType").string();
  const bytes = new Uint8Array(Buffer.from(json.get("bytes").string(), "base64"));
  const tags = json
    .get("tags")
    .list()
    .map((tag) => tag.string());
  return { digest, mediaType, bytes, tags, facts: readManifestFacts(bytes, mediaType, digest), require: "none" };
}

function digestOf(json: Json): Digest {
  return parseDigest(json.get("digest").string());
}
