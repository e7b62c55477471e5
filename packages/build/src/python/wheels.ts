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
import { type PipConfig, askPipIndex } from "./pip-config.ts";
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
  readonly env: Readonly<Record<string, string | undefined>>;
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
  const bytes = await context.client.getFirst(urls, what, { signal: context.signal });
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
  if (pkg.files.length === 0 || (own.length > 0 && context.config.indexes.length === 0)) return own;
  const listed = await listedFiles(pkg, context).catch((error: unknown) => {
    if (own.length > 0 && isTeuError(error, "ERR_PACKAGE_FETCH")) return [];
    throw error;
  });
  const same = listed.filter(
    ({ filename, sha256 }) => filename === chosen.filename && ["", chosen.sha256].includes(sha256),
  );
  const urls = [...same.flatMap(({ url }) => url ?? []), ...own];
  if (urls.length === 0) throw noWheel(pkg, "the indexes of pip");
  return urls;
}

async function chooseAtIndex(pkg: PythonPackage, context: WheelContext): Promise<Found> {
  const listed = await listedFiles(pkg, context);
  const pinned = listed.filter(({ sha256 }) => pkg.sha256s.includes(sha256));
  const chosen = chooseWheel(pinned, context.target);
  if (chosen === undefined) throw noWheel(pkg, "the indexes of pip");
  return chosen;
}

async function listedFiles(
  pkg: PythonPackage,
  { config, client, env, signal }: WheelContext,
): Promise<readonly Found[]> {
  const indexes = config.indexes.length > 0 ? config.indexes : [await askPipIndex(env)];
  const what = `the files of ${label(pkg)}`;
  const found: Found[] = [];
  for (const [at, index] of indexes.entries()) {
    const url = `${index}${pkg.name}/`;
    try {
      const page = await collect(await client.get(url, what, { accept: PAGE_TYPES, signal }), {
        maxBytes: MAX_PAGE_BYTES,
        what,
      });
      found.push(...readPage(new TextDecoder().decode(page), url));
    } catch (error) {
      signal?.throwIfAborted();
      if (at === indexes.length - 1 && found.length === 0) throw error;
      if (!isTeuError(error, "ERR_PACKAGE_FETCH")) throw error;
    }
  }
  return found.filter(({ filename }) => {
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
  return /^https?:$/.test(protocol) ? [{ ...facts, url: href }] : [];
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
