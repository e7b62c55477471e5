/**
 * Extensions: which there are, and our own, which shows and mends the history of tags.
 * @module
 */
import { refuse } from "@teu/spec/distribution/wire-error";
import { isTag } from "@teu/spec/reference";
import { answerEmpty, answerJson } from "../answers.ts";
import type { Call, Result } from "./call.ts";

const DISCOVER = "_oci/ext/discover";
/** Our extension, of one repository each: GET `_teu/history[?tag=]`, GET `_teu/usage`, POST `_teu/restore?tag=`. */
const OWN = ["_teu/history", "_teu/usage", "_teu/restore"] as const;

const EXTENSIONS = [
  {
    name: "_oci",
    url: "https://github.com/opencontainers/distribution-spec/blob/v1.1.1/extensions/_oci.md",
    description: "Discovery of extensions",
    endpoints: [DISCOVER],
  },
];

const OWN_EXTENSION = {
  name: "_teu",
  url: "https://github.com/opencontainers/distribution-spec/tree/v1.1.1/extensions",
  description: "History of tags, restoring of what was deleted, usage",
  endpoints: OWN,
};

/** GET of the list of extensions, of the registry or of one repository. */
export function discover(repo: string | undefined): Result {
  const extensions = repo === undefined ? EXTENSIONS : [...EXTENSIONS, OWN_EXTENSION];
  return answerJson(JSON.stringify({ extensions }));
}

const MAX_HISTORY = 1000;

/** A request for our own extension. */
export async function answerExtension(call: Call, repo: string, name: string): Promise<Result> {
  const { registry, request } = call;
  const tag = request.query.get("tag") ?? undefined;
  if (tag !== undefined && !isTag(tag)) return refuse("TAG_INVALID", "expected a tag as tag");
  if (!(await registry.metadata.hasRepository(repo))) return refuse("NAME_UNKNOWN", repo);
  const reads = request.method === "GET" || request.method === "HEAD";
  if (name === "_teu/history" && reads)
    return answerJson(JSON.stringify({ name: repo, history: await registry.metadata.history(repo, tag, MAX_HISTORY) }));
  if (name === "_teu/usage" && reads)
    return answerJson(JSON.stringify({ name: repo, ...(await registry.metadata.usage(repo)) }));
  if (name === "_teu/restore" && request.method === "POST" && tag !== undefined) return restore(call, repo, tag);
  return refuse((OWN as readonly string[]).includes(name) ? "UNSUPPORTED" : "EXTENSION_UNKNOWN", name);
}

async function restore({ registry, access }: Call, repo: string, tag: string): Promise<Result> {
  const at = registry.now();
  const outcome = await registry.commit({ op: "restore", repo, tag, at, actor: access.actor });
  if (outcome.kind === "done") return answerEmpty(201, { Location: `/v2/${repo}/manifests/${tag}` });
  if (outcome.kind === "missing") return refuse("MANIFEST_BLOB_UNKNOWN", outcome.digests.join(", "));
  return refuse("MANIFEST_UNKNOWN", `tag ${tag}: nothing to restore, or it stands`);
}
