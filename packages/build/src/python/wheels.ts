/**
 * Wheels for an image: found at the user's indexes or where the lockfile has them, verified, and kept.
 * @see {@link https://packaging.python.org/en/latest/specifications/simple-repository-api/}
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError, isTeuError } from "@teu/std/error";
import { collect, limitBytes } from "@teu/std/streams";
import { explainCache } from "../assemble/cache-error.ts";
import type { BuildErrorCode } from "../errors.ts";
import { isObject } from "../lock/manifest.ts";
import type { HttpClient } from "../npm/http.ts";
import { openIndexFile } from "./index-files.ts";
import type { PipConfig } from "./pip-config.ts";
import { noWheel } from "./python-lock.ts";
import { type PythonPackage, sha256Of } from "./python-package.ts";
import { type PythonTarget, chooseWheel, normalName, readWheelName } from "./tags.ts";

/** A wheel that is here. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly path: string;
}

/** What wheels are fetched with. */
export interface WheelContext {
  readonly target: PythonTarget;
  readonly config: PipConfig;
  readonly client: HttpClient;
  /** The folder of the cache. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly onFetch?: ((what: string) => void) | undefined;
}

const MAX_WHEEL_BYTES = 4 * 2 ** 30;
const MAX_PAGE_BYTES = 64 * 2 ** 20;
const PAGE_TYPES = "application/vnd.pypi.simple.v1+json, text/html;q=0.5";

interface Found {
  readonly filename: string;
  readonly url?: string;
  readonly sha256: string;
}

/** The wheel of a package that fits. @throws TeuError `ERR_PACKAGE_PLATFORM`, `ERR_PACKAGE_FETCH`, `ERR_PACKAGE_INTEGRITY`, `ERR_PIP_CONFIG` */
export async function fetchWheel(pkg: PythonPackage, context: WheelContext): Promise<Wheel> {
  const { folder, target } = context;
  const fromLock = pkg.files.length > 0 ? chooseWheel<Found>(pkg.files, target) : undefined;
  if (pkg.files.length > 0 && fromLock === undefined) throw noWheel(pkg, "the lockfile");
  const remembered = fromLock ?? (await chosenBefore(pkg, context));
  const chosen = remembered ?? (await chooseAtIndex(pkg, context));
  const path = join(folder, "packages/sha256", chosen.sha256.slice(0, 2), `${chosen.sha256.slice(2)}.whl`);
  const wheel = { name: pkg.name, version: pkg.version, sha256: chosen.sha256, path };
  if (await isThere(path)) return wheel;
  const urls = await urlsOf(pkg, chosen, context);
  const what = label(pkg);
  context.onFetch?.(what);
  const bytes = await openIndexFile(urls, what, { client: context.client, signal: context.signal });
  await explainCache(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    const checkedBytes = checked(limitBytes(bytes, { maxBytes: MAX_WHEEL_BYTES, what }), chosen.sha256, what);
    await writeFileAtomic(path, checkedBytes, { durable: false, signal: context.signal });
    await writeFileAtomic(choicePath(pkg, context), JSON.stringify(chosen), { durable: false });
  });
  return wheel;
}

/** A package for messages. */
export function label({ name, version }: { readonly name: string; readonly version: string }): string {
  return `package "${name}==${version}"`;
}

/** The same digests and target choose the same wheel, so the index need not be asked again. */
function choicePath(pkg: PythonPackage, { folder, target }: WheelContext): string {
  const key = createHash("sha256")
    .update(JSON.stringify([pkg, target]))
    .digest("hex");
  return join(folder, "packages", `wheel-${key}`);
}

async function chosenBefore(pkg: PythonPackage, context: WheelContext): Promise<Found | undefined> {
  const { readFile } = await import("node:fs/promises");
  try {
    const found = JSON.parse(await readFile(choicePath(pkg, context), "utf8")) as Found;
    return sha256Of(`sha256:${found.sha256}`) === undefined ? undefined : found;
  } catch {
    return undefined;
  }
}

/** Those of the user's indexes come first: the lockfile's address is where the wheel was when it was locked. */
async function urlsOf(pkg: PythonPackage, chosen: Found, context: WheelContext): Promise<readonly string[]> {
  const own = chosen.url === undefined ? [] : [chosen.url];
  const { indexes, standard } = context.config;
  if (pkg.files.length === 0 || (own.length > 0 && indexes.length === 0)) return own;
  const isSame = ({ filename, sha256 }: Found): boolean =>
    filename === chosen.filename && ["", chosen.sha256].includes(sha256);
  const config = { ...context.config, standard: own.length > 0 ? undefined : standard };
  const listed = await listedFiles(pkg, { ...context, config }, isSame).catch((error: unknown) => {
    if (own.length > 0 && isTeuError(error, "ERR_PACKAGE_FETCH")) return [];
    throw error;
  });
  const urls = [...listed.filter(isSame).flatMap(({ url }) => url ?? []), ...own];
  if (urls.length === 0) throw noWheel(pkg, "the indexes of pip");
  return urls;
}

async function chooseAtIndex(pkg: PythonPackage, context: WheelContext): Promise<Found> {
  const isPinned = ({ sha256 }: Found): boolean => pkg.sha256s.includes(sha256);
  const listed = await listedFiles(pkg, context, isPinned);
  const chosen = chooseWheel(listed.filter(isPinned), context.target);
  if (chosen === undefined) throw noWheel(pkg, "the indexes of pip");
  return chosen;
}

/** What the indexes have; the standard one is asked last, and only if no other has what is wanted. */
async function listedFiles(
  pkg: PythonPackage,
  context: WheelContext,
  isWanted: (file: Found) => boolean,
): Promise<readonly Found[]> {
  const { indexes, standard } = context.config;
  const found: Found[] = [];
  let failure: unknown;
  for (const index of [...indexes.map((url) => async () => url), ...(standard === undefined ? [] : [standard])]) {
    if (index === standard && found.some(isWanted)) break;
    try {
      found.push(...(await filesAt(await index(), pkg, context)));
    } catch (error) {
      context.signal?.throwIfAborted();
      if (!isTeuError(error, "ERR_PACKAGE_FETCH")) throw error;
      failure = error;
    }
  }
  if (found.length === 0 && failure !== undefined) throw failure;
  return found;
}

async function filesAt(index: string, pkg: PythonPackage, { client, signal }: WheelContext): Promise<readonly Found[]> {
  const what = `the files of ${label(pkg)}`;
  const url = `${index}${pkg.name}/`;
  const content = await openIndexFile([url], what, { client, accept: PAGE_TYPES, signal });
  const page = await collect(content, { maxBytes: MAX_PAGE_BYTES, what });
  return readPage(new TextDecoder().decode(page), url).filter(({ filename }) => {
    const wheel = readWheelName(filename);
    return wheel !== undefined && wheel.name === normalName(pkg.name);
  });
}

/** Reads the page of a project, in either of its forms. */
export function readPage(page: string, base: string): readonly Found[] {
  if (page.trimStart().startsWith("{")) {
    const { files } = Object(JSON.parse(page)) as { readonly files?: unknown };
    return (Array.isArray(files) ? files : []).filter(isObject).flatMap(({ filename, url, hashes }) => {
      const sha256: unknown = isObject(hashes) ? hashes["sha256"] : "";
      return fileOf(String(url), base, {
        filename: String(filename),
        sha256: typeof sha256 === "string" ? sha256 : "",
      });
    });
  }
  return [...page.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>([^<]*)<\/a>/gi)].flatMap(
    ([, href = "", name = ""]) => {
      const [address = "", fragment = ""] = href.replaceAll("&amp;", "&").split("#");
      return fileOf(address, base, { filename: name.trim(), sha256: sha256Of(fragment) ?? "" });
    },
  );
}

function fileOf(
  url: string,
  base: string,
  facts: { readonly filename: string; readonly sha256: string },
): readonly Found[] {
  if (!URL.canParse(url, base)) return [];
  const { href, protocol } = new URL(url, base);
  // What comes over the network does not choose among files of this machine.
  const isAllowed = /^https?:$/.test(protocol) || (protocol === "file:" && base.startsWith("file:"));
  return isAllowed ? [{ ...facts, url: href }] : [];
}

async function* checked(source: AsyncIterable<Uint8Array>, sha256: string, what: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = hash.digest("hex");
  if (actual === sha256) return;
  throw new TeuError<BuildErrorCode>(
    "ERR_PACKAGE_INTEGRITY",
    `Fetching ${what}: its digest is sha256:${actual}, expected sha256:${sha256} as the lockfile has it`,
    { hint: "The index gave something else than what was locked; nothing of it was kept" },
  );
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
