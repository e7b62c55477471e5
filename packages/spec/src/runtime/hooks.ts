/**
 * Hooks of a configuration: programs that the runtime runs in between.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, listOf, object, string, strings } from "../shape.ts";
import { type RuntimeReport, checkAbsolute, fieldsOf, objectsIn, wholeNumber } from "./fields.ts";
import { INT64 } from "./integers.ts";
import { HOOK_NAMES, type HookName } from "./lifecycle-names.ts";

/**
 * The hooks by the step that they belong to; `prestart` is deprecated.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#posix-platform-hooks}
 */
export type Hooks = { readonly [Name in HookName]?: readonly Hook[] };

/** A program to run. It gets the state of the container on its standard input. */
export interface Hook {
  /** Absolute. */
  readonly path: string;
  /** Arguments, the name of the program first. */
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds after which the hook is aborted, above 0. */
  readonly timeout?: number | bigint;
}

/** Checks the hooks of a configuration. */
export function checkHooks(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, HOOKS, report);
  for (const name of HOOK_NAMES) {
    for (const hook of objectsIn(json.get(name))) {
      checkFields(hook, HOOK, report);
      checkAbsolute(hook.get("path"), "runtime.hooks.path.absolute", report);
    }
  }
}

const HOOKS = fieldsOf("runtime.hooks", {}, Object.fromEntries(HOOK_NAMES.map((name) => [name, listOf(object)])));

const HOOK = fieldsOf(
  "runtime.hooks",
  { path: string },
  { args: strings, env: strings, timeout: wholeNumber({ ...INT64, min: "1" }) },
);
