/**
 * The catalog: the repositories that whoever asks may pull.
 * @module
 */
import { parsePagination } from "@teu/spec/distribution/query";
import { answerJson } from "../answers.ts";
import type { Call, Result } from "./call.ts";
import { cutPage, pageLimit } from "./lists.ts";

/** GET of the catalog. */
export async function listRepositories({ registry, request, access }: Call): Promise<Result> {
  const page = parsePagination(request.query);
  if (page.kind === "invalid") return page;
  const limit = pageLimit(page, registry.settings.maxPageEntries);
  const wanted = limit === 0 ? 0 : limit + 1;
  const lists = access.lists ?? ((name: string) => access.allows("pull", name));
  const names: string[] = [];
  for (let after = page.last; names.length < wanted;) {
    const found = await registry.metadata.repositories({ after, limit: wanted });
    names.push(...found.filter(lists));
    after = found.at(-1);
    if (found.length < wanted) break;
  }
  const { entries, headers } = cutPage(names, limit, { path: "/v2/_catalog", nameOf: (name) => name });
  return answerJson(JSON.stringify({ repositories: entries }), headers);
}
