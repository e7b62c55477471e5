/**
 * The `Link` header (RFC 8288), by which lists that come in pages name their next page.
 * @module
 */
import { isTeuError } from "@teu/std/error";
import { type Issue, Report } from "../issue.ts";
import { DISTRIBUTION_CLAUSES } from "./clauses.ts";
import { FieldReader, type FieldValue, fieldError, isToken, quote, unwritable } from "./field.ts";

/** One link. */
export interface Link {
  /** Address of the target, often relative. */
  readonly target: string;
  /** How the target relates to the page, in lower case, such as `next`. */
  readonly relations: readonly string[];
  /** Parameters by name in lower case, `rel` included; the first of a name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Most links of one answer. */
export const MAX_LINKS = 64;

/**
 * Reads a `Link` header.
 * @throws TeuError `ERR_HEADER_INVALID`, also for more than {@link MAX_LINKS} links.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8288#section-3}
 */
export function parseLinks(value: FieldValue): readonly Link[] {
  const reader = new FieldReader("Link", value).skipCommas();
  const links: Link[] = [];
  while (!reader.done) {
    if (links.length === MAX_LINKS) throw reader.error(`more than ${MAX_LINKS} links`);
    links.push(readLink(reader));
    if (!reader.done && reader.next !== ",") throw reader.error(`no comma at ${reader.position}`);
    reader.skipCommas();
  }
  return links;
}

function readLink(reader: FieldReader): Link {
  const start = reader.position;
  const opened = reader.take("<");
  const target = reader.until(">").trim();
  if (!opened || !reader.take(">")) throw reader.error(`no target in angle brackets at ${start}`);
  const parameters = readParameters(reader);
  return { target, relations: (parameters.get("rel") ?? "").toLowerCase().split(/\s+/).filter(Boolean), parameters };
}

function readParameters(reader: FieldReader): Map<string, string> {
  const parameters = new Map<string, string>();
  while (reader.skipSpace().take(";")) {
    const name = reader.skipSpace().token().toLowerCase();
    const value = reader.skipSpace().take("=") ? reader.skipSpace().quotedOrUntil(";,") : "";
    if (name !== "" && !parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

/**
 * Writes one link. `rel` comes from `parameters`.
 * @throws TeuError `ERR_HEADER_INVALID` if the target or a parameter holds what the header cannot.
 */
export function formatLink({ target, parameters }: Pick<Link, "target" | "parameters">): string {
  if (!TARGET.test(target)) throw unwritable("Link", target, "a character that no address can hold");
  const written = Array.from(parameters, ([name, value]) => {
    if (!isToken(name)) throw unwritable("Link", name, "expected the name of a parameter");
    return `; ${name}=${quote("Link", value)}`;
  });
  return `<${target}>${written.join("")}`;
}

const TARGET = /^[\u0021-\u003b\u003d\u003f-\u007e]*$/;

/** Writes the link of a page to the page behind it. */
export function formatNextLink(target: string): string {
  return formatLink({ target, parameters: new Map([["rel", "next"]]) });
}

/**
 * The address of the next page by the `Link` header of the page at `base`; nothing if this is the last one.
 * It may lead to another host: who follows it decides what to send there.
 * @throws TeuError `ERR_HEADER_INVALID`
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags}
 */
export function nextPage(value: FieldValue | undefined, base: string | URL): URL | undefined {
  const next = parseLinks(value ?? "").find(({ relations }) => relations.includes("next"));
  if (next === undefined) return undefined;
  const url = URL.parse(next.target, String(base));
  if (url === null) throw fieldError("Link", next.target, "expected an address");
  return url;
}

/** Lists what the `Link` header of a page of tags or referrers breaks: it is a link to the next page. */
export function checkNextLink(
  clause: "distribution.tags.link.next" | "distribution.referrers.link.next",
  value: FieldValue,
): Issue[] {
  const report = new Report(DISTRIBUTION_CLAUSES);
  try {
    if (nextPage(value, "http://registry.invalid/") === undefined) report.add(clause, "Link", 'expected rel="next"');
  } catch (error) {
    if (!isTeuError(error)) throw error;
    report.add(clause, "Link", error.message);
  }
  return report.issues;
}
