/**
 * Bases from Debian packages: small images without package manager, verified from the archive's signature to the last file,
 * the same for the same packages.
 *
 *     const apt = await readAptHost();
 *     const request = { platforms: [{ os: "linux", architecture: "amd64" }], packages: ["libc6"], without: [] };
 *     await using made = await makeBase(request, {}, { apt, cacheFolder, env: process.env });
 *     const [{ descriptor, reader }] = made.images;
 * @module
 */
import { join } from "node:path";
import { getOfApt } from "./apt/apt-get.ts";
import { type AssembleContext, assembleBase, openBases } from "./assemble.ts";
import { type DownloadOptions, openDownloads } from "./download/downloads.ts";
import { type BaseLock, lockInvalid } from "./lock.ts";
import type { BaseContext, BaseImage, BaseRequest, ImageOptions } from "./options.ts";
import { describeRequest, resolveBase } from "./resolve.ts";

/** Bases that are made. Their content can be read until this is disposed of. */
export interface MadeBases extends AsyncDisposable {
  /** One for each platform, in the order of the request. */
  readonly images: readonly BaseImage[];
  readonly lock: BaseLock;
}

/** How to make bases. */
export interface MakeOptions extends ImageOptions {
  /** Packages that were chosen before; then nothing is chosen now. */
  readonly lock?: BaseLock | undefined;
}

/**
 * Makes a base for each platform of a request.
 * @throws TeuError of the codes in `errors.ts` of this folder, which say what is wrong.
 */
export async function makeBase(request: BaseRequest, options: MakeOptions, context: BaseContext): Promise<MadeBases> {
  await using stack = new AsyncDisposableStack();
  const downloads = stack.use(await openDownloads(downloadOptions(context)));
  const store = stack.use(await openBases(join(context.cacheFolder, "bases")));
  const lock = options.lock ?? (await resolveBase(request, context, downloads));
  checkLock(lock, request);
  const assembling: AssembleContext = { base: context, image: options, downloads, store };
  const images: BaseImage[] = [];
  for (const platform of request.platforms) images.push(await assembleBase(lock, platform, assembling));
  const kept = stack.move();
  return { images, lock, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}

function downloadOptions(context: BaseContext): DownloadOptions {
  return {
    folder: join(context.cacheFolder, "downloads"),
    get: getOfApt(context.apt, context.env),
    onDownload: (url) => context.onEvent?.({ kind: "download", url: url.href }),
  };
}

function checkLock(lock: BaseLock, request: BaseRequest): void {
  const asked = describeRequest(request);
  if (lock.request !== asked) throw lockInvalid("the lock", `it is of "${lock.request}", expected "${asked}"`);
}
