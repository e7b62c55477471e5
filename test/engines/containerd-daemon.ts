/**
 * containerd without Kubernetes' half, in a folder of its own.
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";
import { Daemon } from "./daemon.ts";

/** Where containerd of `folder` listens. */
export function containerdSocket(folder: string): string {
  return join(folder, "containerd.sock");
}

/** Starts containerd with its state in `folder`. */
export async function startContainerd(folder: string): Promise<Daemon> {
  const socket = containerdSocket(folder);
  const file = join(folder, "containerd.toml");
  await mkdir(join(folder, "state"), { recursive: true });
  await writeFile(file, configuration(folder, socket, await majorVersion()));
  return await Daemon.start(["containerd", "--config", file], join(folder, "containerd.log"), [
    "ctr",
    "--address",
    socket,
    "--connect-timeout",
    "1s",
    "version",
  ]);
}

async function majorVersion(): Promise<number> {
  const { stdout } = await command(["containerd", "--version"]);
  return Number(/\s[v]?(\d+)\.\d+/u.exec(stdout)?.[1] ?? "1");
}

function configuration(folder: string, socket: string, major: number): string {
  const kubernetes =
    major >= 2
      ? ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"]
      : ["io.containerd.grpc.v1.cri"];
  return [
    `version = ${major >= 2 ? 3 : 2}`,
    `root = ${JSON.stringify(join(folder, "root"))}`,
    `state = ${JSON.stringify(join(folder, "state"))}`,
    `disabled_plugins = ${JSON.stringify(kubernetes)}`,
    "[grpc]",
    `  address = ${JSON.stringify(socket)}`,
    "",
  ].join("\n");
}
