/**
 * Errors of a copy, which say on which side it failed and at what content.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError, isTeuError } from "@teu/std/error";
import type { ContentErrorCode } from "../errors.ts";

/** Runs `action` at the target, and says so if it fails. */
export function atTarget<T>(descriptor: Descriptor, what: string, action: () => Promise<T>): Promise<T> {
  return blame("ERR_COPY_TARGET", descriptor, what, action);
}

/** Runs `action` at the source, and says so if it fails. */
export function atSource<T>(descriptor: Descriptor, what: string, action: () => Promise<T>): Promise<T> {
  return blame("ERR_COPY_SOURCE", descriptor, what, action);
}

async function blame<T>(
  code: "ERR_COPY_SOURCE" | "ERR_COPY_TARGET",
  descriptor: Descriptor,
  what: string,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw copyError(code, descriptor, what, error);
  }
}

// Limits and malformed graphs are nobody's fault but the graph's, and say where they are.
const OWN_CODES: readonly ContentErrorCode[] = [
  "ERR_COPY_SOURCE",
  "ERR_COPY_TARGET",
  "ERR_GRAPH_INVALID",
  "ERR_GRAPH_LIMIT",
];

/** The error for what went wrong at one side; an error that is one of a copy already stays as it is. */
export function copyError(
  code: "ERR_COPY_SOURCE" | "ERR_COPY_TARGET",
  descriptor: Descriptor,
  what: string,
  cause: unknown,
): unknown {
  if (OWN_CODES.some((own) => isTeuError(cause, own))) return cause;
  const side = code === "ERR_COPY_SOURCE" ? "source" : "target";
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `Copying "${descriptor.digest}" (${descriptor.mediaType}): ${what} failed at the ${side}: ${reason}`;
  const hint = isTeuError(cause) ? cause.hint : undefined;
  return new TeuError<ContentErrorCode>(code, message, {
    cause,
    detail: { descriptor, side },
    ...(hint === undefined ? {} : { hint }),
  });
}
