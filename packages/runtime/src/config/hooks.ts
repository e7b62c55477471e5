/**
 * Programs to run at moments of the container's life.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#posix-platform-hooks
 * @module
 */
import type { Json } from "@teu/std/json";
import { HOOK_NAMES } from "@teu/spec/runtime/lifecycle-names";
import { UINT32 } from "@teu/spec/runtime/integers";
import { fieldFailure } from "../failure.ts";
import { readAbsolutePath, readInteger, readTexts } from "./read.ts";

/** One program of `hooks`. */
export interface HookConfig {
  /** The moment, such as `createRuntime`. */
  readonly name: string;
  readonly path: string;
  /** With the name of the program in front; never empty. */
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** 0: no limit. */
  readonly timeoutSeconds: number;
  readonly field: string;
}

/** All hooks, by moment and within one in the order of the document. */
export function readHooks(json: Json): HookConfig[] {
  return HOOK_NAMES.flatMap((name) =>
    json
      .get(name)
      .list()
      .map((item) => readHook(item, name)),
  );
}

function readHook(json: Json, name: string): HookConfig {
  const path = readAbsolutePath(json.get("path"));
  const args = readTexts(json.get("args"));
  return {
    name,
    path,
    args: args.length > 0 ? args : [path],
    env: readTexts(json.get("env")),
    timeoutSeconds: json.get("timeout").absent ? 0 : readTimeout(json.get("timeout")),
    field: json.path,
  };
}

function readTimeout(json: Json): number {
  const seconds = Number(readInteger(json, UINT32));
  if (seconds === 0) throw fieldFailure(json.path, "must be greater than 0");
  return seconds;
}
