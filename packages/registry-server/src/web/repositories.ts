/**
 * Pages of repositories and their tags.
 * @module
 */
import type { Answer } from "../exchange.ts";
import { type Html, html } from "./html.ts";
import { count, answerPage, link, path, shortDigest, size, table, time } from "./page.ts";
import type { View } from "./view.ts";

const PAGE = 100;

/** The list of repositories, or of those that were searched for. */
export async function showRepositories({ registry, access, query }: View): Promise<Answer> {
  const [search, after] = [(query.get("q") ?? "").slice(0, 255), query.get("after") ?? undefined];
  const names: string[] = [];
  for (let last = after; names.length <= PAGE;) {
    const found = await registry.metadata.search(search, { after: last, limit: PAGE + 1 });
    names.push(...found.filter((name) => access.allows("pull", name)));
    last = found.at(-1);
    if (found.length <= PAGE) break;
  }
  const shown = names.slice(0, PAGE);
  const rows = shown.map(
    (name) =>
      html`<tr>
        <td><a href="${link("repo", { name })}">${name}</a></td>
      </tr>`,
  );
  const body = html`
    <h1>${search === "" ? "Repositories" : `Repositories with “${search}”`}</h1>
    ${shown.length === 0 ? html`<p>There are none that you may pull.</p>` : table("Repositories, by name", [["Name"]], rows)}
    ${names.length > PAGE && more("", { ...(search === "" ? {} : { q: search }), after: shown.at(-1) ?? "" })}
  `;
  return answerPage({ title: "Repositories", body, actor: access.actor, search });
}

function more(page: string, query: Readonly<Record<string, string>>): Html {
  return html`<p class="pages"><a rel="next" href="${link(page, query)}">Next page</a></p>`;
}

/** One repository: its tags. */
export async function showRepository(view: View, repo: string): Promise<Answer> {
  const { registry, access, query } = view;
  const [filter, after] = [(query.get("tag") ?? "").slice(0, 128), query.get("after") ?? undefined];
  const states = await registry.metadata.tagStates(repo, filter, { after, limit: PAGE + 1 });
  const { bytes, manifests, tags } = await registry.metadata.usage(repo);
  const shown = states.slice(0, PAGE);
  const rows = shown.map(
    ({ tag, digest, start, mediaType }) =>
      html`<tr>
        <td><a href="${link("manifest", { name: repo, ref: tag })}">${tag}</a></td>
        <td>
          <a href="${link("manifest", { name: repo, ref: digest })}"><code>${shortDigest(digest)}</code></a>
        </td>
        <td><span class="badge">${kindOf(mediaType)}</span></td>
        <td>${time(start)}</td>
      </tr>`,
  );
  const heads = [["Tag"], ["Manifest"], ["Kind"], ["Since"]] as const;
  const body = html`
    ${path([repo, link("repo", { name: repo })])}
    <h1>${repo}</h1>
    <p class="soft">${count(tags, "tag")}, ${count(manifests, "manifest")}, ${size(bytes)}</p>
    ${tabs(repo, "tags")}
    <form action="/ui/repo">
      <input type="hidden" name="name" value="${repo}" />
      <input type="search" name="tag" value="${filter}" aria-label="Find tags" placeholder="Find tags" />
      <button>Find</button>
    </form>
    ${shown.length === 0 ? html`<p>There are no tags${filter !== "" && " with that"}.</p>` : table("Tags, by name", heads, rows)}
    ${states.length > PAGE && more("repo", { name: repo, tag: filter, after: shown.at(-1)?.tag ?? "" })}
  `;
  return answerPage({ title: repo, body, actor: access.actor });
}

/** The kind of a manifest in a word. */
export function kindOf(mediaType: string): string {
  if (/index|manifest\.list/.test(mediaType)) return "index";
  return /image\.manifest|distribution\.manifest/.test(mediaType) ? "image" : "other";
}

function tabs(repo: string, current: "tags" | "history"): Html {
  const all = [
    ["tags", "Tags", link("repo", { name: repo })],
    ["history", "History", link("history", { name: repo })],
  ] as const;
  return html`<nav class="tabs" aria-label="Views of the repository">
    ${all.map(([id, text, href]) =>
      id === current ? html`<a href="${href}" aria-current="page">${text}</a>` : html`<a href="${href}">${text}</a>`,
    )}
  </nav>`;
}

const MAX_HISTORY = 200;

/** What the tags of a repository stood for, the latest first. What is gone can be brought back by who may push. */
export async function showHistory({ registry, access, query }: View, repo: string): Promise<Answer> {
  const tag = query.get("tag") ?? undefined;
  const states = await registry.metadata.history(repo, tag, MAX_HISTORY);
  const standing = new Set(states.filter(({ end }) => end === undefined).map((state) => state.tag));
  const offered = new Set(standing);
  const mayRestore = access.allows("push", repo);
  const rows = states.map((state) => {
    const restorable = mayRestore && !offered.has(state.tag);
    offered.add(state.tag);
    return html`<tr>
      <td><a href="${link("history", { name: repo, tag: state.tag })}">${state.tag}</a></td>
      <td>
        <a href="${link("manifest", { name: repo, ref: state.digest })}"><code>${shortDigest(state.digest)}</code></a>
      </td>
      <td>${time(state.start)}</td>
      <td>${state.end === undefined ? html`<span class="good">now</span>` : time(state.end)}</td>
      <td>${state.actor}</td>
      <td>${restorable && restoreForm(repo, state.tag)}</td>
    </tr>`;
  });
  const heads = [["Tag"], ["Manifest"], ["From"], ["To"], ["By"], [""]] as const;
  const body = html`
    ${path([repo, link("repo", { name: repo })])}
    <h1>${tag === undefined ? repo : `${repo}:${tag}`}</h1>
    ${tabs(repo, "history")} ${table("What tags stood for, the latest first", heads, rows)}
  `;
  return answerPage({ title: `History of ${repo}`, body, actor: access.actor });
}

function restoreForm(repo: string, tag: string): Html {
  return html`<form method="post" action="/ui/restore">
    <input type="hidden" name="name" value="${repo}" /><input type="hidden" name="tag" value="${tag}" />
    <button aria-label="Restore ${tag}">Restore</button>
  </form>`;
}
