/**
 * Packages, fetched once and kept by the digest of their archives. What is there is verified again whenever it is read.
 * @module
 */
import { createReadStream } from "node:fs";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import { joinInRoot } from "@teu/std/safe-path";
import { limitBytes } from "@teu/std/streams";
import type { BuildErrorCode } from "../errors.ts";
import type { LockNode } from "../lock/graph.ts";
import { explainCache } from "../assemble/cache-error.ts";
import type { HttpClient } from "./http.ts";
import { type Integrity, IntegrityCheck, checked, parseIntegrity } from "./integrity.ts";
import { type PackageFile, readPackageArchive } from "./package-archive.ts";
import { type PackageFacts, readPackageFacts } from "./package-facts.ts";
import { integrityAtRegistry } from "./packument.ts";
import type { NpmRegistries } from "./registries.ts";

/** What a cache works with. */
export interface PackageCacheOptions {
  /** The folder of the cache; it is made when needed. */
  readonly folder: string;
  /** The folder of the application, for archives within it. */
  readonly source: string;
  readonly registries: NpmRegistries;
  readonly client: HttpClient;
  readonly signal?: AbortSignal | undefined;
  /** Is told of each archive that is fetched. */
  readonly onFetch?: ((what: string) => void) | undefined;
}

const MAX_ARCHIVE_BYTES = 2 ** 30;

/** The packages that are at hand. */
export class PackageCache {
  readonly #options: PackageCacheOptions;
  readonly #facts = new Map<string, PackageFacts>();

  constructor(options: PackageCacheOptions) {
    this.#options = options;
  }

  /**
   * The digest of a package's archive.
   * @throws TeuError `ERR_PACKAGE_INTEGRITY` if nothing pins it; `ERR_PACKAGE_SOURCE` if it is nowhere that can be pinned.
   */
  async integrityOf(node: LockNode): Promise<readonly Integrity[]> {
    const { source } = node;
    if (source.kind === "unpinned") throw unpinned(node, source.where);
    const text = "integrity" in source ? source.integrity : undefined;
    const expected = parseIntegrity(text ?? "");
    if (expected.length > 0) return expected;
    if (source.kind === "registry" && source.yarnChecksum !== undefined) {
      const { folder, client, registries, signal } = this.#options;
      return await integrityAtRegistry(node, { folder, client, registries, signal });
    }
    throw new TeuError<BuildErrorCode>(
      "ERR_PACKAGE_INTEGRITY",
      `Fetching ${label(node)}: the lockfile has no digest of it that is known, expected one`,
      {
        hint: "The package manager writes digests when it writes the lockfile anew",
      },
    );
  }

  /** The facts of a package, which is fetched if it is not here. @throws TeuError `ERR_PACKAGE_…` */
  async facts(node: LockNode): Promise<PackageFacts> {
    const expected = await this.integrityOf(node);
    const path = this.#path(expected);
    const known = this.#facts.get(path) ?? (await readKnownFacts(path));
    const facts = known ?? (await this.#fetchFacts(node, expected, path));
    this.#facts.set(path, facts);
    return facts;
  }

  async #fetchFacts(node: LockNode, expected: readonly Integrity[], path: string): Promise<PackageFacts> {
    await this.#fetch(node, expected, path);
    const facts = await readPackageFacts(path, label(node));
    await explainCache(path, () => writeFileAtomic(`${path}.json`, JSON.stringify(facts), { durable: false }));
    return facts;
  }

  /**
   * The files of a package, each name once.
   * @throws TeuError `ERR_PACKAGE_INTEGRITY`, before the last file, if the archive in the cache is damaged, which is then removed.
   */
  async *files(node: LockNode): AsyncGenerator<PackageFile> {
    const expected = await this.integrityOf(node);
    const path = this.#path(expected);
    const { replaced } = await this.facts(node);
    await this.#fetch(node, expected, path);
    const check = new IntegrityCheck(expected);
    const skipped = new Set(replaced);
    for await (const file of readPackageArchive(path, label(node), (chunk) => check.update(chunk))) {
      if (!skipped.has(file.index)) yield file;
    }
    if (check.finish().passes) return;
    await rm(path, { force: true });
    throw new TeuError<BuildErrorCode>(
      "ERR_PACKAGE_INTEGRITY",
      `Reading ${label(node)}: its archive in the cache was damaged, and is removed`,
      {
        hint: "Run it again: the package is fetched anew",
      },
    );
  }

  async #fetch(node: LockNode, expected: readonly Integrity[], path: string): Promise<void> {
    if (await isThere(path)) return;
    const what = label(node);
    this.#options.onFetch?.(what);
    const bytes = await this.#open(node, what);
    await explainCache(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      const limited = limitBytes(bytes, { maxBytes: MAX_ARCHIVE_BYTES, what });
      const content = checked(limited, expected, (actual) => notLocked(what, expected, actual));
      await writeFileAtomic(path, content, {
        durable: false,
        signal: this.#options.signal,
      });
    });
  }

  async #open({ source, name, version }: LockNode, what: string): Promise<AsyncIterable<Uint8Array>> {
    const { client, registries, signal, source: folder } = this.#options;
    if (source.kind === "archive") return createReadStream(joinInRoot(folder, source.path));
    const urls = await registries.archiveUrls({ ...(source.kind === "registry" ? source : {}), name, version });
    return await client.getFirst(urls, what, { signal });
  }

  #path(expected: readonly Integrity[]): string {
    const { algorithm, hex } = expected[0] ?? { algorithm: "none", hex: "none" };
    return join(this.#options.folder, "packages", algorithm, hex.slice(0, 2), `${hex.slice(2)}.tgz`);
  }
}

/** A package for messages. */
export function label({ name, version }: LockNode): string {
  return `package "${name}@${version}"`;
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function readKnownFacts(path: string): Promise<PackageFacts | undefined> {
  try {
    const facts = JSON.parse(await readFile(`${path}.json`, "utf8")) as PackageFacts;
    return facts.version === 1 ? facts : undefined;
  } catch {
    // Missing or cut off: they are read anew.
    return undefined;
  }
}

function notLocked(what: string, expected: readonly Integrity[], actual: string): TeuError<BuildErrorCode> {
  const wanted = expected.map(({ algorithm, hex }) => `${algorithm}:${hex}`).join(" or ");
  const message = `Fetching ${what}: its digest is ${actual}, expected ${wanted} as the lockfile has it`;
  return new TeuError("ERR_PACKAGE_INTEGRITY", message, {
    hint: "The registry gave something else than what was locked; nothing of it was kept",
  });
}

function unpinned(node: LockNode, where: string): TeuError<BuildErrorCode> {
  const message = `Fetching ${label(node)}: it comes from "${where}", whose content the lockfile does not pin`;
  return new TeuError("ERR_PACKAGE_SOURCE", message, {
    hint: "Only packages of registries and archives within the application can be had",
  });
}
