/**
 * What every page is made from.
 * @module
 */
import type { Access } from "../access.ts";
import type { Registry } from "../registry.ts";

/** One request for a page. */
export interface View {
  readonly registry: Registry;
  readonly access: Access;
  readonly query: URLSearchParams;
  /** Host under which clients reach the registry, for lines that pull. */
  readonly host: string;
}
