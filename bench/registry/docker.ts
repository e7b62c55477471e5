/**
 * Docker's registry to measure: without users and log.
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunningRegistry, answering, endWithUs } from "./contenders.ts";
import type { Keys } from "./tls-keys.ts";

/** Starts Docker's registry with its data below `folder`. */
export async function startDocker(folder: string, port: number, keys?: Keys): Promise<RunningRegistry> {
  mkdirSync(folder);
  const config = join(folder, "config.yml");
  const tls = keys === undefined ? {} : { tls: { certificate: keys.cert, key: keys.key } };
  writeFileSync(
    config,
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, "data") }, cache: { blobdescriptor: "inmemory" } },
      http: { addr: `127.0.0.1:${port}`, ...tls },
    }),
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  endWithUs(child);
  const url = `${keys === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  const version = execFileSync("docker-registry", ["--version"], { encoding: "utf8" }).trim();
  const registry = { name: "docker-registry", version, url, pid: child.pid ?? 0, keys };
  await answering(registry);
  return registry;
}
