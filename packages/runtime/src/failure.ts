/**
 * Why a command failed, in parts that a program can read: the field of the configuration that asked for it, the
 * operation, what it was done to, the errno, and what to do next.
 * @module
 */
import { SysError } from "@teu/kernel/errno";
import { JsonError, parseJson } from "@teu/std/json";

/** A failure of the runtime. Its message has all parts but the hint. */
export class Failure extends Error {
  /** Such as `mounts[2].source`; empty where no field is to blame. */
  readonly field: string;
  readonly operation: string;
  readonly subject: string;
  /** 0 where the kernel was not asked. */
  readonly errno: number;
  /** What the user can do; empty where nothing is known. */
  readonly hint: string;

  constructor(message: string, parts: FailureParts = NO_PARTS) {
    super(message);
    this.name = "Failure";
    this.field = parts.field;
    this.operation = parts.operation;
    this.subject = parts.subject;
    this.errno = parts.errno;
    this.hint = parts.hint;
  }
}

/** The parts of a {@link Failure} beside its message. */
export interface FailureParts {
  readonly field: string;
  readonly operation: string;
  readonly subject: string;
  readonly errno: number;
  readonly hint: string;
}

const NO_PARTS: FailureParts = { field: "", operation: "", subject: "", errno: 0, hint: "" };

/** A failure that a field of the configuration is to blame for. The message is the field's name, a colon and `problem`. */
export function fieldFailure(field: string, problem: string, hint = ""): Failure {
  return new Failure(`${field}: ${problem}`, { field, operation: "", subject: "", errno: 0, hint });
}

/** A failure with advice. */
export function failureWithHint(message: string, hint: string): Failure {
  return new Failure(message, { field: "", operation: "", subject: "", errno: 0, hint });
}

/** Any error as a failure, blamed on `field` unless it names one itself. */
export function asFailure(thrown: unknown, field = ""): Failure {
  const error = thrown instanceof Error ? thrown : new Error("unknown error");
  if (error instanceof Failure) {
    if (error.field !== "" || field === "") return error;
    const { operation, subject, errno, hint } = error;
    return new Failure(`${field}: ${error.message}`, { field, operation, subject, errno, hint });
  }
  if (error instanceof SysError) return sysFailure(error, field);
  const named = error instanceof JsonError || field === "" ? error.message : `${field}: ${error.message}`;
  return new Failure(named, { field, operation: "", subject: "", errno: 0, hint: "" });
}

function sysFailure(error: SysError, field: string): Failure {
  const { operation, subject, errno } = error;
  const message = field === "" ? error.message : `${field}: ${error.message}`;
  return new Failure(message, { field, operation, subject, errno, hint: "" });
}

/** The failure as one line of JSON, for another process of the runtime. */
export function packFailure(failure: Failure): string {
  const { message, field, operation, subject, errno, hint } = failure;
  return JSON.stringify({ message, field, operation, subject, errno, hint });
}

/** The failure that {@link packFailure} packed. */
export function unpackFailure(text: string): Failure {
  const json = parseJson(text);
  return new Failure(json.get("message").string(), {
    field: json.get("field").string(),
    operation: json.get("operation").string(),
    subject: json.get("subject").string(),
    errno: json.get("errno").integerBetween(0, 4095),
    hint: json.get("hint").string(),
  });
}

/** Runs `action`; a failure is blamed on the field of the configuration that asked for it. @throws Failure */
export function attempt(field: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw asFailure(error, field);
  }
}
