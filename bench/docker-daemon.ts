/**
 * A dockerd for benchmarks, where none is named: with all of its state in a folder of its own, gone when the benchmark ends.
 * @module
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { programPath } from "@teu/testing/skip";
import { projectRoot } from "../tools/project.ts";

const TRIES = 300;
const TRY_MS = 100;

/** A docker to measure: the words and the environment of a client that talks to its daemon. */
export interface Docker {
  readonly program: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where tools/peers/docker.sh unpacks a newer one than the machine's. */
const UNPACKED = join(projectRoot, ".setup/peers/docker");

let known: Promise<Docker | undefined> | undefined;

/**
 * The docker whose daemon DOCKER_HOST names, or one that is started here by root: the one that tools/peers/docker.sh has
 * unpacked, or the machine's. Nothing where there is none. Containers of one started here have no network but `none` and
 * `host`.
 */
export async function findDocker(): Promise<Docker | undefined> {
  return await (known ??= find());
}

async function find(): Promise<Docker | undefined> {
  const isUnpacked = existsSync(join(UNPACKED, "done"));
  const program = isUnpacked ? join(UNPACKED, "usr/bin/docker") : programPath("docker");
  if (program === undefined) return undefined;
  const named = process.env["DOCKER_HOST"];
  const host = named ?? (await start(program, isUnpacked ? unpackedPath() : {}));
  if (host === undefined) return undefined;
  const env = { DOCKER_HOST: host, ...(isUnpacked ? { DOCKER_CONFIG: join(UNPACKED, "client") } : {}) };
  const ask = ["version", "--format", "{{.Server.Version}}"];
  const version = execFileSync(program, ask, { encoding: "utf8", env: { ...process.env, ...env } }).trim();
  return { program, version: `docker ${version}`, env };
}

function unpackedPath(): Readonly<Record<string, string>> {
  const own = ["usr/bin", "usr/sbin"].map((name) => join(UNPACKED, name));
  return { PATH: [...own, process.env["PATH"]].join(":") };
}

async function start(program: string, more: Readonly<Record<string, string>>): Promise<string | undefined> {
  const isHere =
    more["PATH"] !== undefined || ["dockerd", "containerd"].every((name) => programPath(name) !== undefined);
  if (process.getuid?.() !== 0 || !isHere) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "teu-bench-docker-"));
  const host = `unix://${folder}/docker.sock`;
  const log = openSync(join(folder, "log"), "w");
  const argv = [
    `--host=${host}`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/pid`,
    "--iptables=false",
    "--ip6tables=false",
    "--bridge=none",
  ];
  const env = { ...process.env, ...more };
  const child = spawn("dockerd", argv, { stdio: ["ignore", log, log], detached: true, env });
  closeSync(log);
  child.unref();
  process.once("exit", () => stop(child.pid ?? 0, folder));
  for (let tries = 0; tries < TRIES && child.exitCode === null; tries += 1) {
    if (spawnSync(program, ["version"], { env: { ...env, DOCKER_HOST: host } }).status === 0) return host;
    await sleep(TRY_MS);
  }
  throw new Error(`dockerd did not start: see ${folder}/log`);
}

/** The process may not end before its daemon has: nothing else would remove the folder. */
function stop(pid: number, folder: string): void {
  // It takes the file with its process id away last of all.
  const script = 'kill $1; while [ -e "$2/pid" ]; do sleep 0.1; done; rm -rf "$2"';
  spawnSync("timeout", ["30", "sh", "-c", script, "sh", String(pid), folder]);
}
