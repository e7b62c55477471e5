/**
 * Which methods the paths of the registry API have: a request with another one is answered with 405 and `Allow`.
 * @module
 */
import type { RouteKind } from "./routes.ts";

/** A method of the registry API. */
export type Method = "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";

const READ: readonly Method[] = ["GET", "HEAD"];
const READ_DELETE: readonly Method[] = [...READ, "DELETE"];
const READ_WRITE_DELETE: readonly Method[] = [...READ, "PUT", "DELETE"];

/**
 * The methods of each route. HEAD goes wherever GET does, as HTTP has it; an extension's own definition says what it has.
 * DELETE of an upload is merged text that is in no release yet, though Docker's registry always had it.
 */
export const ROUTE_METHODS: { readonly [Kind in RouteKind]: readonly Method[] } = {
  base: READ,
  catalog: READ,
  discover: READ,
  extension: [],
  blob: READ_DELETE,
  uploads: ["POST"],
  upload: [...READ, "PATCH", "PUT", "DELETE"],
  manifest: READ_WRITE_DELETE,
  tag: READ_WRITE_DELETE,
  tags: READ,
  referrers: READ,
};

/** Tells whether a route has `method`. */
export function isAllowed(kind: RouteKind, method: string): method is Method {
  return (ROUTE_METHODS[kind] as readonly string[]).includes(method);
}

/** Writes the header `Allow` of an answer with status 405. */
export function formatAllow(kind: RouteKind): string {
  return ROUTE_METHODS[kind].join(", ");
}
