/**
 * What the tests ask of every engine, as words of its command line: an engine is data, the checks are the same for all.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type SkipReason, anyOf, needsProgram, needsRoot, programPath } from "@teu/testing/skip";
import { projectRoot } from "../../tools/project.ts";
import { needsStaticBusybox } from "./image.ts";

/** A container to run. What is absent is left to the engine. */
export interface Job {
  readonly runtime: string;
  readonly id: string;
  readonly args: readonly string[];
  /** Leave it running; else it runs to its end and is removed. */
  readonly detached?: boolean;
  readonly terminal?: boolean;
  readonly interactive?: boolean;
  readonly memoryBytes?: number;
  readonly cpus?: number;
  readonly pids?: number;
  readonly readOnly?: boolean;
  /** Path of a profile as Docker writes them. */
  readonly seccompProfile?: string;
  /** Root inside is this user outside, and so on for 65536 users and groups. */
  readonly firstUser?: number;
  readonly user?: string;
  readonly folder?: string;
  /** A folder of the machine, read-only at /shared. */
  readonly shared?: string;
  /** A value of the kernel, as `net.ipv4.ip_forward=1`. */
  readonly sysctl?: string;
}

/** A setting of {@link Job}. */
export type Setting = Exclude<keyof Job, "runtime" | "id" | "args">;

/** What can be done to a container that runs. */
export type Verb = "pause" | "resume" | "halveMemory" | "stats" | "processes" | "stop" | "kill" | "wait" | "remove";

/** Exit codes of failures. */
export interface Failures {
  /** A program that is not there; as a later process of a container where that differs. */
  readonly missing: number;
  readonly missingLater?: number;
  /** A file that is no program. */
  readonly noProgram: number;
  /** A setting that the kernel refuses. */
  readonly refused: number;
}

/** An engine: how it says what. */
export interface Engine {
  readonly name: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The settings of a job that it knows. */
  readonly settings: readonly Setting[];
  readonly run: (job: Job) => string[];
  readonly exec: (id: string, args: readonly string[], terminal: boolean) => string[];
  readonly verbs: Readonly<Partial<Record<Verb, (id: string) => string[]>>>;
  /** Prints a line with the container's id, the pid of its first process, and its status. */
  readonly inspect: (id: string) => string[];
  readonly failures: Failures;
  /** What newer runtimes say of the configurations that it writes. */
  readonly warnings?: RegExp;
  /** For how many seconds a program has to stay after it printed something, so that it is surely heard. Default: not at all. */
  readonly hearsWithin?: number;
}

/** The runtimes that each engine is given, by path. With runc, which is the control, everything has to pass too. */
export const RUNTIMES: Readonly<Record<string, string>> = {
  teu: join(process.env["TEU_TEST_RUNTIME_DIST"] ?? join(projectRoot, "packages/runtime/dist"), "teu-runtime"),
  reference: join(
    process.env["TEU_TEST_RUNTIME_DIST"] ?? join(projectRoot, "packages/runtime/dist"),
    "teu-runtime-quickjs",
  ),
  runc: programPath("runc") ?? "/usr/sbin/runc",
};

/** Memory that containers are given, in bytes, before {@link Verb} `halveMemory`. */
export const MEMORY_BYTES = 128 * 1024 * 1024;

/** Why an engine cannot be tested: the tests take too long for every day, and need its programs. */
export function whySkip(...programs: readonly string[]): SkipReason {
  if (process.env["TEU_TEST_ENGINES"] !== "1") return "needs TEU_TEST_ENGINES=1: engines take minutes";
  const missing = Object.entries(RUNTIMES).find(([, path]) => !existsSync(path));
  if (missing !== undefined) return `needs the runtime ${missing[0]}`;
  return anyOf(needsRoot(), needsStaticBusybox(), needsProgram("script", ...programs));
}

/** What the cgroup of a process says in the file of one controller; `v1` and `v2` name it. */
export function cgroupValue(
  pid: number,
  controller: string,
  names: { readonly v1: string; readonly v2: string },
): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trimEnd().split("\n");
  const fields = lines.map((line) => line.split(":"));
  const own = fields.find(([, controllers = ""]) => controllers.split(",").includes(controller));
  if (own !== undefined) return readFileSync(join("/sys/fs/cgroup", controller, own[2] ?? "", names.v1), "utf8").trim();
  const unified = fields.find(([number]) => number === "0");
  return readFileSync(join("/sys/fs/cgroup", unified?.[2] ?? "", names.v2), "utf8").trim();
}
