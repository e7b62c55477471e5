/**
 * Takes the files of an image's layers, one by one in the order of the layers, and keeps what an audit needs of them. Files
 * that a later layer takes away are looked at as well: whoever has the image has them.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { readGoBuildInfo } from "./go-build-info.ts";
import { readNodeProgram } from "./node-program.ts";
import { type ReadPackage, readApk, readDpkg, readNpm, readPython } from "./package-files.ts";
import { type FoundSecret, MAX_SECRET_FILE_BYTES, findSecrets, isExample } from "./secrets.ts";
import type { AuditFile, AuditPackage, Finding, OperatingSystem } from "./types.ts";

/** Whether a source of packages lists many, or is one. */
type SourceKind = "dpkg" | "dpkg-part" | "apk" | "rpm-sqlite" | "rpm-other" | "npm" | "python" | "os-release";

const SOURCES: readonly (readonly [SourceKind, RegExp])[] = [
  ["dpkg", /^var\/lib\/dpkg\/status$/],
  ["dpkg-part", /^var\/lib\/dpkg\/status\.d\/[^/]+(?<!\.md5sums)$/],
  ["apk", /^(?:usr\/)?lib\/apk\/db\/installed$/],
  ["rpm-sqlite", /^(?:var\/lib|usr\/lib\/sysimage)\/rpm\/rpmdb\.sqlite$/],
  ["rpm-other", /^(?:var\/lib|usr\/lib\/sysimage)\/rpm\/(?:Packages|Packages\.db)$/],
  ["npm", /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/],
  ["python", /\/[^/]+\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg-info)$/],
  ["os-release", /^(?:etc|usr\/lib)\/os-release$/],
];

const MAX_DATABASE_BYTES = 256 * 1024 * 1024;
const MAX_PROGRAM_BYTES = 256 * 1024 * 1024;

function sourceOf(path: string): SourceKind | undefined {
  return SOURCES.find(([, pattern]) => pattern.test(path))?.[0];
}

interface Listed {
  readonly file: AuditFile;
  readonly kind: SourceKind | "program";
  readonly packages: readonly ReadPackage[];
}

interface Secret extends FoundSecret {
  readonly file: AuditFile;
}

/** What was collected. */
export interface Collected {
  readonly packages: readonly AuditPackage[];
  readonly findings: readonly Finding[];
  readonly system: OperatingSystem | undefined;
}

/** Collects. Call {@link wants} for each entry, {@link take} for those that it wants, and {@link finish} in the end. */
export class AuditCollector {
  readonly #listed: Listed[] = [];
  readonly #secrets: Secret[] = [];
  readonly #findings: Finding[] = [];
  readonly #systems = new Map<string, OperatingSystem>();

  /** Tells whether the content of a file is needed. */
  wants(file: AuditFile): boolean {
    if (file.type !== "file" || file.size === 0) return false;
    if (sourceOf(file.path) !== undefined) return file.size <= MAX_DATABASE_BYTES;
    if ((file.mode & 0o111) !== 0 && file.size > MAX_SECRET_FILE_BYTES) return file.size <= MAX_PROGRAM_BYTES;
    return file.size <= MAX_SECRET_FILE_BYTES;
  }

  /** Takes the content of a file. */
  async take(file: AuditFile, bytes: Uint8Array): Promise<void> {
    const kind = sourceOf(file.path);
    if (kind !== undefined) await this.#takeSource(file, kind, bytes);
    const packages = kind === undefined && (file.mode & 0o111) !== 0 ? readProgram(file.path, bytes) : [];
    if (packages.length > 0) this.#listed.push({ file, kind: "program", packages });
    if (isExample(file.path)) return;
    for (const secret of findSecrets(bytes)) this.#secrets.push({ file, ...secret });
  }

  async #takeSource(file: AuditFile, kind: SourceKind, bytes: Uint8Array): Promise<void> {
    if (kind === "os-release") this.#systems.set(file.path, readOsRelease(new TextDecoder().decode(bytes)));
    else if (kind === "rpm-other")
      this.#cannotRead(file, "only rpm's databases in SQLite are read, not those of ndb and Berkeley DB");
    else {
      try {
        this.#listed.push({ file, kind, packages: await readSource(kind, bytes) });
      } catch (error) {
        if (!(error instanceof TeuError)) throw error;
        this.#cannotRead(file, error.message);
      }
    }
  }

  #cannotRead({ path, layer }: AuditFile, message: string): void {
    this.#findings.push({ rule: "package-database", level: "warning", message, path, layer });
  }

  /** @param files All files that are in the image in the end. */
  finish(files: readonly AuditFile[]): Collected {
    const last = new Map(files.map((file) => [file.path, file]));
    const isThere = ({ path, layer }: AuditFile): boolean => last.get(path)?.layer === layer;
    return {
      packages: this.#packages(isThere),
      findings: [
        ...this.#findings,
        ...files.flatMap(findingsOf),
        ...this.#secrets.map((secret) => secretFinding(secret, isThere)),
      ],
      system: this.#systems.get("etc/os-release") ?? this.#systems.get("usr/lib/os-release"),
    };
  }

  #packages(isThere: (file: AuditFile) => boolean): readonly AuditPackage[] {
    return this.#listed.flatMap(({ file, packages }) =>
      isThere(file) ? packages.map((each) => ({ ...each, path: file.path, layer: this.#firstLayer(file, each) })) : [],
    );
  }

  /** A database is written anew by each layer that changes it: a package came with the first that has it without a gap. */
  #firstLayer(file: AuditFile, { name, version, architecture }: ReadPackage): number {
    let layer = file.layer;
    const earlier = this.#listed.filter((each) => each.file.path === file.path && each.file.layer < file.layer);
    for (const { file: older, packages } of earlier.toReversed()) {
      const has = packages.some(
        (each) => each.name === name && each.version === version && each.architecture === architecture,
      );
      if (!has) return layer;
      layer = older.layer;
    }
    return layer;
  }
}

function readProgram(path: string, bytes: Uint8Array): readonly ReadPackage[] {
  return /(?:^|\/)node(?:js)?$/.test(path) ? readNodeProgram(bytes) : readGoBuildInfo(bytes);
}

async function readSource(kind: SourceKind, bytes: Uint8Array): Promise<readonly ReadPackage[]> {
  const text = (): string => new TextDecoder().decode(bytes);
  switch (kind) {
    case "dpkg":
    case "dpkg-part":
      return readDpkg(text());
    case "apk":
      return readApk(text());
    case "npm":
      return readNpm(text());
    case "python":
      return readPython(text());
    default:
      return await (await import("./rpm-database.ts")).readRpmDatabase(bytes);
  }
}

function readOsRelease(text: string): OperatingSystem {
  const field = (name: string): string => new RegExp(`^${name}=["']?(.*?)["']?$`, "m").exec(text)?.[1]?.trim() ?? "";
  return { id: field("ID"), versionId: field("VERSION_ID"), name: field("PRETTY_NAME") || field("NAME") };
}

function findingsOf({ path, type, mode, layer }: AuditFile): readonly Finding[] {
  if (type === "symlink") return [];
  const found: Finding[] = [];
  if (type === "file" && (mode & 0o6000) !== 0) {
    const what = (mode & 0o4000) !== 0 ? "runs as its owner" : "runs as its group";
    found.push({ rule: "set-id", level: "note", message: `${path} ${what}`, path, layer });
  }
  // In a sticky directory, such as /tmp, nobody can take away what is not theirs.
  const isSticky = type === "directory" && (mode & 0o1000) !== 0;
  if ((type === "file" || type === "directory") && (mode & 0o002) !== 0 && !isSticky)
    found.push({ rule: "world-writable", level: "warning", message: `anybody can write to ${path}`, path, layer });
  return found;
}

function secretFinding({ file, what, line }: Secret, isThere: (file: AuditFile) => boolean): Finding {
  const { path, layer } = file;
  const deleted = !isThere(file);
  const where = deleted ? `, which a later layer took away, but layer ${layer} still has` : "";
  return { rule: "secret", level: "error", message: `${what} in ${path}, line ${line}${where}`, path, layer, deleted };
}
