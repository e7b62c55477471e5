/**
 * An application to build, a registry that has its packages, and teu with a home of its own.
 * @module
 */
import { cp, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import type { Host } from "../../packages/cli/src/host.ts";
import { run } from "../../packages/cli/src/run.ts";
import { copy } from "@teu/content/copy";
import { imageGraph } from "@teu/content/mutate/image";
import { openLayout } from "@teu/content/layout-store";
import {
  type FakeNpmRegistry,
  type PackedPackage,
  packPackage,
  startFakeNpmRegistry,
} from "@teu/build/testing/fake-npm-registry";
import { tinyBase } from "@teu/build/testing/tiny-base";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { projectRoot } from "../../tools/project.ts";

/** What a command answered. */
export interface Answered {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

/** Everything that a test of builds needs. */
export interface BuildWorld extends AsyncDisposable {
  readonly dir: TempDir;
  readonly registry: FakeNpmRegistry;
  /** Runs teu in the folder of the test. */
  readonly teu: (words: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Answered>;
}

const EXAMPLE = join(projectRoot, "examples/convert-service");

/** Makes a copy of the example in `app`, locked to packages as they are installed here, and a base in `oci:base`. */
export async function buildWorld(): Promise<BuildWorld> {
  const cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  await cp(EXAMPLE, dir.join("app"), { recursive: true });
  const packages = await relock(dir.join("app/package-lock.json"));
  const registry = cleanup.use(await startFakeNpmRegistry(packages));
  await dir.write(".npmrc", `registry=${registry.url}\n`);
  const base = await openLayout(dir.join("base"), { create: true });
  const { root, store } = imageGraph(await tinyBase({ os: "linux", architecture: "amd64" }));
  await copy(store, base, root, { tags: ["v1"] });
  const teu: BuildWorld["teu"] = async (words, env = {}) => {
    const seen = { out: "", notes: "" };
    const host: Host = {
      out: (text) => void (seen.out += text),
      bytes: async (chunk) => void (seen.out += new TextDecoder().decode(chunk)),
      note: (line) => void (seen.notes += `${line}\n`),
      env: { HOME: dir.path, TEU_ROOT: dir.join("teu"), PATH: process.env["PATH"], ...env },
      cwd: dir.path,
      signal: new AbortController().signal,
    };
    return { code: await run(words, COMMANDS, host), ...seen };
  };
  return { dir, registry, teu, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

interface Lock {
  readonly packages: Record<string, { version: string; integrity: string }>;
}

/** Packs the packages of a lockfile from where they are installed, and writes their digests into it. */
async function relock(file: string): Promise<readonly PackedPackage[]> {
  const lock = JSON.parse(await readFile(file, "utf8")) as Lock;
  const packed: PackedPackage[] = [];
  for (const [location, entry] of Object.entries(lock.packages)) {
    if (location === "") continue;
    const name = location.slice("node_modules/".length);
    const pkg = packPackage({ name, version: entry.version, files: await readFiles(join(projectRoot, location)) });
    entry.integrity = pkg.integrity;
    packed.push(pkg);
  }
  await writeFile(file, JSON.stringify(lock, undefined, 2));
  return packed;
}

async function readFiles(folder: string): Promise<Readonly<Record<string, Uint8Array>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (path) => [path.slice(folder.length + 1), await readFile(path)] as const)),
  );
}
