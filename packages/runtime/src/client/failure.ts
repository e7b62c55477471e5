/**
 * What the runtime says of a failure, as an error. With `--log-format json` it says that as one line of JSON.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { RuntimeErrorCode } from "../errors.ts";

/** The parts of a failure that the runtime tells apart; `detail` of the errors that the client throws. */
export interface FailureDetail {
  /** The field of the configuration that asked for what failed, such as `mounts[2].source`. */
  readonly field?: string;
  /** What the kernel was asked for, to what, and the number of its answer. */
  readonly operation?: string;
  readonly subject?: string;
  readonly errno?: number;
  /** Exit code of the runtime. */
  readonly exitCode: number | null;
}

interface LogEntry extends Omit<FailureDetail, "exitCode"> {
  readonly level: string;
  readonly msg: string;
  readonly hint?: string;
}

// Messages that callers of OCI runtimes have always told apart by their words.
const WORDS: readonly (readonly [RegExp, RuntimeErrorCode])[] = [
  [/\bdoes not exist$/u, "ERR_CONTAINER_MISSING"],
  [/^container with given ID already exists/u, "ERR_CONTAINER_EXISTS"],
  [/^cannot (?:start|exec in|delete|pause|resume)\b|\bnot running\b|\bnot paused\b/u, "ERR_CONTAINER_STATE"],
];

/** The error for the failure that `log` ends with; undefined where it has none. */
export function failureIn(
  log: string,
  command: string,
  exitCode: number | null,
): TeuError<RuntimeErrorCode> | undefined {
  const entry = log
    .split("\n")
    .map(parseEntry)
    .findLast((found) => found?.level === "error");
  if (entry === undefined) return undefined;
  const { level: _, msg, hint, field, operation, subject, errno } = entry;
  const parts = Object.entries({ field, operation, subject, errno }).filter(([, value]) => value !== undefined);
  const detail: FailureDetail = { ...Object.fromEntries(parts), exitCode };
  const options = hint === undefined ? { detail } : { detail, hint };
  return new TeuError(codeOf(entry), `Container runtime command ${JSON.stringify(command)}: ${msg}`, options);
}

function codeOf({ msg, field }: LogEntry): RuntimeErrorCode {
  const found = WORDS.find(([words]) => words.test(msg));
  if (found !== undefined) return found[1];
  return field === undefined ? "ERR_RUNTIME_FAILED" : "ERR_CONTAINER_CONFIG";
}

// A program in a container may write to the same standard error: what is no entry is passed over.
function parseEntry(line: string): LogEntry | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<LogEntry>;
    return typeof entry.level === "string" && typeof entry.msg === "string" ? (entry as LogEntry) : undefined;
  } catch {
    return undefined;
  }
}
