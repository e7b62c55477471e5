/**
 * Pages for people, on the port of the registry: `/ui/` and below. They are made here, need no script, and show nobody more
 * than the API would.
 * @module
 */
import { formatBasic } from "@teu/spec/distribution/challenge";
import { isDigest } from "@teu/spec/digest";
import { isPath, isTag } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import type { Access, Authority } from "../access.ts";
import type { Answer, RegistryRequest } from "../exchange.ts";
import type { Registry } from "../registry.ts";
import { deleteManifest } from "../routes/manifests.ts";
import { html } from "./html.ts";
import { showManifest } from "./manifests.ts";
import { SAFE_HEADERS, answerPage, link } from "./page.ts";
import { showHistory, showRepositories, showRepository } from "./repositories.ts";
import { STYLE } from "./style.ts";
import type { View } from "./view.ts";

const MAX_FORM_BYTES = 8192;

/** Answers requests for pages; nothing if a request is for none. */
export function answerWeb(
  registry: Registry,
  authority: Authority,
  request: RegistryRequest,
): Promise<Answer> | Answer | undefined {
  const { path, method } = request;
  if (path === "/") return redirect("/ui/");
  if (!path.startsWith("/ui/")) return undefined;
  if (path === "/ui/style.css") return styleSheet();
  if (method !== "GET" && method !== "HEAD" && method !== "POST")
    return { status: 405, headers: { Allow: "GET, HEAD, POST" } };
  return answerPath(registry, authority, request);
}

function redirect(location: string): Answer {
  return { status: 303, headers: { ...SAFE_HEADERS, Location: location, "Content-Length": "0" } };
}

function styleSheet(): Answer {
  const headers = {
    ...SAFE_HEADERS,
    "Content-Type": "text/css; charset=utf-8",
    "Content-Length": String(STYLE.length),
    "Cache-Control": "max-age=3600",
  };
  return { status: 200, headers, body: STYLE };
}

async function answerPath(registry: Registry, authority: Authority, request: RegistryRequest): Promise<Answer> {
  const access = await authority.admit(request);
  if ("status" in access) return askWho();
  const view = { registry, access, query: request.query, host: hostOf(request) };
  if (request.method === "POST") return (await change(view, request)) ?? missing(view);
  return (await page(view, request.path.slice("/ui/".length))) ?? missing(view);
}

/** The browser asks for a name and a password. */
function askWho(): Answer {
  const body = "Who are you?";
  const headers = { ...SAFE_HEADERS, "WWW-Authenticate": formatBasic("teu-registry"), "Content-Type": "text/plain" };
  return { status: 401, headers: { ...headers, "Content-Length": String(body.length) }, body };
}

/** What is not there and what may not be seen look alike. */
function missing({ access }: View): Answer {
  if (access.known === false) return askWho();
  const body = html`<h1>There is no such page</h1>
    <p>It may be gone, or not be for you. <a href="/ui/">All repositories</a></p>`;
  return answerPage({ title: "Not found", body, actor: access.actor, status: 404 });
}

function hostOf(request: RegistryRequest): string {
  const host = request.header("host") ?? "";
  return /^[A-Za-z0-9._-]{1,253}(?::[0-9]{1,5})?$|^\[[0-9a-fA-F:.]{2,45}\](?::[0-9]{1,5})?$/.test(host)
    ? host
    : "registry";
}

async function page(view: View, name: string): Promise<Answer | undefined> {
  if (name === "") return showRepositories(view);
  const repo = view.query.get("name") ?? "";
  if (!(await mayPull(view, repo))) return undefined;
  if (name === "repo") return showRepository(view, repo);
  if (name === "history") return showHistory(view, repo);
  const reference = view.query.get("ref") ?? "";
  if (name !== "manifest" || !(isTag(reference) || isDigest(reference))) return undefined;
  return showManifest(view, repo, reference);
}

async function mayPull({ registry, access }: View, repo: string): Promise<boolean> {
  return isPath(repo) && access.allows("pull", repo) && (await registry.metadata.hasRepository(repo));
}

/** A form that was sent. Only our own pages may send one: a browser says where a form comes from. */
async function change(view: View, request: RegistryRequest): Promise<Answer | undefined> {
  if (!isOwn(request)) return { status: 403, headers: { ...SAFE_HEADERS, "Content-Length": "0" } };
  const form = await readForm(request);
  const [repo, reference] = [fieldOf(form, "name"), fieldOf(form, "ref") || fieldOf(form, "tag")];
  if (!(await mayPull(view, repo))) return undefined;
  const { access, registry } = view;
  const deletes = request.path === "/ui/delete" && registry.settings.deletes && access.allows("delete", repo);
  if (deletes) return remove(view, request, { repo, reference });
  const restores = request.path === "/ui/restore" && access.allows("push", repo) && isTag(reference);
  return restores ? restore(view, repo, reference) : undefined;
}

function fieldOf(form: URLSearchParams | undefined, name: string): string {
  return form?.get(name) ?? "";
}

function isOwn(request: RegistryRequest): boolean {
  const site = request.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  return URL.parse(request.header("origin") ?? "")?.host === request.header("host");
}

async function readForm(request: RegistryRequest): Promise<URLSearchParams | undefined> {
  try {
    const bytes = await collect(request.body, { maxBytes: MAX_FORM_BYTES });
    return new URLSearchParams(new TextDecoder().decode(bytes));
  } catch (error) {
    if (isTeuError(error, "ERR_TOO_LARGE")) return undefined;
    throw error;
  }
}

async function remove(
  { registry, access }: View,
  request: RegistryRequest,
  { repo, reference }: { readonly repo: string; readonly reference: string },
): Promise<Answer | undefined> {
  const name = isTag(reference) ? { tag: reference } : isDigest(reference) ? { digest: reference } : undefined;
  if (name === undefined) return undefined;
  const result = await deleteManifest({ registry, request, access }, repo, name);
  return "kind" in result ? refused(access, result.message) : redirect(link("history", { name: repo }));
}

async function restore({ registry, access }: View, repo: string, tag: string): Promise<Answer> {
  const at = registry.now();
  const outcome = await registry.commit({ op: "restore", repo, tag, at, actor: access.actor });
  if (outcome.kind === "done") return redirect(link("manifest", { name: repo, ref: tag }));
  return refused(access, "Its contents are gone, or the tag stands for something else now");
}

function refused({ actor }: Access, message: string): Answer {
  const body = html`<h1>That could not be done</h1>
    <p>${message}</p>`;
  return answerPage({ title: "Refused", body, actor, status: 409 });
}
