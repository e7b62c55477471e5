/**
 * The rooms as they stand on disk: what each is and what its files import.
 * @module
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { projectRoot } from "./project.ts";

/** One source file of a room. */
export interface RoomFile {
  /** Relative to the room's `src`. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
}

/** The part of a `package.json` that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A room of the house. */
export interface Room {
  /** Its folder below `packages`. */
  readonly name: string;
  readonly manifest: Manifest;
  /** Folders that its `tsconfig.json` refers to. */
  readonly references: readonly string[];
  readonly files: readonly RoomFile[];
}

/** What `tools/tiers.json` allows one room. */
export interface TierRule {
  readonly tier: number;
  readonly imports: readonly string[];
  /** Only test files may import this room. */
  readonly testsOnly?: boolean;
  /** Starts of `node:` modules that the room does without. */
  readonly without?: readonly string[];
}

/** The whole of `tools/tiers.json`. */
export interface Tiers {
  readonly tiers: Readonly<Record<string, TierRule>>;
  /** Files of `std` with fewer than two rooms that use them, and the rooms they wait for. */
  readonly awaited: Readonly<Record<string, readonly string[]>>;
}

/** Reads the tier table. */
export function readTiers(): Tiers {
  return JSON.parse(readFileSync(join(projectRoot, "tools/tiers.json"), "utf8")) as Tiers;
}

/** Reads every room below `packages`. */
export function readRooms(): Room[] {
  const folders = globSync("packages/*/package.json", { cwd: projectRoot }).map(dirname).toSorted();
  return folders.map((folder) => readRoom(join(projectRoot, folder)));
}

function readRoom(folder: string): Room {
  const config = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8")) as {
    readonly references?: readonly { readonly path: string }[];
  };
  const paths = existsSync(join(folder, "src")) ? globSync("**/*.ts", { cwd: join(folder, "src") }).toSorted() : [];
  return {
    name: basename(folder),
    manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest,
    references: (config.references ?? []).map(({ path }) => basename(path)),
    files: paths.map((path) => ({
      path,
      text: readFileSync(join(folder, "src", path), "utf8"),
      isTest: /\.test(\.data)?\.ts$/.test(path),
    })),
  };
}

/** The modules that a source text imports or re-exports, static and dynamic. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? "");
}

const IMPORT = /^\s*(?:import|export)\b[^"'`;]*?["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']/gm;
