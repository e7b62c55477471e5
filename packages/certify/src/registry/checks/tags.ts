/**
 * Lists of tags.
 * @module
 */
import { checkNextLink, nextPage } from "@teu/spec/distribution/link";
import { checkTagsList, isInOrder, parseTagsList } from "@teu/spec/distribution/tags-list";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import type { Answer } from "../exchange.ts";
import { type Lab, Unable, sight } from "../lab.ts";
import { pushImage } from "./manifests.ts";

const TAGS = ["Beta", "alpha", "beta-2", "gamma", "v1", "v10", "v2", "_x"];

/** A list whole and in pages, from a place on, and with none. */
export async function listTags(lab: Lab): Promise<void> {
  const manifest = await pushImage(lab);
  for (const tag of TAGS) await lab.pushManifest(manifest, tag);
  const path = lab.path("tags", "list");
  const whole = await lab.send("GET", path);
  lab.judgeStatus("tags.status", whole, 200);
  const all = tagsOf(lab, whole);
  const missing = TAGS.filter((tag) => !all.includes(tag));
  if (!whole.headers.has("link"))
    lab.judge(
      "general.categories.whole",
      missing.length === 0,
      `${sight(whole)} without ${missing.join(" ") || "none"}`,
    );
  judgeOrder(lab, whole, all);
  const joined = await followPages(lab, `${path}?n=3`);
  lab.judge(
    "tags.n.exact",
    joined.every(({ tags, last }) => tags.length === 3 || (last && tags.length < 3)),
    `pages of ${joined.map(({ tags }) => tags.length).join(", ")} tags with n=3`,
  );
  const found = joined.flatMap(({ tags }) => tags);
  lab.judge(
    "tags.last",
    TAGS.every((tag) => found.includes(tag)),
    `pages with n=3 have ${found.length} tags of ${all.length}`,
  );
  const lastPage = joined.at(-1)?.tags.length ?? 0;
  lab.offers("tags.n.fewer", lastPage < 3, `the last page with n=3 has ${lastPage} tags`);
  await listNone(lab, path);
  await listFrom(lab, path, all);
}

/** The list of a repository that has a manifest and no tag. */
export async function listNoTags(lab: Lab): Promise<void> {
  await pushImage(lab);
  const answer = await lab.send("GET", lab.path("tags", "list"));
  if (lab.judgeStatus("tags.status", answer, 200))
    lab.offers("tags.empty", tagsOf(lab, answer).length === 0, sight(answer));
}

async function listNone(lab: Lab, path: string): Promise<void> {
  const none = await lab.send("GET", `${path}?n=0`);
  lab.judge(
    "tags.n.zero",
    none.status === 200 && tagsOf(lab, none).length === 0,
    `${sight(none)} with ${tagsOf(lab, none).length} tags`,
  );
  lab.judge("tags.n.zero.link", !none.headers.has("link"), `${sight(none)}, Link: ${none.headers.get("link")}`);
}

async function listFrom(lab: Lab, path: string, all: readonly string[]): Promise<void> {
  const from = all[Math.floor(all.length / 2)];
  if (from === undefined) return;
  const answer = await lab.send("GET", `${path}?last=${encodeURIComponent(from)}`);
  const rest = tagsOf(lab, answer);
  lab.offers("tags.last.alone", answer.status === 200 && rest.length < all.length, sight(answer));
  lab.judge(
    "tags.last",
    !rest.includes(from),
    `${sight(answer)} with ${rest.includes(from) ? "that tag itself" : "tags behind it"}`,
  );
}

function judgeOrder(lab: Lab, answer: Answer, tags: readonly string[]): void {
  const shown = `${sight(answer)}: ${tags.slice(0, 12).join(" ")}`;
  const [lexical, ascii] = [isInOrder(tags, "lexical"), isInOrder(tags, "ascii")];
  lab.judge("tags.order", lexical, shown);
  lab.judge("tags.order.either", lexical || ascii, shown);
}

interface Page {
  readonly tags: readonly string[];
  readonly last: boolean;
}

const MAX_PAGES = 100;

async function followPages(lab: Lab, first: string): Promise<readonly Page[]> {
  const pages: Page[] = [];
  let target: string | URL | undefined = first;
  while (target !== undefined && pages.length < MAX_PAGES) {
    const answer = await lab.send("GET", target);
    const link = answer.headers.get("link");
    if (pages.length === 0) lab.offers("tags.link", link !== null, `${sight(answer)}, Link: ${link}`);
    if (link !== null)
      lab.judgeIssues(["tags.link.next"], checkNextLink("distribution.tags.link.next", link), sight(answer));
    target = link === null ? undefined : nextPage(link, answer.url);
    pages.push({ tags: tagsOf(lab, answer), last: target === undefined });
  }
  return pages;
}

function tagsOf(lab: Lab, answer: Answer): readonly string[] {
  if (answer.status !== 200) throw new Unable(`listing tags: ${sight(answer)}`);
  try {
    lab.judgeIssues(["tags.body"], checkTagsList(parseJsonBytes(answer.body)), sight(answer));
    return parseTagsList(answer.body).value.tags ?? [];
  } catch (error) {
    if (!(error instanceof JsonError)) throw new Unable(`listing tags: ${String(error)}`);
    lab.judge("tags.body", false, `${sight(answer)}: ${error.message}`);
    throw new Unable(`listing tags: ${error.message}`);
  }
}
