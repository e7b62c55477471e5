/**
 * Mappings of user and group ids, of a user namespace or of a mount.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields } from "../../shape.ts";
import { type RuntimeReport, fieldsOf, objectsIn, uint32 } from "../fields.ts";

/**
 * A range of ids.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#user-namespace-mappings}
 */
export interface IdMapping {
  /** First id in the container. */
  readonly containerID: number;
  /** First id on the host. */
  readonly hostID: number;
  /** How many ids. */
  readonly size: number;
}

/** Checks a list of mappings. */
export function checkIdMappings(json: Json, report: RuntimeReport): void {
  for (const mapping of objectsIn(json)) checkFields(mapping, MAPPING, report);
}

const MAPPING = fieldsOf("runtime.linux.mappings", { containerID: uint32, hostID: uint32, size: uint32 });
