/**
 * Pages of lists: how many entries, and the link to the next page.
 * @module
 */
import { formatNextLink } from "@teu/spec/distribution/link";
import { type Pagination, formatPagination } from "@teu/spec/distribution/query";

/** One page. */
export interface ListPage<T> {
  readonly entries: readonly T[];
  /** The headers of the answer: a link if there is more. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Takes a page from a list that is one entry longer if there is more.
 * @param path Path of the list.
 * @param more Further query parameters.
 */
export function cutPage<T>(
  entries: readonly T[],
  limit: number,
  { path, nameOf, more = "" }: { path: string; nameOf: (entry: T) => string; more?: string },
): ListPage<T> {
  const [page, last] = [entries.slice(0, limit), entries[limit - 1]];
  if (entries.length <= limit || last === undefined) return { entries: page, headers: {} };
  const query = [formatPagination({ n: limit, last: nameOf(last) }), more].filter((part) => part !== "").join("&");
  return { entries: page, headers: { Link: formatNextLink(`${path}?${query}`) } };
}

/** How many entries a page has. */
export function pageLimit({ n }: Pagination, maxEntries: number): number {
  return Math.min(n ?? maxEntries, maxEntries);
}
