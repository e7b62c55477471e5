/**
 * The layers of an application's wheels, laid out in one folder on PYTHONPATH as `pip install --target` does.
 * @see {@link https://packaging.python.org/en/latest/specifications/binary-distribution-format/}
 * @module
 */
import { stat } from "node:fs/promises";
import { posix } from "node:path";
import { collect } from "@teu/std/streams";
import { cleanPath } from "@teu/std/safe-path";
import { type LayerEntry, type LayerRecipe, bucketOf, keyOf } from "../assemble/recipe.ts";
import type { Wheel } from "./wheels.ts";
import { label } from "./wheels.ts";
import { type ZipEntry, ZipFile } from "./zip.ts";

const LARGE_BYTES = 5 * 1024 * 1024;
const MAX_LARGE = 8;
const FEW = 16;
const SHARED_LAYERS = 4;
const MAX_FILES = 500_000;
const MAX_ENTRY_POINTS_BYTES = 1024 * 1024;

/** The layers of wheels: large ones have one each, the others share. @param to A folder of the image. */
export async function wheelLayers(wheels: readonly Wheel[], to: string): Promise<readonly LayerRecipe[]> {
  const sized = await Promise.all(wheels.map(async (wheel) => ({ wheel, bytes: (await stat(wheel.path)).size })));
  const large = sized
    .filter(({ bytes }) => bytes > LARGE_BYTES)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_LARGE)
    .map(({ wheel }) => wheel)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const rest = wheels.filter((wheel) => !large.includes(wheel));
  const count = rest.length <= FEW ? 1 : SHARED_LAYERS;
  const groups = Array.from({ length: count }, (_, at) => ({
    title: count === 1 ? "dependencies" : `dependencies (${at + 1} of ${count})`,
    members: rest.filter(({ name }) => bucketOf(name, count) === at),
  }));
  return [...large.map((wheel) => ({ title: wheel.name, members: [wheel] })), ...groups]
    .filter(({ members }) => members.length > 0)
    .map(({ title, members }) => ({
      title,
      key: keyOf(
        `wheels 1 ${to}`,
        members.map(({ name, sha256 }) => `${sha256} ${name}`),
      ),
      entries: () => entriesOf(members, to.replace(/^\/+/, "")),
    }));
}

async function* entriesOf(wheels: readonly Wheel[], to: string): AsyncGenerator<LayerEntry> {
  const seen = new Set<string>();
  for (const wheel of wheels) {
    await using zip = await ZipFile.open(wheel.path, label(wheel));
    if (zip.entries.length > MAX_FILES) throw new RangeError(`${label(wheel)} has more than ${MAX_FILES} files`);
    for (const entry of zip.entries) {
      const place = entry.name.endsWith("/") ? undefined : placeOf(entry.name);
      // Packages of one namespace may bring the same file; the first one is the one that is found.
      if (place === undefined || seen.has(place)) continue;
      seen.add(place);
      const mode = isProgram(entry, place) ? 0o755 : 0o644;
      yield { type: "file", path: posix.join(to, place), mode, size: entry.size, content: zip.content(entry) };
    }
    for (const [program, content] of await programsOf(zip)) {
      if (seen.has(`bin/${program}`)) continue;
      seen.add(`bin/${program}`);
      yield {
        type: "file",
        path: posix.join(to, "bin", program),
        mode: 0o755,
        size: content.length,
        content: [content],
      };
    }
  }
}

/** Where a file of a wheel goes; nothing for one that is for developers in C. */
function placeOf(name: string): string | undefined {
  const path = cleanPath(name);
  const [, kind, rest = ""] = /^[^/]+\.data\/([^/]+)\/(.+)$/.exec(path) ?? [];
  switch (kind) {
    case undefined:
    case "purelib":
    case "platlib":
    case "data":
      return kind === undefined ? path : rest;
    case "scripts":
      return `bin/${rest}`;
    default:
      return undefined;
  }
}

function isProgram({ mode }: ZipEntry, place: string): boolean {
  return (mode & 0o100) !== 0 || place.startsWith("bin/");
}

async function programsOf(zip: ZipFile): Promise<readonly (readonly [string, Uint8Array])[]> {
  const file = zip.entries.find(({ name }) => /^[^/]+\.dist-info\/entry_points\.txt$/.test(name));
  if (file === undefined) return [];
  const bytes = await collect(zip.content(file), { maxBytes: MAX_ENTRY_POINTS_BYTES, what: file.name });
  return [...readPrograms(new TextDecoder().decode(bytes))].map(([name, call]) => [
    name,
    new TextEncoder().encode(scriptOf(call)),
  ]);
}

/** The programs of `entry_points.txt`: by name, the module and the function to call. */
export function readPrograms(source: string): ReadonlyMap<string, string> {
  const section = /^\[console_scripts\]\s*$([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(source)?.[1] ?? "";
  const lines = section.matchAll(/^\s*([\w.-]+)\s*=\s*([\w.]+:[\w.]+)/gm);
  return new Map([...lines].map(([, name = "", call = ""]) => [name, call]));
}

function scriptOf(call: string): string {
  const [module = "", path = ""] = call.split(":");
  const [first = ""] = path.split(".");
  return `#!/usr/bin/env python3\nimport sys\nfrom ${module} import ${first}\nif __name__ == "__main__":\n    sys.exit(${path}())\n`;
}

/** The programs of wheels by name, relative to the folder of packages. */
export async function wheelPrograms(wheels: readonly Wheel[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const wheel of wheels) {
    await using zip = await ZipFile.open(wheel.path, label(wheel));
    for (const [program] of await programsOf(zip)) if (!found.has(program)) found.set(program, `bin/${program}`);
  }
  return found;
}
