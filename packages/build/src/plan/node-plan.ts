/**
 * Plans applications of Node.js and TypeScript, and sites that are built with them.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import { type JsonRecord, nameAndRange } from "../lock/manifest.ts";
import { readManifest } from "../lock/workspace.ts";
import { type Start, type StartContext, findEntry, findStart, inFolder, labelsOf } from "./node-start.ts";
import { wishedNode } from "./node-version.ts";
import { DEFAULT_PORT, basePlan, configPlan } from "./config-plan.ts";
import type { Overrides } from "./overrides.ts";
import {
  APP_FOLDER,
  type BuildMode,
  type DependencyPlan,
  type HostStep,
  type LayerPlan,
  type LockKind,
  type Plan,
} from "./plan.ts";
import type { Project } from "./project.ts";
import { siteBuildOf, planSite } from "./site-plan.ts";

/** Plans an application that has a package.json. @throws TeuError `ERR_BUILD_START`, `ERR_LOCKFILE_MISSING`, `ERR_BUILD_SOURCE` */
export function planNode(project: Project, overrides: Overrides): Plan {
  const folder = (overrides.app ?? ".").replace(/^\.\//, "").replace(/\/$/, "") || ".";
  const manifest = manifestOf(project, folder);
  const context: StartContext = { project, folder, manifest, overrides };
  const found = findStart(context);
  const site = found === undefined || found.isTool ? siteBuildOf(manifest) : undefined;
  if (site !== undefined && overrides.build !== "bundle")
    return planSite({ project, overrides, folder, manifest, site });
  const build = buildModeOf(context, found);
  const start = build === "bundle" ? bundledStart(context, found) : startOf(context, found, build);
  return assemblePlan(context, start, build);
}

function assemblePlan(context: StartContext, start: Start, build: BuildMode): Plan {
  const { project, manifest, overrides } = context;
  const wish =
    overrides.node === undefined ? wishedNode(project, manifest) : { major: overrides.node, from: "overrides" };
  if (build === "strip") checkStripping(start, wish.major);
  const dependencies = build === "bundle" ? undefined : dependenciesOf(project, manifest, overrides);
  const { name } = manifest;
  const base = basePlan(overrides, { kind: "node", major: wish.major });
  return {
    version: 1,
    kind: "node",
    name: typeof name === "string" ? name : "",
    base,
    build,
    ...(build === "bundle" ? { entry: bundleEntry(context) } : {}),
    steps: build === "script" ? [scriptStep(context, start)] : [],
    ...(dependencies === undefined ? {} : { dependencies }),
    layers: layersOf(context, build, start, dependencies),
    config: configOf(context, start),
    notes: [`Node.js ${wish.major}, by ${wish.from}`, ...start.notes, ...portNote(start, overrides)],
  };
}

function manifestOf(project: Project, folder: string): JsonRecord {
  const manifest = readManifest(project, folder);
  if (manifest !== undefined) return manifest;
  const path = inFolder(folder, "package.json");
  const problem = project.has(path) ? "it is no JSON object" : "there is no such file";
  throw new TeuError<BuildErrorCode>("ERR_BUILD_SOURCE", `Reading "${path}": ${problem}`);
}

function buildModeOf({ manifest, overrides }: StartContext, start: Start | undefined): BuildMode {
  const name = overrides.buildScript ?? "build";
  const hasScript = (nameAndRange(manifest["scripts"])[name] ?? "") !== "";
  if (!hasScript && (overrides.build === "script" || overrides.buildScript !== undefined)) {
    const message = `Planning the build of the application: package.json has no script "${name}", expected it to be there`;
    throw new TeuError<BuildErrorCode>("ERR_BUILD_SOURCE", message);
  }
  if (overrides.build !== undefined) return overrides.build;
  if (hasScript) return "script";
  return start?.entry !== undefined && isTypeScript(start.entry) ? "strip" : "none";
}

function isTypeScript(path: string): boolean {
  return /\.[cm]?ts$/.test(path);
}

function checkStripping({ entry = "" }: Start, major: number): void {
  if (major >= 24) return;
  throw new TeuError<BuildErrorCode>(
    "ERR_BUILD_START",
    `Planning the start of "${entry}": Node.js ${major} does not run TypeScript, expected 24 or newer`,
    {
      hint: 'Give package.json a script "build" that compiles it, ask for Node.js 24, or say "build": "bundle" in teu.build.json',
    },
  );
}

/** @throws TeuError `ERR_BUILD_START` if nothing is started, or what is started is not there and is not made either. */
function startOf({ project, folder }: StartContext, start: Start | undefined, build: BuildMode): Start {
  if (start === undefined) {
    throw new TeuError<BuildErrorCode>(
      "ERR_BUILD_START",
      'Planning the start of the application: package.json has neither a script "start" nor "main" nor "bin", and there is no index.js, server.js or main.ts',
      {
        hint: 'Say it in teu.build.json: { "start": "node FILE" }',
      },
    );
  }
  const { entry } = start;
  if (entry === undefined || build === "script" || isThere(project, inFolder(folder, entry))) return start;
  throw new TeuError<BuildErrorCode>(
    "ERR_BUILD_START",
    `Planning the start of "${entry}": there is no such file, and package.json has no script "build" that makes it`,
  );
}

/** Whether a file is there, also without its ending, as CommonJS allows. */
function isThere(project: Project, path: string): boolean {
  return ["", ".js", ".cjs", ".json", "/index.js"].some((ending) => project.text(path + ending) !== undefined);
}

function bundledStart(context: StartContext, start: Start | undefined): Start {
  const words = ["node", BUNDLE_FILE];
  return {
    words,
    entry: BUNDLE_FILE,
    env: start?.env ?? {},
    isTool: start?.isTool ?? false,
    notes: [`${bundleEntry(context)} and what it imports become one file`],
  };
}

const BUNDLE_FILE = "bundle.mjs";

function bundleEntry(context: StartContext): string {
  const { overrides } = context;
  const entry = overrides.entry ?? findEntry(context);
  if (entry !== undefined) return inFolder(context.folder, entry);
  throw new TeuError<BuildErrorCode>(
    "ERR_BUILD_START",
    "Planning a bundle: there is no src/index.ts, src/main.ts or the like to start from",
    {
      hint: 'Say it in teu.build.json: { "entry": "FILE" }',
    },
  );
}

const LOCKS: readonly (readonly [file: string, kind: LockKind])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["npm-shrinkwrap.json", "npm"],
  ["package-lock.json", "npm"],
];

/** The dependencies of an application; nothing if it has none. @throws TeuError `ERR_LOCKFILE_MISSING` */
function dependenciesOf(project: Project, manifest: JsonRecord, overrides: Overrides): DependencyPlan | undefined {
  const found = lockOf(project);
  if (found !== undefined) return { lock: found[1], file: found[0], installScripts: overrides.installScripts ?? [] };
  const needed = Object.keys({
    ...nameAndRange(manifest["dependencies"]),
    ...nameAndRange(manifest["optionalDependencies"]),
  });
  if (needed.length === 0) return undefined;
  const isBun = project.has("bun.lock") || project.has("bun.lockb");
  throw new TeuError<BuildErrorCode>(
    "ERR_LOCKFILE_MISSING",
    `Planning the dependencies (${needed.slice(0, 3).join(", ")}${needed.length > 3 ? ", …" : ""}): there is no ${isBun ? "lockfile that is read here" : "lockfile"}, expected one of ${LOCKS.map(([file]) => file).join(", ")}`,
    {
      hint: "npm install --package-lock-only writes package-lock.json",
    },
  );
}

/** The lockfile of the package manager that package.json names, or the first that is there. */
function lockOf(project: Project): readonly [string, LockKind] | undefined {
  const { packageManager } = readManifest(project, ".") ?? {};
  const named = typeof packageManager === "string" ? packageManager.split("@")[0] : undefined;
  const there = LOCKS.filter(([file]) => project.has(file));
  return there.find(([, kind]) => kind === named) ?? there[0];
}

function scriptStep({ project, folder, overrides }: StartContext, start: Start): HostStep {
  const manager = lockOf(project)?.[1] ?? "npm";
  const script = overrides.buildScript ?? "build";
  return {
    name: `script ${script} of package.json`,
    run: [manager, "run", script],
    folder,
    ...(start.entry === undefined ? {} : { output: inFolder(folder, start.entry) }),
  };
}

function layersOf(
  { folder, manifest, overrides }: StartContext,
  build: BuildMode,
  start: Start,
  dependencies: DependencyPlan | undefined,
): readonly LayerPlan[] {
  if (build === "bundle") return [{ from: "file", to: `${APP_FOLDER}/${BUNDLE_FILE}`, file: BUNDLE_FILE }];
  const to = overrides.workdir ?? APP_FOLDER;
  const built = build === "script" ? builtFolders(manifest, folder, start) : [];
  return [
    ...(dependencies === undefined ? [] : [{ from: "dependencies", to } as const]),
    {
      from: "application",
      to,
      folder: ".",
      ignore: ["**/node_modules", ...(overrides.ignore ?? []), ...built.map((path) => `!${path}`)],
    },
  ];
}

/** What a build makes: often named in .dockerignore, and wanted all the same. */
function builtFolders(manifest: JsonRecord, folder: string, { entry }: Start): readonly string[] {
  const needed = nameAndRange(manifest["dependencies"]);
  const [top = "", ...below] = (entry ?? "").split("/");
  const folders = [
    ...(below.length > 0 && top !== "src" && top !== "node_modules" ? [top] : []),
    ...("next" in needed ? [".next"] : []),
    ...("nuxt" in needed ? [".output"] : []),
  ];
  return folders.map((name) => inFolder(folder, name));
}

function configOf({ folder, manifest, overrides }: StartContext, start: Start): Plan["config"] {
  const root = overrides.workdir ?? APP_FOLDER;
  const workdir = folder === "." || start.entry === BUNDLE_FILE ? root : `${root}/${folder}`;
  const command = start.isTool ? { entrypoint: start.words } : { cmd: start.words };
  const env = { NODE_ENV: "production", ...start.env };
  return configPlan({ workdir, env, ...command, labels: labelsOf(manifest), isService: !start.isTool }, overrides);
}

function portNote({ isTool, env }: Start, overrides: Overrides): readonly string[] {
  if (isTool || overrides.ports !== undefined || overrides.env?.["PORT"] !== undefined || env["PORT"] !== undefined)
    return [];
  return [`PORT is ${DEFAULT_PORT}, for nothing says otherwise; "env" and "ports" of teu.build.json do`];
}
