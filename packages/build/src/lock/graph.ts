/**
 * What every lockfile becomes: packages, who needs whom, and where content is. Development dependencies are left out by
 * the readers, for an image has no use for them.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";

/** That one package needs another. */
export interface Edge {
  /** The name that it is required by. */
  readonly alias: string;
  /** The `id` of the package. */
  readonly to: string;
  /** Whether all goes on without it. */
  readonly optional: boolean;
}

/** Where the files of a package are. */
export type PackageSource =
  /**
   * At a registry; without an address it is where the registry of that name has it. `yarnChecksum` is that of the archive
   * that newer yarns make of the package, which is not the archive at the registry. `isUrlHint` says that the address is
   * only where the package was found when it was locked, and another registry will do.
   */
  | {
      readonly kind: "registry";
      readonly url?: string;
      readonly isUrlHint?: boolean;
      readonly integrity?: string;
      readonly yarnChecksum?: string;
    }
  /** An archive within the application. */
  | { readonly kind: "archive"; readonly path: string; readonly integrity?: string }
  /** A folder within the application. */
  | { readonly kind: "folder"; readonly path: string }
  /** Within the archive of the package above it. */
  | { readonly kind: "bundled" }
  /** Somewhere that pins no content; the text says where. */
  | { readonly kind: "unpinned"; readonly where: string };

/** Where a package runs; nothing of a kind means everywhere. A `!` in front excludes. */
export interface PackageLimits {
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** A package. */
export interface LockNode {
  /** Names it within its graph. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly source: PackageSource;
  /** Nothing where the lockfile does not say; the package itself does. */
  readonly limits?: PackageLimits;
  readonly edges: readonly Edge[];
  /** The names of packages that it takes from whoever needs it. */
  readonly peers?: readonly string[];
  /** Where the lockfile puts it, as in `node_modules/a/node_modules/b`. */
  readonly location?: string;
}

/** All packages of a lockfile. */
export interface LockGraph {
  /** What is needed by the application and the other folders of its workspace, by folder; `.` is the root. */
  readonly importers: ReadonlyMap<string, readonly Edge[]>;
  readonly nodes: ReadonlyMap<string, LockNode>;
  /** `placed`: by the lockfile; `hoisted`: flat, as yarn does; `isolated`: each on its own, with links, as pnpm does. */
  readonly layout: "placed" | "hoisted" | "isolated";
}

/** An error of a lockfile that is broken. */
export function lockfileInvalid(file: string, problem: string, cause?: unknown): TeuError<BuildErrorCode> {
  return new TeuError("ERR_LOCKFILE_INVALID", `Reading lockfile "${file}": ${problem}`, {
    cause,
    hint: "The package manager that wrote it can write it anew",
  });
}

/** The integrity of a package, as npm's lockfiles have it, from an address with a hash, as yarn's have it. */
export function integrityOfFragment(url: string): string | undefined {
  const sha1 = /#([0-9a-f]{40})$/.exec(url)?.[1];
  return sha1 === undefined ? undefined : `sha1-${Buffer.from(sha1, "hex").toString("base64")}`;
}
