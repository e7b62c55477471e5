/**
 * One more program in a container that runs.
 * @module
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { resolveUser } from "@teu/layer/bundle/users";
import { TeuError } from "@teu/std/error";
import { capabilitiesOf } from "../config/capabilities.ts";
import { DEFAULT_OPTIONS } from "../config/options.ts";
import type { Engine } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { type ContainerRecord, containerFolders, readTextIfThere } from "./record.ts";
import { resolveInside } from "./inside.ts";
import { callWords } from "./runtime-call.ts";
import { exitCodeOf } from "./start-error.ts";
import { statusOf } from "./status.ts";

/** What to run. */
export interface ExecOptions {
  readonly words: readonly string[];
  readonly terminal: boolean;
  readonly interactive: boolean;
  readonly detach: boolean;
  readonly privileged: boolean;
  /** `NAME=VALUE`, over the container's own. */
  readonly env: readonly string[];
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
}

interface BundleProcess {
  readonly user: { readonly uid: number };
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: { readonly bounding?: readonly string[] };
}

/**
 * Runs a program in a container, with the streams of this process; its exit code.
 * @throws TeuError `ERR_CONTAINER_STOPPED`, `ERR_USER_UNKNOWN`, `ERR_CONTAINER_START` with `exitCode` in its detail
 */
export async function execInContainer(engine: Engine, record: ContainerRecord, options: ExecOptions): Promise<number> {
  const { status, pid } = statusOf(engine.folders, record.id);
  if (status !== "running") {
    const message = `Running a program in container "${record.name}": it is ${status}, expected it to run`;
    throw new TeuError<EngineErrorCode>("ERR_CONTAINER_STOPPED", message);
  }
  const { bundle, run } = containerFolders(engine.folders, record.id);
  const folder = join(run, `exec-${randomBytes(6).toString("hex")}`);
  mkdirSync(folder, { mode: 0o700 });
  try {
    const { process: first } = JSON.parse(readTextIfThere(join(bundle, "config.json")) ?? "{}") as {
      readonly process: BundleProcess;
    };
    writeFileSync(join(folder, "process.json"), JSON.stringify(processOf(first, options, pid)));
    return await runExec(engine, record, { folder, options });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function processOf(first: BundleProcess, options: ExecOptions, pid: number): object {
  const variables = new Map<string, string>();
  const terminal = options.terminal ? ["TERM=xterm"] : [];
  for (const variable of [...terminal, ...first.env, ...options.env])
    variables.set(variable.slice(0, variable.indexOf("=")), variable);
  const all = options.privileged
    ? capabilitiesOf({ ...DEFAULT_OPTIONS.security, privileged: true })
    : (first.capabilities.bounding ?? []);
  const { home, ...user } = options.user === undefined ? {} : userOf(options.user, pid, all);
  if (home !== undefined && !options.env.some((variable) => variable.startsWith("HOME=")))
    variables.set("HOME", `HOME=${home}`);
  const rights = options.privileged ? { capabilities: { bounding: all, effective: all, permitted: all } } : {};
  return {
    ...first,
    ...user,
    ...rights,
    terminal: options.terminal,
    args: options.words,
    env: [...variables.values()],
    cwd: options.workdir ?? first.cwd,
  };
}

interface ExecUser {
  readonly home?: string | undefined;
  readonly user?: object;
  readonly capabilities?: object;
}

/** Another user has no more than the container may have. */
function userOf(text: string, pid: number, capabilities: readonly string[]): ExecUser {
  const file = (name: string): string | undefined => {
    const path = resolveInside(`/proc/${pid}/root`, `/etc/${name}`);
    return path === undefined ? undefined : readTextIfThere(path);
  };
  const { uid, gid, additionalGids, home } = resolveUser(text, { passwd: file("passwd"), group: file("group") });
  const effective = uid === 0 ? capabilities : [];
  return {
    home,
    user: { uid, gid, ...(additionalGids === undefined ? {} : { additionalGids }) },
    capabilities: { bounding: capabilities, effective, permitted: effective },
  };
}

interface Running {
  readonly folder: string;
  readonly options: ExecOptions;
}

const SIGNALLED = 128;
const FORWARDED: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

async function runExec(engine: Engine, record: ContainerRecord, { folder, options }: Running): Promise<number> {
  const log = join(folder, "log.json");
  const detach = options.detach ? ["--detach"] : [];
  const call = [
    "--log",
    log,
    "--log-format",
    "json",
    "exec",
    ...detach,
    "--process",
    join(folder, "process.json"),
    record.id,
  ];
  const [program = "", ...words] = callWords(engine, record, call);
  const input = options.interactive ? "inherit" : "ignore";
  const child = spawn(program, words, {
    stdio: options.detach
      ? "ignore"
      : [options.terminal ? "inherit" : input, "inherit", options.terminal ? "inherit" : "pipe"],
  });
  const errors: Buffer[] = [];
  // What the runtime itself says is told in another way; a program's own words are passed on as they come.
  child.stderr?.on("data", (chunk: Buffer) => {
    if (existsFailure(log)) errors.push(chunk);
    else process.stderr.write(chunk);
  });
  const forward = (name: NodeJS.Signals): void => void child.kill(name);
  for (const name of FORWARDED) process.on(name, forward);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...ended) => resolve(ended));
  });
  for (const name of FORWARDED) process.off(name, forward);
  if (existsFailure(log)) throw execFailed(record, log);
  return code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]);
}

function existsFailure(log: string): boolean {
  return (readTextIfThere(log) ?? "").includes('"level":"error"');
}

function execFailed(record: ContainerRecord, log: string): TeuError<EngineErrorCode> {
  const lines = (readTextIfThere(log) ?? "").split("\n").filter((line) => line.includes('"level":"error"'));
  const { msg = "it failed" } = JSON.parse(lines.at(-1) ?? "{}") as { readonly msg?: string };
  const message = `Running a program in container "${record.name}": ${msg}`;
  return new TeuError("ERR_CONTAINER_START", message, { detail: { exitCode: exitCodeOf(`exec ${msg}`) } });
}
