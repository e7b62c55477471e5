/**
 * Passing on to systemd that the program in a container is ready: NOTIFY_SOCKET, through a socket of the container's own.
 * https://www.freedesktop.org/software/systemd/man/sd_notify.html
 * @module
 */
import { close, pipe, waitReadable } from "@teu/kernel/descriptors";
import { CWD, chmodAt, exists, mkdirAt } from "@teu/kernel/files";
import { SOCK_DGRAM, bindUnix, connectUnix, receive, send } from "@teu/kernel/sockets";
import type { Config } from "../config/config.ts";
import type { MountConfig } from "../config/mounts.ts";

const FOLDER = "notify";
const SOCKET = "notify.sock";
const INSIDE = "/run/notify";
const MAX_MESSAGE_BYTES = 4096;
const BARRIER_TIMEOUT_MS = 30_000;

/** The configuration with a place for the socket, and its name in the environment. Makes the folder in the state folder. */
export function withNotifySocket(config: Config, folder: string): Config {
  mkdirAt(CWD, `${folder}/${FOLDER}`, 0o755);
  const mount: MountConfig = {
    destination: INSIDE,
    source: `${folder}/${FOLDER}`,
    type: "",
    options: ["bind", "nosuid", "noexec", "nodev", "ro"],
    isBind: true,
    uidMappings: [],
    gidMappings: [],
    field: "NOTIFY_SOCKET",
  };
  const env = config.process.env.concat([`NOTIFY_SOCKET=${INSIDE}/${SOCKET}`]);
  return { ...config, mounts: config.mounts.concat([mount]), process: { ...config.process, env } };
}

/** The configuration of a container in `folder` as it was made: with the place for the socket where it has one. */
export function asNotifying(config: Config, folder: string): Config {
  return exists(`${folder}/${FOLDER}`) ? withNotifySocket(config, folder) : config;
}

/** Opens the socket of a container that has a place for one; -1 otherwise. @throws SysError */
export function openNotifySocket(folder: string, host: string): number {
  const path = `${folder}/${FOLDER}/${SOCKET}`;
  if (host === "" || !exists(`${folder}/${FOLDER}`) || exists(path)) return -1;
  const socket = bindUnix(path, SOCK_DGRAM);
  chmodAt(CWD, path, 0o777);
  return socket;
}

/** Waits until the program says that it is ready, or has ended, and tells the host. @param pid what systemd shall watch @throws SysError */
export function passReadiness(socket: number, host: string, pidfd: number, pid: number): void {
  if (socket < 0) return;
  while (waitReadable([socket, pidfd], -1).includes(socket)) {
    const message = receive(socket, MAX_MESSAGE_BYTES);
    const ready = message?.text.split("\n").find((line) => line.startsWith("READY="));
    if (ready === undefined) continue;
    tellHost(host, ready, pid);
    break;
  }
  close(socket);
}

function tellHost(host: string, ready: string, pid: number): void {
  const client = connectUnix(host, SOCK_DGRAM);
  const barrier = pipe();
  send(client, `${ready}\n`);
  send(client, `MAINPID=${pid}\n`);
  // Systemd closes the pipe when it has taken all that came before.
  send(client, "BARRIER=1", [barrier.writer]);
  close(barrier.writer);
  waitReadable([barrier.reader], BARRIER_TIMEOUT_MS);
  close(barrier.reader);
  close(client);
}
