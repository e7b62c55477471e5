/**
 * Runtime documents that break no clause, for tests to spoil.
 * @module
 */
import { type Json, parseJson } from "@teu/std/json";
import { stringifyJson } from "@teu/std/json-value";
import type { Issue } from "../issue.ts";
import type { RuntimeClauseId } from "./clauses.ts";
import { checkConfig } from "./config.ts";

/** Fields of a document that take the place of those of a good one. */
export type Fields = Readonly<Record<string, unknown>>;

/** For each clause a look at a document that breaks this clause. */
export type Broken = { readonly [Id in RuntimeClauseId]?: () => readonly Issue[] };

/** The document as the checkers take it. */
export function json(value: unknown): Json {
  return parseJson(stringifyJson(value));
}

/** The document as the parsers take it. */
export function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(stringifyJson(value));
}

export const PROCESS = { cwd: "/", args: ["sh"], user: { uid: 0, gid: 0 } } as const;

export const CONFIG = { ociVersion: "1.3.0", root: { path: "rootfs" }, process: PROCESS } as const;

export const WINDOWS = {
  ociVersion: "1.3.0",
  root: { path: "\\\\?\\Volume{2a0ab7c8-3b1d-4bc6-9d0f-7e52d7a1c0de}\\" },
  process: { cwd: "C:\\", commandLine: "cmd /c ver" },
  windows: { layerFolders: ["C:\\layers\\base", "C:\\scratch"] },
} as const;

export const STATE = {
  ociVersion: "1.3.0",
  id: "web-1",
  status: "running",
  pid: 4711,
  bundle: "/run/bundles/web-1",
} as const;

export const SECCOMP_STATE = { ociVersion: "1.3.0", fds: ["seccompFd"], pid: 4711, state: STATE } as const;

export const FEATURES = { ociVersionMin: "1.0.0", ociVersionMax: "1.3.0" } as const;

/** Looks at a good configuration with other `fields`. */
export function config(fields: Fields): readonly Issue[] {
  return checkConfig(json({ ...CONFIG, ...fields }));
}

/** Looks at a good configuration for Linux with the Linux part `linux`. */
export function linux(fields: Fields): readonly Issue[] {
  return config({ linux: fields });
}

/** Looks at a good configuration for Windows with other `fields`. */
export function windowsConfig(fields: Fields): readonly Issue[] {
  return checkConfig(json({ ...WINDOWS, ...fields }), { platform: "windows" });
}
