/**
 * What is to be known of a package beside its files: found once, when its archive arrives.
 * @module
 */
import { collect } from "@teu/std/streams";
import type { PackageLimits } from "../lock/graph.ts";
import { type JsonRecord, isObject, isTexts, nameAndRange, programsOf } from "../lock/manifest.ts";
import { readPackageArchive } from "./package-archive.ts";

/** Facts of a package. */
export interface PackageFacts {
  /** The version of this shape. */
  readonly version: 1;
  readonly limits: PackageLimits;
  /** Paths of programs by name. */
  readonly programs: Readonly<Record<string, string>>;
  /** Whether it has scripts that npm runs when it installs, or builds native code then. */
  readonly hasInstallScripts: boolean;
  /** An SPDX expression, as the package has it. */
  readonly license?: string;
  /** Sum of the sizes of its files. */
  readonly plainBytes: number;
  readonly files: number;
  /** The first bytes of its programs' first lines, by path: what runs them. */
  readonly interpreters: Readonly<Record<string, string>>;
  /** Files, by their index, that a later one of the same name replaces. */
  readonly replaced: readonly number[];
}

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_LINE_BYTES = 128;

/** Reads the facts of an archive. @throws TeuError `ERR_PACKAGE_INVALID` */
export async function readPackageFacts(path: string, what: string): Promise<PackageFacts> {
  const seen = new Map<string, number>();
  const replaced: number[] = [];
  const lines = new Map<string, string>();
  let manifest: JsonRecord = {};
  let plainBytes = 0;
  for await (const file of readPackageArchive(path, what)) {
    const earlier = seen.get(file.path);
    if (earlier !== undefined) replaced.push(earlier);
    seen.set(file.path, file.index);
    plainBytes += file.size;
    if (file.path === "package.json") manifest = await readManifestOf(file.content, what);
    else {
      const interpreter = file.size > 0 ? interpreterOf(await firstChunk(file.content)) : undefined;
      if (interpreter !== undefined) lines.set(file.path, interpreter);
    }
  }
  return factsOf(manifest, { plainBytes, replaced, lines, paths: new Set(seen.keys()) });
}

interface Seen {
  readonly plainBytes: number;
  readonly replaced: readonly number[];
  readonly lines: ReadonlyMap<string, string>;
  readonly paths: ReadonlySet<string>;
}

function factsOf(manifest: JsonRecord, { plainBytes, replaced, lines, paths }: Seen): PackageFacts {
  const { os, cpu, libc, license, scripts } = manifest;
  const programs = programsOf(manifest);
  const named = isObject(license) ? license["type"] : license;
  const interpreters = [...programs.values()].flatMap((path) => {
    const line = lines.get(path);
    return line === undefined ? [] : [[path, line] as const];
  });
  return {
    version: 1,
    limits: { ...(isTexts(os) ? { os } : {}), ...(isTexts(cpu) ? { cpu } : {}), ...(isTexts(libc) ? { libc } : {}) },
    programs: Object.fromEntries(programs),
    hasInstallScripts: hasScripts(nameAndRange(scripts)) || (paths.has("binding.gyp") && manifest["gypfile"] !== false),
    ...(typeof named === "string" ? { license: named } : {}),
    plainBytes,
    files: paths.size,
    interpreters: Object.fromEntries(interpreters),
    replaced,
  };
}

function hasScripts(scripts: Readonly<Record<string, string>>): boolean {
  return ["preinstall", "install", "postinstall"].some((name) => (scripts[name] ?? "") !== "");
}

async function readManifestOf(content: AsyncIterable<Uint8Array>, what: string): Promise<JsonRecord> {
  const bytes = await collect(content, { maxBytes: MAX_MANIFEST_BYTES, what: `package.json of ${what}` });
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

async function firstChunk(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  for await (const chunk of content) return chunk;
  return new Uint8Array();
}

/** What runs a script, as its first line says, cut to 128 bytes. Nothing if it is no script. */
export function interpreterOf(head: Uint8Array): string | undefined {
  if (head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const line = Buffer.from(head.subarray(2, MAX_LINE_BYTES)).toString("latin1").split("\n")[0];
  return line?.trim() ?? "";
}
