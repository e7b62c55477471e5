/**
 * A dockerd for benchmarks, where none is named: with all of its state in a folder of its own, gone when the benchmark ends.
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { programPath } from "@teu/testing/skip";

const TRIES = 300;
const TRY_MS = 100;

let address: Promise<string | undefined> | undefined;

/**
 * The address of a daemon for `DOCKER_HOST`: the one that the environment names, or one that is started here by root.
 * Nothing where there is no docker. Containers of the latter have no network but `none` and `host`.
 */
export async function dockerHost(): Promise<string | undefined> {
  if (programPath("docker") === undefined) return undefined;
  return process.env["DOCKER_HOST"] ?? (await (address ??= start()));
}

async function start(): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || ["dockerd", "containerd"].some((name) => programPath(name) === undefined))
    return undefined;
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
  const child = spawn("dockerd", argv, { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  child.unref();
  process.once("exit", () => stop(child.pid ?? 0, folder));
  for (let tries = 0; tries < TRIES && child.exitCode === null; tries += 1) {
    if (spawnSync("docker", ["version"], { env: { ...process.env, DOCKER_HOST: host } }).status === 0) return host;
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
