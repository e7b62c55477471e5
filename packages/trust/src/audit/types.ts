/**
 * What an audit of an image finds.
 * @module
 */

/** The kinds of packages that are known, by the type that a package URL has. */
export type PackageKind = "deb" | "apk" | "rpm" | "npm" | "pypi" | "golang" | "generic";

/** A package in an image. */
export interface AuditPackage {
  readonly kind: PackageKind;
  readonly name: string;
  readonly version: string;
  /** What it was built from, where that has another name or version: advisories go by it. */
  readonly source?: { readonly name: string; readonly version: string };
  readonly architecture?: string;
  /** As the package writes it. */
  readonly licence?: string;
  /** The file that says so. */
  readonly path: string;
  /** Number of the layer that brought it, from 0. */
  readonly layer: number;
}

/** What the operating system calls itself in `os-release`. */
export interface OperatingSystem {
  readonly id: string;
  readonly versionId: string;
  readonly name: string;
}

/** A file as it is in the image, or as it was in a layer. */
export interface AuditFile {
  /** Without a slash in front. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "character-device" | "block-device" | "fifo";
  /** Permissions, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly layer: number;
}

/** What is worth a look. */
export interface Finding {
  readonly rule: "set-id" | "world-writable" | "secret" | "root-user" | "package-database";
  readonly level: "error" | "warning" | "note";
  readonly message: string;
  readonly path?: string;
  readonly layer?: number;
  /** Whether a later layer took it away, where it can still be read by whoever has the image. */
  readonly deleted?: boolean;
}

/** A vulnerability of a package. */
export interface Vulnerability {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly package: AuditPackage;
  /** The earliest version without it, if there is one. */
  readonly fixed?: string;
  /** As the database writes it, such as a vector of CVSS. */
  readonly severity?: string;
  /** Why it does not count, by a VEX document. */
  readonly waived?: string;
}

/** One layer of an image. */
export interface AuditLayer {
  readonly digest: string;
  /** What its history says made it. */
  readonly createdBy?: string;
}

/** All that an audit finds. */
export interface AuditReport {
  readonly image: string;
  readonly digest: string;
  readonly system: OperatingSystem | undefined;
  readonly user: string;
  readonly layers: readonly AuditLayer[];
  readonly packages: readonly AuditPackage[];
  readonly findings: readonly Finding[];
  readonly vulnerabilities: readonly Vulnerability[];
}
