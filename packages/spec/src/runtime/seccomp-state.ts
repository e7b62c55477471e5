/**
 * The container process state: what a runtime tells a seccomp agent over its socket.
 * @module
 */
import { DEFAULT_JSON_LIMITS, type Json } from "@teu/std/json";
import { type Document, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch } from "../issue.ts";
import { checkFields, object, string, strings } from "../shape.ts";
import { RUNTIME_CLAUSES } from "./clauses.ts";
import { fieldsOf, wholeNumber } from "./fields.ts";
import { INT64 } from "./integers.ts";
import { type ContainerState, checkStateObject } from "./state.ts";

/**
 * A container process state.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#the-container-process-state}
 */
export interface SeccompState {
  readonly ociVersion: string;
  /** Names of the file descriptors that come with it, in their order. */
  readonly fds?: readonly string[];
  /** Id of the process as the runtime sees it. */
  readonly pid: number | bigint;
  /** The `listenerMetadata` of the profile. */
  readonly metadata?: string;
  readonly state: ContainerState;
}

/**
 * Reads and checks a container process state.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST; `detail.issues` has every issue.
 */
export function parseSeccompState(bytes: Uint8Array): Document<SeccompState> {
  return parseDocument(bytes, {
    name: "a container process state",
    limits: DEFAULT_JSON_LIMITS,
    check: checkSeccompState,
  });
}

/** Lists every clause that a container process state breaks. */
export function checkSeccompState(json: Json): Issue[] {
  const report = new Report(RUNTIME_CLAUSES);
  if (json.kind === "object") {
    checkFields(json, SECCOMP_STATE, report);
    if (json.get("state").kind === "object") checkStateObject(json.get("state"), "linux", report);
  } else report.add("runtime.seccomp-state.types", json, mismatch("an object", json));
  return report.issues;
}

const SECCOMP_STATE = fieldsOf(
  "runtime.seccomp-state",
  { ociVersion: string, pid: wholeNumber({ ...INT64, min: "0" }), state: object },
  { fds: strings, metadata: string },
);
