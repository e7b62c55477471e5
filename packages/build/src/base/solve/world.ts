/**
 * All packages that a base can be made of: the indexes of several archives as one.
 * @module
 */
import type { ArchivePackage, PackageIndex } from "../archive/packages.ts";
import { type Relation, isWithin } from "../deb/relation.ts";
import { compareVersions } from "@teu/spec/versions/debian";

/** What a solver asks. */
export interface World {
  readonly architecture: string;
  /** Versions of a package, the preferred one first. */
  readonly named: (name: string) => readonly ArchivePackage[];
  /** Packages of other names that provide `name`, the preferred one first. */
  readonly providing: (name: string) => readonly ArchivePackage[];
}

/** The world of `indexes` for one architecture. */
export function makeWorld(architecture: string, indexes: readonly PackageIndex[]): World {
  const fits = (found: ArchivePackage): boolean => ["all", architecture].includes(found.architecture);
  const ordered = (find: (index: PackageIndex) => readonly ArchivePackage[]): readonly ArchivePackage[] =>
    indexes.flatMap(find).filter(fits).sort(preferred);
  return {
    architecture,
    named: memoise((name) => ordered((index) => index.named(name))),
    providing: memoise((name) => ordered((index) => index.providing(name)).filter((found) => found.name !== name)),
  };
}

function memoise<T>(find: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const found = known.get(name) ?? find(name);
    known.set(name, found);
    return found;
  };
}

const IMPORTANCE: readonly string[] = ["required", "important", "standard", "optional", "extra"];

/** Of one name: by the archive's priority and the version. Of several: by importance and name. */
function preferred(a: ArchivePackage, b: ArchivePackage): number {
  if (a.name === b.name)
    return b.priority - a.priority || compareVersions(b.version, a.version) || a.archive - b.archive;
  const importance = IMPORTANCE.indexOf(a.importance) - IMPORTANCE.indexOf(b.importance);
  return importance || (a.name < b.name ? -1 : 1);
}

/** Whether `found` is what `relation` asks for, by its name or by what it provides. */
export function isMet(found: ArchivePackage, relation: Relation, architecture: string): boolean {
  if (!isOfArchitecture(found, relation, architecture)) return false;
  if (found.name === relation.name) return isWithin(found.version, relation.version);
  return found.provides.some(({ name, version }) => {
    if (name !== relation.name) return false;
    // What is provided without a version meets no relation that asks for one.
    return version === undefined ? relation.version === undefined : isWithin(version.version, relation.version);
  });
}

function isOfArchitecture(found: ArchivePackage, relation: Relation, architecture: string): boolean {
  switch (relation.architecture) {
    case undefined:
    case "native":
    case architecture:
      return true;
    case "any":
      return found.multiArch === "allowed" || found.name !== relation.name;
    default:
      return false;
  }
}
