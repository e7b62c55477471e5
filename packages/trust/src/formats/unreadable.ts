/**
 * One way to say that foreign bytes are not what they should be.
 * @module
 */
import { TeuError, isTeuError } from "@teu/std/error";
import { JsonError } from "@teu/std/json";
import type { TrustErrorCode } from "../errors.ts";

/** Makes the error for something that cannot be read; `what` comes with its article. */
export function unreadable(what: string, problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  return new TeuError("ERR_SIGNATURE_UNREADABLE", `Reading ${what}: ${problem}`, { cause });
}

/** Runs a reader and makes its errors say what was read. */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isTeuError(error, "ERR_SIGNATURE_UNREADABLE")) throw error;
    if (error instanceof JsonError || isTeuError(error)) throw unreadable(what, error.message, error);
    throw error;
  }
}

/** The text that bytes are in UTF-8. @throws TeuError `ERR_SIGNATURE_UNREADABLE` */
export function textIn(what: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(what, "it is not UTF-8");
  }
}
