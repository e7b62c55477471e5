/**
 * The z/OS part of a configuration.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, listOf, object, string } from "../shape.ts";
import { type RuntimeReport, checkAbsolute, checkUnique, fieldsOf, objectsIn, oneOf } from "./fields.ts";
import { namespaceType } from "./linux/namespaces.ts";

/**
 * What a z/OS container is made of.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-zos.md}
 */
export interface ZosConfig {
  readonly namespaces?: readonly ZosNamespace[];
}

/** A namespace to make, or to join. */
export interface ZosNamespace {
  readonly type: "pid" | "mount" | "ipc" | "uts";
  /** Absolute path of the namespace to join, as the runtime sees it. */
  readonly path?: string;
}

/** Checks the z/OS part of a configuration. */
export function checkZos(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, ZOS, report);
  for (const namespace of objectsIn(json.get("namespaces"))) {
    checkFields(namespace, NAMESPACE, report);
    checkAbsolute(namespace.get("path"), "runtime.zos.namespaces.path", report);
  }
  checkUnique(json.get("namespaces"), "runtime.zos.namespaces.duplicates", namespaceType, report);
}

const ZOS = fieldsOf("runtime.zos", {}, { namespaces: listOf(object) });
const NAMESPACE = fieldsOf("runtime.zos.namespaces", { type: oneOf(["pid", "mount", "ipc", "uts"]) }, { path: string });
