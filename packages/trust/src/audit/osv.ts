/**
 * Matches packages with advisories of OSV, from a folder that the user keeps: laid out as osv-scanner has it, with
 * `ECOSYSTEM/all.zip` or the files of it.
 * @see {@link https://ossf.github.io/osv-schema/}
 * @module
 */
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { compareAlpineVersions } from "@teu/spec/versions/alpine";
import { compareVersions } from "@teu/spec/versions/debian";
import { comparePythonVersions } from "@teu/spec/versions/pep440";
import { compareRpmVersions } from "@teu/spec/versions/rpm";
import { compareSemver } from "@teu/spec/versions/semver";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import { readJsonObject } from "./lenient-json.ts";
import { ecosystemOf } from "./purl.ts";
import type { AuditPackage, OperatingSystem, PackageKind, Vulnerability } from "./types.ts";
import { readZip } from "./zip.ts";

const MAX_ADVISORY_BYTES = 16 * 1024 * 1024;
const MAX_ARCHIVE_BYTES = 2 ** 31;

type Compare = (a: string, b: string) => number;

const COMPARES: Readonly<Record<PackageKind, Compare>> = {
  deb: compareVersions,
  apk: compareAlpineVersions,
  rpm: compareRpmVersions,
  npm: compareSemver,
  pypi: comparePythonVersions,
  golang: compareSemver,
  generic: compareSemver,
};

interface Wanted {
  readonly package: AuditPackage;
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
}

/**
 * Finds the vulnerabilities of packages.
 * @param folder The folder of databases; that of osv-scanner's cache is one.
 * @throws TeuError `ERR_DATABASE_INVALID` if it has no database for an ecosystem that the packages are of.
 */
export async function matchOsv(
  folder: string,
  packages: readonly AuditPackage[],
  system: OperatingSystem | undefined,
): Promise<readonly Vulnerability[]> {
  const wanted = packages.flatMap((each) => wantedOf(each, system));
  const found: Vulnerability[] = [];
  for (const [ecosystem, group] of Map.groupBy(wanted, (each) => baseOf(each.ecosystem))) {
    const byName = Map.groupBy(group, ({ name }) => name);
    for await (const advisory of readAdvisories(folder, ecosystem)) found.push(...matchAdvisory(advisory, byName));
  }
  return found.toSorted((a, b) => compareText(a.package.name, b.package.name) || compareText(a.id, b.id));
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function baseOf(ecosystem: string): string {
  return ecosystem.split(":", 1)[0] ?? ecosystem;
}

function wantedOf(each: AuditPackage, system: OperatingSystem | undefined): readonly Wanted[] {
  const ecosystem = ecosystemOf(each, system);
  if (ecosystem === undefined) return [];
  // Advisories of rpm are by the names of binary packages, the others' by those of sources.
  const { name, version } = each.kind === "rpm" ? each : (each.source ?? each);
  return [{ package: each, ecosystem, name, version }];
}

type Fields = Readonly<Record<string, unknown>>;

async function* readAdvisories(folder: string, ecosystem: string): AsyncGenerator<Fields, void, undefined> {
  const place = [join(folder, "osv-scanner", ecosystem), join(folder, ecosystem)].find((path) => existsSync(path));
  if (place === undefined) throw invalid(folder, `there is no folder "${ecosystem}"`);
  const archive = join(place, "all.zip");
  if (existsSync(archive)) {
    const bytes = await readFile(archive);
    if (bytes.length > MAX_ARCHIVE_BYTES) throw invalid(archive, "it is too large");
    for (const { name, bytes: content } of readZip(bytes, MAX_ADVISORY_BYTES))
      if (name.endsWith(".json")) yield parse(content, name);
    return;
  }
  for (const name of (await readdir(place)).toSorted(compareText))
    if (name.endsWith(".json")) yield parse(await readFile(join(place, name)), name);
}

function parse(bytes: Uint8Array, name: string): Fields {
  const fields = readJsonObject(new TextDecoder().decode(bytes));
  if (fields === undefined) throw invalid(name, "it is no JSON object");
  return fields;
}

function invalid(place: string, problem: string): TeuError<TrustErrorCode> {
  return new TeuError("ERR_DATABASE_INVALID", `Reading advisories in "${place}": ${problem}`, {
    hint: "A folder of osv-scanner has ECOSYSTEM/all.zip for each ecosystem, such as Debian and npm",
  });
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter((item): item is Fields => typeof item === "object" && item !== null) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function matchAdvisory(advisory: Fields, byName: ReadonlyMap<string, readonly Wanted[]>): readonly Vulnerability[] {
  if (advisory["withdrawn"] !== undefined) return [];
  const found = new Map<AuditPackage, Vulnerability>();
  for (const affected of listOf(advisory["affected"])) {
    const about = (affected["package"] ?? {}) as Fields;
    for (const wanted of byName.get(nameIn(about)) ?? []) {
      if (!isEcosystem(textOf(about["ecosystem"]), wanted.ecosystem) || found.has(wanted.package)) continue;
      const hit = hitOf(affected, wanted);
      if (hit !== undefined) found.set(wanted.package, vulnerabilityOf(advisory, affected, { wanted, hit }));
    }
  }
  return [...found.values()];
}

function nameIn(about: Fields): string {
  const name = textOf(about["name"]);
  return about["ecosystem"] === "PyPI" ? name.toLowerCase().replace(/[-_.]+/g, "-") : name;
}

/** An advisory may be for a whole ecosystem, one release of it, or one with more words behind, as Ubuntu's `22.04:LTS`. */
function isEcosystem(given: string, wanted: string): boolean {
  return given === wanted || given === baseOf(wanted) || given.startsWith(`${wanted}:`);
}

interface Hit {
  readonly fixed: string | undefined;
}

function hitOf(affected: Fields, { package: { kind }, version }: Wanted): Hit | undefined {
  const compare = COMPARES[kind];
  for (const range of listOf(affected["ranges"])) {
    if (range["type"] === "GIT") continue;
    const hit = hitOfRange(listOf(range["events"]), version, compare);
    if (hit !== undefined) return hit;
  }
  return textsOf(affected["versions"]).includes(version) ? { fixed: undefined } : undefined;
}

interface RangeEvent {
  readonly kind: "introduced" | "fixed" | "last_affected" | "limit";
  readonly at: string;
}

const EVENT_KINDS = ["introduced", "fixed", "last_affected", "limit"] as const;

function hitOfRange(events: readonly Fields[], version: string, compare: Compare): Hit | undefined {
  const sorted = events
    .flatMap((event): RangeEvent[] => EVENT_KINDS.flatMap((kind) => eventOf(event, kind)))
    .toSorted((a, b) => (a.at === "0" ? -1 : b.at === "0" ? 1 : compare(a.at, b.at)));
  let isAffected = false;
  for (const { kind, at } of sorted) {
    const order = at === "0" ? 1 : compare(version, at);
    if (kind === "introduced" && order >= 0) isAffected = true;
    else if (kind === "fixed" && order >= 0) isAffected = false;
    else if (kind === "last_affected" && order > 0) isAffected = false;
  }
  if (!isAffected) return undefined;
  return { fixed: sorted.find(({ kind, at }) => kind === "fixed" && compare(at, version) > 0)?.at };
}

function eventOf(event: Fields, kind: RangeEvent["kind"]): readonly RangeEvent[] {
  const at = event[kind];
  return typeof at === "string" ? [{ kind, at }] : [];
}

interface Matched {
  readonly wanted: Wanted;
  readonly hit: Hit;
}

function vulnerabilityOf(advisory: Fields, affected: Fields, { wanted, hit }: Matched): Vulnerability {
  const [severity] = [...listOf(affected["severity"]), ...listOf(advisory["severity"])].map(({ score }) =>
    textOf(score),
  );
  return {
    id: textOf(advisory["id"]),
    aliases: [...textsOf(advisory["aliases"]), ...textsOf(advisory["upstream"])],
    summary: textOf(advisory["summary"]) || (textOf(advisory["details"]).split("\n", 1)[0] ?? "").slice(0, 200),
    package: wanted.package,
    ...(hit.fixed === undefined ? {} : { fixed: hit.fixed }),
    ...(severity === undefined || severity === "" ? {} : { severity }),
  };
}
