/**
 * The default bases of applications, made when they are asked for and kept for the next build.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readAptHost } from "@teu/build/base/apt/host";
import { type BaseLock, lockInvalid, parseLock } from "@teu/build/base/lock";
import { type MadeBases, makeBase } from "@teu/build/base/make-base";
import type { BaseRequest } from "@teu/build/base/options";
import { nodeBaseRequest, pythonBaseRequest } from "@teu/build/base/presets";
import { type Image, openImage } from "@teu/content/mutate/image";
import { type Platform, formatPlatform } from "@teu/spec/platform";
import { TeuError, isTeuError } from "@teu/std/error";
import { sourceDateEpoch } from "@teu/std/time";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { baseCacheFolder } from "./cache-folder.ts";
import { tellBase } from "./tell.ts";

/** Which base: Node.js of a version such as `24`, or Python of a version such as `3.11`. */
export type DefaultBase =
  | { readonly kind: "node"; readonly version: string }
  | { readonly kind: "python"; readonly version: string | undefined };

/** A default base, open until disposed of. */
export interface OpenedBase extends AsyncDisposable {
  readonly image: (platform: Platform) => Promise<Image>;
}

/** For how long packages that were chosen for a default base count. */
const REUSE_MS = 24 * 3_600_000;

/**
 * A file of the application that says which packages its default base is of. Without it the sources of this machine's apt
 * decide, which other machines may not share. `teu base node --lock` writes it.
 */
export const BASE_LOCK = "teu.base.lock.json";

/**
 * Makes a default base for all of `platforms`, or opens the one that is there.
 * @param application Its folder, which may have the file {@link BASE_LOCK}
 */
export async function openDefaultBase(
  base: DefaultBase,
  { platforms, application }: { readonly platforms: readonly Platform[]; readonly application: string },
  host: Host,
): Promise<OpenedBase> {
  const [apt, lock] = await Promise.all([readAptHost(), lockOf(application)]);
  const made = await makeBase(
    requestOf(base, platforms),
    { ...optionsOf(host), lock },
    {
      apt,
      cacheFolder: baseCacheFolder(host),
      env: host.env,
      folder: host.cwd,
      signal: host.signal,
      onEvent: tellBase(host, { quiet: false }),
    },
  ).catch((error: unknown) => {
    throw isTeuError(error, "ERR_BASE_SCRIPT") ? withWayOn(error) : error;
  });
  return {
    image: async (platform) => await imageOf(made, platform, host),
    [Symbol.asyncDispose]: async () => await made[Symbol.asyncDispose](),
  };
}

async function lockOf(application: string): Promise<BaseLock | undefined> {
  const file = join(application, BASE_LOCK);
  try {
    return parseLock(await readFile(file, "utf8"), file);
  } catch (error) {
    if (Reflect.get(Object(error), "code") === "ENOENT") return undefined;
    throw error instanceof TeuError ? error : lockInvalid(file, (error as Error).message, error);
  }
}

/** Here nothing can be said about scripts; it can where a base is made by its own command. */
function withWayOn({ code, message, detail, cause }: TeuError): TeuError {
  const digest = String(Reflect.get(Object(detail), "digest"));
  const hint = `read it, make the base with teu base node or teu base debian --accept-script ${digest}, and give it with --base`;
  return new TeuError(code, message, { cause, detail, hint });
}

function requestOf(base: DefaultBase, platforms: readonly Platform[]): BaseRequest {
  if (base.kind === "node") return nodeBaseRequest(platforms, base.version);
  return pythonBaseRequest(platforms, base.version);
}

function optionsOf({ env }: Host): { readonly reuseMs: number; readonly epochSeconds: number | undefined } {
  return { reuseMs: REUSE_MS, epochSeconds: sourceDateEpoch(env)?.seconds };
}

async function imageOf({ images }: MadeBases, platform: Platform, host: Host): Promise<Image> {
  const wanted = formatPlatform(platform);
  const found = images.find((image) => formatPlatform(image.platform) === wanted);
  if (found !== undefined) {
    return await openImage({ root: found.descriptor, store: found.reader }, { signal: host.signal });
  }
  const message = `Opening the default base: none was made for "${wanted}"`;
  throw new TeuError<CliErrorCode>("ERR_IMAGE_MISSING", message);
}
