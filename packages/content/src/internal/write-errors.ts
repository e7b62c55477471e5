/**
 * What the system says when a store cannot be written to, in the words of this room.
 * @module
 */
import { TeuError, isTeuError } from "@teu/std/error";
import type { ContentErrorCode } from "../errors.ts";
import { hasCode } from "./confined-file.ts";

/**
 * Runs `action`, which writes below `path`, and explains a full disk or a store that is read-only.
 * @param isForeign Answers true if what failed was not the writing; then the error stays as it is.
 * @throws TeuError `ERR_STORE_FULL`, `ERR_STORE_READ_ONLY`; other errors as they are.
 */
export async function explainWrites<T>(
  path: string,
  action: () => Promise<T>,
  isForeign: () => boolean = () => false,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw isForeign() ? error : explained(path, error);
  }
}

function explained(path: string, error: unknown): unknown {
  const quoted = JSON.stringify(path);
  if (hasCode(error, "ENOSPC") || hasCode(error, "EDQUOT")) {
    return new TeuError<ContentErrorCode>("ERR_STORE_FULL", `Writing to ${quoted}: the disk is full`, { cause: error });
  }
  if (hasCode(error, "EROFS") || hasCode(error, "EACCES") || hasCode(error, "EPERM")) {
    const { message } = error as Error;
    return new TeuError<ContentErrorCode>("ERR_STORE_READ_ONLY", `Writing to ${quoted}: ${message}`, { cause: error });
  }
  return error;
}

/** Tells whether an error, or what caused it, is that of a full disk. */
export function isFullDisk(error: unknown): boolean {
  if (isTeuError<ContentErrorCode>(error, "ERR_STORE_FULL")) return true;
  return error instanceof Error && error.cause !== undefined && isFullDisk(error.cause);
}
