/**
 * A docker daemon on the containerd of a folder, without networks of its own.
 * @module
 */
import { join } from "node:path";
import { containerdSocket } from "../engines/containerd-daemon.ts";
import { Daemon } from "../engines/daemon.ts";

/** Starts the daemon with its state in `folder`, where `daemon.json` is its configuration. It listens at `docker.sock` there. */
export async function startDockerd(folder: string): Promise<Daemon> {
  const socket = `unix://${folder}/docker.sock`;
  const words = [
    `--config-file=${folder}/daemon.json`,
    `--containerd=${containerdSocket(folder)}`,
    `--host=${socket}`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/docker.pid`,
    "--storage-driver=vfs",
    "--iptables=false",
    "--ip6tables=false",
    "--bridge=none",
  ];
  return await Daemon.start(["dockerd", ...words], join(folder, "dockerd.log"), [
    "docker",
    "--host",
    socket,
    "version",
  ]);
}
