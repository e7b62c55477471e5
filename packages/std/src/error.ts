/**
 * The one error class of the house. Each room names its codes in its own `errors.ts`; `docs/errors.md` lists them all.
 *
 * A message says: failed action, quoted subject, colon, what was found, then what was expected. It has no period.
 * @module
 */
import { printable } from "./redact.ts";

/** What an error carries beside its code and message. */
export interface TeuErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Facts for programs, in the shape that the code's documentation gives. */
  readonly detail?: unknown;
  /** What the user can do next, one sentence without a period. */
  readonly hint?: string;
}

const BRAND = Symbol.for("teu.error");

/**
 * A failure that a caller may want to tell from others by its `code`.
 * Message and hint have credentials redacted and control characters made visible, so they are safe to print; cause and
 * detail are kept as they are.
 */
export class TeuError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly detail: unknown;
  readonly hint: string | undefined;

  constructor(code: Code, message: string, options: TeuErrorOptions = {}) {
    super(printable(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "TeuError";
    this.code = code;
    this.detail = options.detail;
    this.hint = options.hint === undefined ? undefined : printable(options.hint);
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/** Tells whether `value` is a {@link TeuError}, also one of another copy of this module, and of that `code` if one is given. */
export function isTeuError<Code extends string>(value: unknown, code?: Code): value is TeuError<Code> {
  if (typeof value !== "object" || value === null || !(BRAND in value)) return false;
  return code === undefined || Reflect.get(value, "code") === code;
}
