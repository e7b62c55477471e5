/**
 * The tags of a repository, in the order of their characters.
 * @module
 */
import { parsePagination } from "@teu/spec/distribution/query";
import { refuse } from "@teu/spec/distribution/wire-error";
import { answerJson } from "../answers.ts";
import type { Call, Result } from "./call.ts";
import { cutPage, pageLimit } from "./lists.ts";

/** GET of the tags. */
export async function listTags({ registry, request }: Call, repo: string): Promise<Result> {
  const page = parsePagination(request.query);
  if (page.kind === "invalid") return page;
  if (!(await registry.metadata.hasRepository(repo))) return refuse("NAME_UNKNOWN", repo);
  const limit = pageLimit(page, registry.settings.maxPageEntries);
  const tags = limit === 0 ? [] : await registry.metadata.tags(repo, { after: page.last, limit: limit + 1 });
  const { entries, headers } = cutPage(tags, limit, { path: `/v2/${repo}/tags/list`, nameOf: (tag) => tag });
  return answerJson(JSON.stringify({ name: repo, tags: entries }), headers);
}
