/**
 * Lists that come in pages, each of which names the next.
 * @module
 */
import { nextPage } from "@teu/spec/distribution/link";
import type { Scope } from "@teu/spec/distribution/scope";
import type { Answer, Transport } from "../transport.ts";
import { readAnswer, wrongAnswer } from "./context.ts";

/** What to list. */
export interface Listing {
  readonly path: string;
  readonly scopes: readonly Scope[];
  readonly maxPageBytes: number;
  readonly accept?: string;
  /** The statuses of a page. Default: 200. */
  readonly expect?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** One page. */
export interface Page {
  readonly answer: Answer;
  readonly bytes: Uint8Array;
}

/** Most pages of one list. */
export const MAX_PAGES = 10_000;

/**
 * Reads the pages of a list.
 * @throws TeuError `ERR_REGISTRY_ANSWER` for a page that leads in a circle, to another host, or is one of too many.
 */
export async function* readPages(transport: Transport, listing: Listing): AsyncGenerator<Page, void, undefined> {
  const seen = new Set<string>();
  let target: string | URL | undefined = listing.path;
  while (target !== undefined) {
    const url = transport.resolve(target);
    if (seen.has(url.href)) throw wrongAnswer("GET", url, "a page that leads back to itself");
    if (seen.size >= MAX_PAGES) throw wrongAnswer("GET", url, `more than ${MAX_PAGES} pages`);
    seen.add(url.href);
    const page = await readPage(transport, target, listing);
    yield page;
    target = nextOf(transport, page.answer, url);
  }
}

async function readPage(transport: Transport, target: string | URL, listing: Listing): Promise<Page> {
  const { scopes, maxPageBytes, accept = "application/json", expect = [200], signal } = listing;
  return await transport.fetch({ method: "GET", target, headers: { accept }, scopes, expect, signal }, maxPageBytes);
}

function nextOf(transport: Transport, answer: Answer, url: URL): URL | undefined {
  const next = readAnswer("GET", { url }, () => nextPage(answer.headers.get("link") ?? undefined, url));
  if (next === undefined || transport.isOwn(next)) return next;
  // Behind a proxy some registries name themselves wrongly; the path is what counts.
  if (next.pathname.startsWith("/v2/")) return transport.resolve(next.pathname + next.search);
  throw wrongAnswer("GET", url, "a next page at another host");
}
