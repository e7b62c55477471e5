/**
 * Namespaces of a container, on Linux and on z/OS.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, string } from "../../shape.ts";
import { type RuntimeReport, checkAbsolute, checkUnique, fieldsOf, objectsIn, oneOf } from "../fields.ts";
import { NAMESPACE_TYPES, type NamespaceType } from "../linux-names.ts";

/**
 * A namespace to make, or to join.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#namespaces}
 */
export interface LinuxNamespace {
  readonly type: NamespaceType;
  /** Absolute path of the namespace to join, as the runtime sees it. */
  readonly path?: string;
}

/** Checks the namespaces of a Linux container. */
export function checkNamespaces(json: Json, report: RuntimeReport): void {
  for (const namespace of objectsIn(json)) {
    checkFields(namespace, NAMESPACE, report);
    checkAbsolute(namespace.get("path"), "runtime.linux.namespaces.path", report);
  }
  checkUnique(json, "runtime.linux.namespaces.duplicates", namespaceType, report);
}

/** The type of a namespace, by which it must be the only one. */
export function namespaceType(namespace: Json): string | undefined {
  const { kind, text } = namespace.get("type");
  return kind === "string" ? text : undefined;
}

const NAMESPACE = fieldsOf("runtime.linux.namespaces", { type: oneOf(NAMESPACE_TYPES) }, { path: string });
