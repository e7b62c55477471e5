/**
 * The engine as its functions take it: where things are, which programs to use, and who may forbid a start.
 * @module
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runtimeProgram } from "@teu/runtime/client/program";
import { TeuError } from "@teu/std/error";
import type { ContainerOptions } from "./config/options.ts";
import type { EngineErrorCode } from "./errors.ts";
import { readRecord } from "./files.ts";
import type { EngineFolders } from "./folders.ts";

/** What is about to be started. */
export interface AdmissionRequest {
  readonly id: string;
  readonly name: string;
  /** Name of the image, in full. */
  readonly image: string;
  /** Digest of what the name stands for, of the manifest and of the configuration. */
  readonly root: string;
  readonly manifest: string;
  readonly config: string;
  readonly options: ContainerOptions;
}

/** Judges every start of a container. */
export interface Admission {
  /** Returns if the container may start. @throws TeuError `ERR_NOT_ADMITTED` that says why not */
  admit(request: AdmissionRequest): Promise<void>;
}

/** One engine. */
export interface Engine {
  readonly folders: EngineFolders;
  readonly admission?: Admission | undefined;
  /**
   * Words that run the commands `admit ID`, `connect ID` and `ended ID` of this engine in a process of their own. The
   * monitor runs them where no command is there to do what they do.
   */
  readonly self: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const MONITOR = "../dist/teu-monitor";

/** The program `teu-monitor`, which this package brings. */
export function monitorPath(): string {
  return join(import.meta.dirname, MONITOR);
}

/** Name of the runtime that the engine brings. */
export const DEFAULT_RUNTIME = "teu-runtime";

const SETTINGS = "/etc/teu/engine.json";

interface EngineSettings {
  readonly runtimes?: Readonly<Record<string, readonly string[]>>;
}

/** The words that run a runtime, with its options before the command. @throws TeuError `ERR_ENGINE_PROGRAM` */
export function runtimeWords({ folders, env }: Engine, name: string = DEFAULT_RUNTIME): readonly string[] {
  const settings = name === DEFAULT_RUNTIME ? undefined : readRecord<EngineSettings>(SETTINGS)?.runtimes?.[name];
  const [program = name, ...words] = settings ?? [];
  const path = name === DEFAULT_RUNTIME ? runtimeProgram() : findProgram(program, env);
  return [path, ...words, "--root", runtimeFolder(folders, name)];
}

/** Where a runtime keeps what it has to know of containers, each in a folder named after it. */
export function runtimeFolder({ runtime }: EngineFolders, name: string = DEFAULT_RUNTIME): string {
  return join(runtime, name.replaceAll("/", "_"));
}

/** Finds a program by path or name. @throws TeuError `ERR_ENGINE_PROGRAM` */
export function findProgram(name: string, env: Engine["env"]): string {
  const found = tryFindProgram(name, env);
  if (found !== undefined) return found;
  throw new TeuError<EngineErrorCode>("ERR_ENGINE_PROGRAM", `Looking for the program "${name}": it is not there`, {
    hint: "Install it, or give its path",
  });
}

/** Finds a program by path or name. */
export function tryFindProgram(name: string, env: Engine["env"]): string | undefined {
  if (name.includes("/")) return isProgram(name) ? name : undefined;
  const folders = [...(env["PATH"] ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
