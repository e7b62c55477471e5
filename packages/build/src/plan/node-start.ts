/**
 * How an application of Node.js is started: from what its author says, made into a command without a shell where that goes.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import { type JsonRecord, isObject, nameAndRange, programsOf } from "../lock/manifest.ts";
import type { Overrides } from "./overrides.ts";
import { procfileCommand } from "./procfile.ts";
import type { Project } from "./project.ts";
import { simpleCommand } from "./shell-words.ts";

/** How an application is started. */
export interface Start {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The file that Node.js runs, relative to the application; nothing where another program is started. */
  readonly entry?: string;
  /** Whether it is a program with arguments, rather than a service. */
  readonly isTool: boolean;
  readonly notes: readonly string[];
}

const ENTRIES = ["server", "index", "main", "app", "src/server", "src/index", "src/main", "src/app"];
const ENDINGS = [".js", ".mjs", ".cjs", ".ts", ".mts"];

/** What is looked at. */
export interface StartContext {
  readonly project: Project;
  readonly folder: string;
  readonly manifest: JsonRecord;
  readonly overrides: Overrides;
}

/** Finds out how the application is started; nothing if nothing says so. */
export function findStart(context: StartContext): Start | undefined {
  const { manifest, overrides, project } = context;
  if (overrides.start !== undefined) {
    return typeof overrides.start === "string"
      ? fromText(overrides.start, context)
      : fromWords(overrides.start, {}, context);
  }
  if (overrides.entry !== undefined) return fromWords(["node", overrides.entry], {}, context);
  const procfile = procfileCommand(project);
  if (procfile !== undefined) return fromText(procfile, context);
  const script = nameAndRange(manifest["scripts"])["start"];
  if (script !== undefined && script !== "") return fromText(script, context);
  const { main } = manifest;
  if (typeof main === "string" && main !== "") return fromWords(["node", main.replace(/^\.\//, "")], {}, context);
  const entry = findEntry(context);
  if (entry !== undefined) return fromWords(["node", entry], {}, context);
  const [program] = programsOf(manifest).values();
  return program === undefined ? undefined : { ...fromWords(["node", program], {}, context), isTool: true };
}

/** The source file that is usual for an entry; nothing if there is none. */
export function findEntry({ project, folder }: StartContext): string | undefined {
  return ENTRIES.flatMap((name) => ENDINGS.map((ending) => name + ending)).find((name) =>
    project.has(inFolder(folder, name)),
  );
}

/** A path below a folder, which may be `.`. */
export function inFolder(folder: string, path: string): string {
  return folder === "." ? path : `${folder}/${path}`;
}

const MAX_SCRIPTS = 8;

function fromText(text: string, context: StartContext, depth = 0): Start {
  const command = simpleCommand(text);
  if (command === undefined) {
    const note = `The start command needs a shell, so the base must have /bin/sh: ${text}`;
    return { words: ["/bin/sh", "-c", text], env: {}, isTool: false, notes: [note] };
  }
  const called = scriptCalled(command.words);
  const script = called === undefined ? undefined : nameAndRange(context.manifest["scripts"])[called];
  if (called === undefined) return fromWords(command.words, command.env, context);
  if (script === undefined || depth === MAX_SCRIPTS) {
    throw new TeuError<BuildErrorCode>(
      "ERR_BUILD_START",
      `Reading the start command "${text}": package.json has no script "${called}"`,
    );
  }
  const start = fromText(script, context, depth + 1);
  return { ...start, env: { ...start.env, ...command.env } };
}

/** The script of package.json that a command runs, as `npm run NAME`. */
function scriptCalled([program, verb, name]: readonly string[]): string | undefined {
  if (program !== "npm" && program !== "pnpm" && program !== "yarn") return undefined;
  if (verb === "run" || verb === "run-script") return name;
  return program === "npm" && verb !== "start" ? undefined : verb;
}

// Programs that run TypeScript in development.
const RUNNERS: ReadonlySet<string> = new Set(["tsx", "ts-node", "ts-node-esm", "nodemon", "bun", "esno", "swc-node"]);

function fromWords(words: readonly string[], env: Readonly<Record<string, string>>, context: StartContext): Start {
  const [program = "", ...args] = words;
  if (program === "node") return nodeStart(args, env);
  const { dependencies, devDependencies } = context.manifest;
  const isDevelopment = !(program in nameAndRange(dependencies)) && program in nameAndRange(devDependencies);
  const file = args.find((arg) => !arg.startsWith("-") && arg !== "watch");
  if (RUNNERS.has(program) && isDevelopment && file !== undefined) {
    const start = nodeStart([file, ...args.slice(args.indexOf(file) + 1)], env);
    return { ...start, notes: [`${program} is for development and is not in the image: Node.js runs ${file} itself`] };
  }
  return { words, env, isTool: false, notes: [] };
}

// Options of node whose value is the next word.
const WITH_VALUE: ReadonlySet<string> = new Set([
  "-r",
  "--require",
  "--import",
  "--loader",
  "--experimental-loader",
  "--env-file",
  "-C",
  "--conditions",
  "--title",
]);

function nodeStart(args: readonly string[], env: Readonly<Record<string, string>>): Start {
  let at = 0;
  while (args[at]?.startsWith("-") === true) at += WITH_VALUE.has(args[at] ?? "") ? 2 : 1;
  const entry = args[at]?.replace(/^\.\//, "");
  const words = ["node", ...args.slice(0, at), ...(entry === undefined ? [] : [entry]), ...args.slice(at + 1)];
  return { words, env, ...(entry === undefined ? {} : { entry }), isTool: false, notes: [] };
}

/** Facts of package.json as labels of an image. */
export function labelsOf(manifest: JsonRecord): Readonly<Record<string, string>> {
  const { repository } = manifest;
  const address = isObject(repository) ? repository["url"] : repository;
  const facts = {
    title: manifest["name"],
    version: manifest["version"],
    description: manifest["description"],
    licenses: manifest["license"],
    url: manifest["homepage"],
    source: typeof address === "string" ? sourceAddress(address) : undefined,
  };
  const labels = Object.entries(facts).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string" && pair[1] !== "",
  );
  return Object.fromEntries(labels.map(([name, value]) => [`org.opencontainers.image.${name}`, value]));
}

function sourceAddress(address: string): string | undefined {
  const plain = address
    .replace(/^git\+/, "")
    .replace(/^git:\/\//, "https://")
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, "https://$1/");
  const url = URL.canParse(plain) ? new URL(plain) : undefined;
  return url?.protocol === "https:" && url.username === "" && url.password === "" ? url.href : undefined;
}
