/**
 * A package of Python as every lockfile gives it.
 * @module
 */
import type { MarkerEnvironment } from "./markers.ts";

/** A package that is locked. */
export interface PythonPackage {
  /** As `normalName` has it. */
  readonly name: string;
  readonly version: string;
  /** Files that the lockfile knows by name; there may be none. */
  readonly files: readonly { readonly filename: string; readonly url?: string; readonly sha256: string }[];
  /** Digests of files that it does not name, in hex. */
  readonly sha256s: readonly string[];
}

/** What a lockfile is read with. */
export interface PythonLockOptions {
  readonly file: string;
  readonly environment: MarkerEnvironment;
  /** The `pyproject.toml` beside it. */
  readonly project: string | undefined;
}

/** The sha256 of `sha256:HEX` or `sha256=HEX`. */
export function sha256Of(hash: string): string | undefined {
  return /^sha256[:=]([0-9a-f]{64})$/i.exec(hash)?.[1]?.toLowerCase();
}
