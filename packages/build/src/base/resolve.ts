/**
 * From what is asked for to a lock: archives opened and verified, packages chosen for every platform.
 * @module
 */
import { formatPlatform } from "@teu/spec/platform";
import type { Platform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { mapLimit } from "@teu/std/limit";
import type { AptSource } from "./apt/sources.ts";
import { readSwitch } from "./apt/sources.ts";
import { type ArchiveContext, type OpenArchive, openArchive, readIndexes } from "./archive/open-archive.ts";
import type { ArchivePackage } from "./archive/packages.ts";
import { openSeenReleases } from "./archive/seen-releases.ts";
import { type Clause, formatClause, parseClauses } from "./deb/relation.ts";
import type { Downloads } from "./download/downloads.ts";
import type { BaseErrorCode } from "./errors.ts";
import { debianArchitecture } from "./image/debian-architecture.ts";
import type { BaseLock, LockedArchive, LockedPackage, LockedPlatform } from "./lock.ts";
import { chooseNode } from "./node/choose-node.ts";
import type { BaseContext, BaseRequest } from "./options.ts";
import { solve } from "./solve/solver.ts";
import { makeWorld } from "./solve/world.ts";

const CONCURRENCY = 4;

/**
 * Resolves a request.
 * @throws TeuError `ERR_APT_SOURCES`, `ERR_ARCHIVE_…`, `ERR_DEB_MISSING`, `ERR_DEB_CONFLICT`, `ERR_DOWNLOAD…`,
 * `ERR_BASE_OPTION`, `ERR_BASE_NODE`
 */
export async function resolveBase(request: BaseRequest, context: BaseContext, downloads: Downloads): Promise<BaseLock> {
  const wanted = readWanted(request.packages);
  checkWithout(wanted, request.without);
  const architectures = request.platforms.map(debianArchitecture);
  const sources = usefulSources(context, architectures);
  const archiveContext = await makeArchiveContext(context, downloads);
  const { signal } = context;
  const open = async (source: AptSource): Promise<OpenArchive> => await openArchive(source, archiveContext);
  const archives = await mapLimit(sources, open, { concurrency: CONCURRENCY, signal });
  const node = await chooseNode(request, context);
  const platforms: LockedPlatform[] = [];
  for (const platform of request.platforms) {
    const packages = await choose(platform, { wanted, request, archives, archiveContext });
    const chosen = node.get(platform);
    platforms.push({ platform: formatPlatform(platform), packages, ...(chosen === undefined ? {} : { node: chosen }) });
    tellChosen(context, platform, packages);
  }
  return { lockVersion: 1, request: describeRequest(request), archives: archives.map(lockArchive), platforms };
}

/** What was asked for, in a form to compare. */
export function describeRequest({ platforms, packages, without, node }: BaseRequest): string {
  const clauses = readWanted(packages).map(formatClause);
  const parts = [
    `platforms ${platforms.map(formatPlatform).sort().join(" ")}`,
    `packages ${clauses.sort().join(", ")}`,
    ...(without.length === 0 ? [] : [`without ${[...without].sort().join(" ")}`]),
    ...(node === undefined ? [] : [`node ${node.version}`]),
  ];
  return parts.join("; ");
}

function readWanted(packages: readonly string[]): readonly Clause[] {
  if (packages.length === 0) {
    throw new TeuError<BaseErrorCode>("ERR_BASE_OPTION", "Making a base: no packages, expected one at least");
  }
  return packages.flatMap((text) => {
    const [, name, version] = /^([^=\s(|,]+)=([^=\s]+)$/.exec(text) ?? [];
    const clauses = parseClauses(name === undefined ? text : `${name} (= ${version})`);
    if (clauses !== undefined && clauses.length > 0) return clauses;
    const message = `Making a base: "${text}" is no package, expected such as libc6, libc6=2.36-9 or "libc6 (>= 2.36)"`;
    throw new TeuError<BaseErrorCode>("ERR_BASE_OPTION", message);
  });
}

/** A package cannot be asked for and left out. */
function checkWithout(wanted: readonly Clause[], without: readonly string[]): void {
  const both = wanted.find((clause) => clause.some(({ name }) => without.includes(name)));
  if (both === undefined) return;
  const message = `Making a base: "${formatClause(both)}" is asked for, and to be left out`;
  throw new TeuError<BaseErrorCode>("ERR_BASE_OPTION", message);
}

function usefulSources({ apt }: BaseContext, architectures: readonly string[]): readonly AptSource[] {
  const isUseful = ({ architectures: own }: AptSource): boolean =>
    own === undefined || architectures.some((architecture) => own.includes(architecture));
  const sources = apt.sources.filter(isUseful);
  const distinct = new Map(
    sources.map((source) => [`${source.uri} ${source.suite} ${source.components.join(" ")}`, source]),
  );
  if (distinct.size > 0) return [...distinct.values()];
  throw new TeuError<BaseErrorCode>("ERR_APT_SOURCES", "Making a base: no archive of packages is configured", {
    hint: "give one with --source, such as 'deb [signed-by=KEYRING] URI SUITE main', or make it on Debian",
  });
}

async function makeArchiveContext(context: BaseContext, downloads: Downloads): Promise<ArchiveContext> {
  const { apt, nowMs = Date.now, signal } = context;
  const maxAge = apt.settings.get("acquire::max-validtime");
  return {
    downloads,
    seen: await openSeenReleases(downloads.folder),
    keyrings: apt.keyrings,
    checkValidUntil: readSwitch(apt.settings.get("acquire::check-valid-until")) ?? true,
    checkDate: readSwitch(apt.settings.get("acquire::check-date")) ?? true,
    maxAgeSeconds: maxAge !== undefined && /^[1-9]\d{0,9}$/.test(maxAge) ? Number(maxAge) : undefined,
    nowSeconds: nowMs() / 1000,
    signal,
  };
}

interface Choosing {
  readonly wanted: readonly Clause[];
  readonly request: BaseRequest;
  readonly archives: readonly OpenArchive[];
  readonly archiveContext: ArchiveContext;
}

async function choose(platform: Platform, choosing: Choosing): Promise<readonly LockedPackage[]> {
  const { wanted, request, archives, archiveContext } = choosing;
  const architecture = debianArchitecture(platform);
  const read = async (archive: OpenArchive, number: number): ReturnType<typeof readIndexes> =>
    await readIndexes(archive, { architecture, number }, archiveContext);
  const indexes = await Promise.all(archives.map(read));
  const world = makeWorld(architecture, indexes.flat());
  return solve(world, { wanted, without: request.without }).map(lockPackage);
}

function lockPackage({ name, version, architecture, filename, size, sha256, archive }: ArchivePackage): LockedPackage {
  return { name, version, architecture, filename, size, sha256, archive };
}

function lockArchive({ source, release, releaseSha256 }: OpenArchive): LockedArchive {
  return {
    uri: source.uri,
    suite: source.suite,
    origin: release.origin,
    version: release.version,
    codename: release.codename,
    date: new Date(release.dateSeconds * 1000).toISOString().replace(".000Z", "Z"),
    release: releaseSha256,
  };
}

function tellChosen({ onEvent }: BaseContext, platform: Platform, packages: readonly LockedPackage[]): void {
  const bytes = packages.reduce((sum, { size }) => sum + size, 0);
  onEvent?.({ kind: "chosen", platform: formatPlatform(platform), packages: packages.length, bytes });
}
