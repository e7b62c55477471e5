/**
 * What goes wrong with the cache, in words: a full disk above all.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota of the disk is used up",
  EACCES: "it may not be written to",
  EPERM: "it may not be written to",
  EROFS: "its file system is read-only",
};

/** Runs `work`, which writes to `path`. @throws TeuError `ERR_BUILD_CACHE` for errors of the system. */
export async function explainCache<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && "syscall" in error && "code" in error ? String(error.code) : undefined;
    // What comes from a connection names itself.
    if (code === undefined || !/^E[A-Z]+$/.test(code) || /^E(?:CONN|PIPE|TIMEDOUT|AI_)/.test(code)) throw error;
    throw new TeuError<BuildErrorCode>(
      "ERR_BUILD_CACHE",
      `Writing to the cache at "${path}": ${REASONS[code] ?? code}`,
      {
        cause: error,
        hint: "Set TEU_CACHE to a folder with more room, or make room there",
      },
    );
  }
}
