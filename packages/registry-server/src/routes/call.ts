/**
 * What every route is given.
 * @module
 */
import type { WireProblem } from "@teu/spec/distribution/wire-error";
import type { Access } from "../access.ts";
import type { Answer, RegistryRequest } from "../exchange.ts";
import type { Registry } from "../registry.ts";

/** One request on its way through a route. */
export interface Call {
  readonly registry: Registry;
  readonly request: RegistryRequest;
  readonly access: Access;
}

/** What a route comes to. */
export type Result = Answer | WireProblem;
