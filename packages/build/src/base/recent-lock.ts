/**
 * Remembers what was chosen a short while ago, so that one build after another needs no archive. Only for bases that nobody
 * pins by a lock file of their own.
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError, isTeuError } from "@teu/std/error";
import type { BaseErrorCode } from "./errors.ts";
import { type BaseLock, formatLock, parseLock } from "./lock.ts";
import type { BaseContext, BaseRequest } from "./options.ts";
import { describeRequest } from "./resolve.ts";

/** The lock of the same request and the same sources that is at most `maxAgeMs` old. */
export async function readRecentLock(
  request: BaseRequest,
  context: BaseContext,
  maxAgeMs: number,
): Promise<BaseLock | undefined> {
  const path = placeOf(request, context);
  try {
    const { mtimeMs } = await stat(path);
    const ageMs = (context.nowMs ?? Date.now)() - mtimeMs;
    return ageMs < maxAgeMs ? parseLock(await readFile(path, "utf8"), path) : undefined;
  } catch (error) {
    if (isTeuError(error) || Reflect.get(Object(error), "code") === "ENOENT") return undefined;
    throw error;
  }
}

/** Remembers a lock. @throws TeuError `ERR_BASE_CACHE` */
export async function writeRecentLock(request: BaseRequest, context: BaseContext, lock: BaseLock): Promise<void> {
  const path = placeOf(request, context);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, formatLock(lock), { durable: false });
  } catch (error) {
    const message = `Remembering packages in "${path}": ${(error as Error).message}`;
    throw new TeuError<BaseErrorCode>("ERR_BASE_CACHE", message, { cause: error });
  }
}

function placeOf(request: BaseRequest, { apt, cacheFolder }: BaseContext): string {
  const key = JSON.stringify([describeRequest(request), apt.sources]);
  return join(cacheFolder, "chosen", `${createHash("sha256").update(key).digest("hex")}.json`);
}
