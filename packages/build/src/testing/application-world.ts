/**
 * A small application with packages, a registry that has them and a base, for tests of whole builds.
 * @module
 */
import assert from "node:assert/strict";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { decompress } from "@teu/content/decompress";
import { openVerified } from "@teu/content/verified-read";
import { type Platform, parsePlatform } from "@teu/spec/platform";
import { readTar } from "@teu/tar/read-tar";
import { CHANGES_FILE } from "../assemble/install-driver.ts";
import type { ContainerStep, StepRunner } from "../assemble/interfaces.ts";
import { type BuildEvent, type BuildOptions, buildImage } from "../build-image.ts";
import { makePlan } from "../plan/make-plan.ts";
import { folderProject } from "../plan/project.ts";
import {
  type FakeNpmRegistry,
  type FakeRegistryOptions,
  type PackedPackage,
  packPackage,
  packageLock,
  startFakeNpmRegistry,
} from "./fake-npm-registry.ts";
import { tinyBase } from "./tiny-base.ts";

/** What is built for. */
export const AMD64: Platform = parsePlatform("linux/amd64", { os: "linux", architecture: "amd64" });
/** Another platform, whose programs do not run where the tests do. */
export const ARM64: Platform = parsePlatform("linux/arm64", { os: "linux", architecture: "amd64" });

/** A package that others of the application's rest on. */
export const GREET: PackedPackage = packPackage({
  name: "greet",
  version: "1.0.0",
  manifest: { license: "MIT", dependencies: { "@x/word": "1" }, bin: { greet: "./cli.js" } },
  files: { "cli.js": "#!/usr/bin/env node\n" },
});
const WORD: PackedPackage = packPackage({ name: "@x/word", version: "1.0.0" });
/** What a bump takes. */
export const WORD_2: PackedPackage = packPackage({ name: "@x/word", version: "2.0.0" });
/** A package with a program for one platform. */
export const NATIVE_X64: PackedPackage = packPackage({
  name: "native-x64",
  version: "1.0.0",
  manifest: { os: ["linux"], cpu: ["x64"] },
});
const NATIVE_ARM64: PackedPackage = packPackage({
  name: "native-arm64",
  version: "1.0.0",
  manifest: { os: ["linux"], cpu: ["arm64"] },
});
/** A package with a script for its installation. */
export const SCRIPTED: PackedPackage = packPackage({
  name: "scripted",
  version: "1.0.0",
  manifest: { scripts: { postinstall: "node x" } },
});

/** What an application says of itself. */
export interface ApplicationManifest {
  readonly name: string;
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/** The application's package.json. */
export const MANIFEST: ApplicationManifest = {
  name: "app",
  version: "1.0.0",
  scripts: { start: "greet --loud" },
  dependencies: { greet: "1" },
  optionalDependencies: { "native-x64": "1", "native-arm64": "1" },
};
/** What it is locked to, by path. */
export const PACKAGES: Readonly<Record<string, PackedPackage>> = {
  "node_modules/greet": GREET,
  "node_modules/@x/word": WORD,
  "node_modules/native-x64": NATIVE_X64,
  "node_modules/native-arm64": NATIVE_ARM64,
};

/** A folder of a test's own. */
export interface WorldFolder extends AsyncDisposable {
  readonly join: (...names: string[]) => string;
  readonly write: (name: string, content: string) => Promise<string>;
}

/** An application, a registry of its packages, and what builds it. What is built can be read until this is disposed of. */
export interface World extends AsyncDisposable {
  readonly dir: WorldFolder;
  readonly registry: FakeNpmRegistry;
  readonly app: string;
  readonly events: BuildEvent[];
  readonly build: (options?: Partial<BuildOptions>) => ReturnType<typeof buildImage>;
}

/** What is other than usual. */
export interface WorldOptions extends FakeRegistryOptions {
  readonly manifest?: object;
  readonly packages?: Readonly<Record<string, PackedPackage>>;
  readonly npmrc?: (url: string) => string;
}

/** Makes an application in `dir`, which goes with it. */
export async function world(dir: WorldFolder, options: WorldOptions = {}): Promise<World> {
  const cleanup = new AsyncDisposableStack();
  cleanup.use(dir);
  const { manifest = MANIFEST, packages = PACKAGES } = options;
  const registry = cleanup.use(await startFakeNpmRegistry([...Object.values(packages), WORD_2], options));
  await dir.write("app/package.json", JSON.stringify(manifest));
  await dir.write("app/package-lock.json", packageLock({ manifest: { ...manifest }, packages }));
  await dir.write("app/src/server.js", "1\n");
  await dir.write("app/.env", "SECRET=canary\n");
  await dir.write("home/.npmrc", options.npmrc?.(registry.url) ?? `registry=${registry.url}\n`);
  const events: BuildEvent[] = [];
  const app = dir.join("app");
  const build: World["build"] = async (more = {}) => {
    const folder = more.folder ?? app;
    return await buildImage({
      folder,
      plan: makePlan(folderProject(folder)),
      platforms: [AMD64],
      base: (platform) => tinyBase(platform),
      cache: dir.join("cache"),
      env: { HOME: dir.join("home"), PATH: process.env["PATH"] },
      onEvent: (event) => void events.push(event),
      ...more,
    });
  };
  return { dir, registry, app, events, build, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

/** Somebody who runs steps and leaves these changes, with a file `0` and a link `9` beside them. */
export function changingRunner(changes: unknown): StepRunner & { readonly steps: ContainerStep[] } {
  const steps: ContainerStep[] = [];
  const run: StepRunner["run"] = async (step) => {
    steps.push(step);
    const { folder } = step.output;
    await writeFile(join(folder, "0"), "made");
    await symlink("/etc/hostname", join(folder, "9"));
    await writeFile(join(folder, CHANGES_FILE), JSON.stringify(changes));
    return { exitCode: 0, lines: [] };
  };
  return { steps, run };
}

/** What a build gives. */
export type Built = Awaited<ReturnType<typeof buildImage>>;

/** Names, modes and targets of what the layers above the base have. */
export async function filesOf({ images }: Built, at = 0): Promise<readonly string[]> {
  const { image } = images[at] ?? assert.fail("no image");
  const found: string[] = [];
  for (const { descriptor, store: from } of image.layers.slice(1)) {
    for await (const { entry } of readTar(decompress(openVerified(from, descriptor), "gzip"))) {
      assert.deepEqual([entry.uid, entry.gid, entry.mtime.seconds], [0, 0, 315_532_800]);
      if (entry.type !== "directory")
        found.push(
          `${entry.nameText} ${entry.type === "symlink" ? `-> ${entry.linknameText}` : entry.mode.toString(8)}`,
        );
    }
  }
  return found.sort();
}

/** Copies an image and what is said of it. */
export async function store(built: Built): Promise<MemoryStore> {
  const target = new MemoryStore();
  await copy(built.graph.store, target, built.graph.root, { tags: ["v1"] });
  for (const { root, store: from } of built.attestations) await copy(from, target, root);
  return target;
}
