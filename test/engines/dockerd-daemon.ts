/**
 * A dockerd with all of its state in a folder of its own.
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { containerdSocket } from "./containerd-daemon.ts";
import { Daemon } from "./daemon.ts";

/** How dockerd is to be. */
export interface DockerdOptions {
  /** Paths of runtimes by the names that it is to know them by, beside runc. */
  readonly runtimes?: Readonly<Record<string, string>>;
  /** Its storage driver: `vfs`, the default, works everywhere, and copies whole trees. */
  readonly driver?: string;
}

/**
 * Starts a dockerd beside the containerd of `folder`; it listens at `docker.sock` there.
 * @param docker The words of a client of it.
 */
export async function startDockerd(
  folder: string,
  docker: readonly string[],
  { runtimes = {}, driver = "vfs" }: DockerdOptions = {},
): Promise<Daemon> {
  const known = Object.fromEntries(Object.entries(runtimes).map(([name, path]) => [name, { path }]));
  await writeFile(join(folder, "daemon.json"), JSON.stringify({ runtimes: known }));
  const argv = [
    "dockerd",
    `--config-file=${folder}/daemon.json`,
    `--containerd=${containerdSocket(folder)}`,
    `--host=unix://${folder}/docker.sock`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/docker.pid`,
    `--storage-driver=${driver}`,
    "--iptables=false",
    "--ip6tables=false",
    "--bridge=none",
  ];
  return await Daemon.start(argv, join(folder, "dockerd.log"), [...docker, "version"]);
}
