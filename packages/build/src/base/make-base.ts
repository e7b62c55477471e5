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
import { writeObject } from "@teu/content/mutate/document";
import { type Graph, nameBytes, overlay, union } from "@teu/content/overlay";
import { OCI_INDEX } from "@teu/spec/media-types";
import type { Platform } from "@teu/spec/platform";
import { isTeuError } from "@teu/std/error";
import { mapLimit } from "@teu/std/limit";
import { getOfApt } from "./apt/apt-get.ts";
import { type AssembleContext, assembleBase, openBases } from "./assemble.ts";
import { type DownloadOptions, openDownloads } from "./download/downloads.ts";
import { type BaseLock, lockInvalid, withScripts } from "./lock.ts";
import type { BaseContext, BaseImage, BaseRequest, ImageOptions } from "./options.ts";
import { readRecentLock, writeRecentLock } from "./recent-lock.ts";
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
  /**
   * For how many milliseconds what was chosen for the same request counts, without asking the archives. Default: 0.
   */
  readonly reuseMs?: number;
}

/**
 * Makes a base for each platform of a request.
 * @throws TeuError of the codes in `errors.ts` of this folder, which say what is wrong.
 */
export async function makeBase(request: BaseRequest, options: MakeOptions, context: BaseContext): Promise<MadeBases> {
  await using stack = new AsyncDisposableStack();
  const downloads = stack.use(await openDownloads(downloadOptions(context)));
  const store = stack.use(await openBases(join(context.cacheFolder, "bases")));
  const assembling: AssembleContext = { base: context, image: options, downloads, store };
  const { lock, images } = await makeImages(request, options, assembling);
  const kept = stack.move();
  return { images, lock, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}

type Images = Pick<MadeBases, "images" | "lock">;

async function makeImages(request: BaseRequest, options: MakeOptions, assembling: AssembleContext): Promise<Images> {
  const { base: context, downloads } = assembling;
  const { lock, reuseMs = 0 } = options;
  if (lock !== undefined) {
    checkLock(lock, request);
    return await assembleAll(lock, request, assembling);
  }
  const recent = reuseMs > 0 ? await readRecentLock(request, context, reuseMs) : undefined;
  if (recent !== undefined) {
    try {
      return await assembleAll(recent, request, assembling);
    } catch (error) {
      // The archive may have dropped what was chosen then.
      if (!isTeuError(error, "ERR_DOWNLOAD")) throw error;
    }
  }
  const chosen = await resolveBase(request, context, downloads);
  const made = await assembleAll(chosen, request, assembling);
  if (reuseMs > 0) await writeRecentLock(request, context, chosen);
  return made;
}

async function assembleAll(chosen: BaseLock, { platforms }: BaseRequest, assembling: AssembleContext): Promise<Images> {
  const lock = withScripts(chosen, assembling.image.acceptScripts ?? []);
  const assemble = async (platform: Platform): Promise<BaseImage> => await assembleBase(lock, platform, assembling);
  const images = await mapLimit(platforms, assemble, { concurrency: 2, signal: assembling.base.signal });
  return { images, lock };
}

/** Chooses packages, and makes nothing of them. */
export async function chooseBase(request: BaseRequest, context: BaseContext): Promise<BaseLock> {
  await using downloads = await openDownloads(downloadOptions(context));
  return await resolveBase(request, context, downloads);
}

/**
 * The bases as one image: that of the one platform, or an index of all. What is in them is to be copied along as their
 * referrers.
 */
export function basesGraph({ images }: Pick<MadeBases, "images">): Graph {
  const [first] = images;
  if (first === undefined) throw new RangeError("images: none, expected one at least");
  const store = union(images.map(({ reader }) => reader));
  if (images.length === 1) return { root: first.descriptor, store };
  const manifests = images.map(({ descriptor }) => descriptor);
  const document = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  const index = nameBytes(writeObject(document), { mediaType: OCI_INDEX });
  return { root: index.descriptor, store: overlay([index], store) };
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
