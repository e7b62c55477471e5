/**
 * What all pages share: their frame, and the headers that keep a browser from doing anything but showing them.
 * @module
 */
import type { Answer } from "../exchange.ts";
import { type Html, type Part, html } from "./html.ts";

/** A page. */
export interface PageContent {
  readonly title: string;
  readonly body: Html;
  /** Name of whoever looks at it. */
  readonly actor: string;
  /** What was searched for. */
  readonly search?: string | undefined;
  readonly status?: number;
}

// No script runs: there is none. Nothing comes from elsewhere, and nobody frames it.
const POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; img-src 'none'";

/** Headers of everything here. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** The answer that is a page. */
export function answerPage({ title, body, actor, search = "", status = 200 }: PageContent): Answer {
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - registry</title>
        <link rel="stylesheet" href="/ui/style.css" />
      </head>
      <body>
        <a class="skip" href="#content">Skip to content</a>
        <header>
          <a class="home" href="/ui/">Registry</a>
          <form action="/ui/" role="search">
            <input
              type="search"
              name="q"
              value="${search}"
              aria-label="Search repositories"
              placeholder="Search repositories"
            />
            <button>Search</button>
          </form>
          <span class="who">${actor}</span>
        </header>
        <main id="content">${body}</main>
      </body>
    </html> `;
  const trimmed = text.replaceAll(/\n\s+/g, "\n");
  const headers = {
    ...SAFE_HEADERS,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(trimmed)),
    "Cache-Control": "no-store",
  };
  return { status, headers, body: trimmed };
}

/** A table in which wide rows scroll. */
export function table(
  caption: string,
  heads: readonly (readonly [name: string, kind?: string])[],
  rows: readonly Part[],
): Html {
  return html`<div class="table" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map(([name, kind]) => html`<th scope="col" class="${kind}">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** An address of ours with a query. */
export function link(page: string, query: Readonly<Record<string, string>>): string {
  return `/ui/${page}?${new URLSearchParams(query).toString()}`;
}

/** A time that machines can read too. */
export function time(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")}</time>`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A number of things, such as `1 layer`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** A number of bytes as people say it. */
export function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}

/** The beginning of a digest, enough to tell it from others. */
export function shortDigest(digest: string): string {
  const [algorithm = "", hash = ""] = digest.split(":");
  return `${algorithm}:${hash.slice(0, 12)}`;
}

/** The way to a page. */
export function path(...steps: readonly (readonly [text: string, href: string])[]): Html {
  const all = [["Repositories", "/ui/"] as const, ...steps];
  return html`<nav class="path" aria-label="Path">
    ${all.map(([text, href], index) => html`${index > 0 && " / "}<a href="${href}">${text}</a>`)}
  </nav>`;
}
