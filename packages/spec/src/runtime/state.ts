/**
 * The state of a container, as a runtime tells it to its caller and to hooks.
 * @module
 */
import { DEFAULT_JSON_LIMITS, type Json } from "@teu/std/json";
import { type Document, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch } from "../issue.ts";
import { checkFields, mapOf, string } from "../shape.ts";
import { RUNTIME_CLAUSES } from "./clauses.ts";
import { type RuntimeReport, checkString, fieldsOf, wholeNumber } from "./fields.ts";
import { INT64 } from "./integers.ts";
import type { ContainerStatus } from "./lifecycle-names.ts";
import { isPosixAbsolute, isWindowsAbsolute } from "./paths.ts";
import type { RuntimePlatform } from "./platforms.ts";

/**
 * A state.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/runtime.md#state}
 */
export interface ContainerState {
  readonly ociVersion: string;
  readonly id: string;
  /** One of {@link ContainerStatus}, or what the runtime adds, such as `paused`. */
  readonly status: ContainerStatus | (string & {});
  /** Id of the process, as whoever gets the state sees it. On Linux it must be set while created or running. */
  readonly pid?: number | bigint;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  readonly annotations?: { readonly [key: string]: string };
}

/** How to look at a state. */
export interface StateOptions {
  /** Where the container is; Linux if not given. */
  readonly platform?: RuntimePlatform;
}

/**
 * Reads and checks a state.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST; `detail.issues` has every issue.
 */
export function parseState(bytes: Uint8Array, options: StateOptions = {}): Document<ContainerState> {
  return parseDocument(bytes, {
    name: "the state of a container",
    limits: DEFAULT_JSON_LIMITS,
    check: (json) => checkState(json, options),
  });
}

/** Lists every clause that a state breaks. */
export function checkState(json: Json, { platform = "linux" }: StateOptions = {}): Issue[] {
  const report = new Report(RUNTIME_CLAUSES);
  checkStateObject(json, platform, report);
  return report.issues;
}

/** Notes in `report` the clauses that a state inside of another document breaks. */
export function checkStateObject(json: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  if (json.kind !== "object") return report.add("runtime.state.types", json, mismatch("an object", json));
  checkFields(json, STATE, report);
  checkString(json.get("bundle"), "runtime.state.bundle.absolute", platform === "windows" ? WINDOWS : POSIX, report);
  const pid = json.get("pid");
  if (platform !== "linux" || !pid.absent || !ALIVE.includes(json.get("status").text)) return;
  report.add("runtime.state.pid", pid, mismatch("an integer", pid));
}

const STATE = fieldsOf(
  "runtime.state",
  { ociVersion: string, id: string, status: string, bundle: string },
  { pid: wholeNumber({ ...INT64, min: "0" }), annotations: mapOf(string) },
);
const ALIVE = ["created", "running"];
const POSIX = { test: isPosixAbsolute, expected: "an absolute path" };
const WINDOWS = { test: isWindowsAbsolute, expected: "an absolute path" };
