/**
 * Sockets: pairs and Unix sockets, and descriptors sent over them.
 * @module
 */
import { ENAMETOOLONG, check } from "./errno.ts";
import { close } from "./descriptors.ts";
import { O_DIRECTORY, O_PATH, open } from "./files.ts";
import { int32At, words32 } from "./words.ts";

const AF_UNIX = 1;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_SEQPACKET = 5;
const MAX_FDS = 64;

/** Two connected sockets. */
export interface SocketPair {
  readonly ours: number;
  readonly theirs: number;
}

/** Makes a pair whose messages keep their bounds. @throws SysError */
export function socketPair(): SocketPair {
  const ends = words32([0, 0]);
  check(sys_socketpair(SOCK_SEQPACKET, ends), "socketpair", "");
  return { ours: int32At(ends, 0), theirs: int32At(ends, 1) };
}

/** Connects to a Unix socket. @throws SysError */
export function connectUnix(path: string, type: number = SOCK_STREAM): number {
  const fd = check(sys_socket(AF_UNIX, type, 0), "socket", "");
  let result = sys_connect_unix(fd, path);
  if (result === -ENAMETOOLONG) {
    const folder = openFolderOf(path);
    result = sys_connect_unix(fd, shortPath(folder, path));
    close(folder);
  }
  if (result < 0) close(fd);
  check(result, "connect to", path);
  return fd;
}

/** Makes a Unix socket at a path. @throws SysError */
export function bindUnix(path: string, type: number): number {
  const fd = check(sys_socket(AF_UNIX, type, 0), "socket", "");
  let result = sys_bind_unix(fd, path);
  if (result === -ENAMETOOLONG) {
    const folder = openFolderOf(path);
    result = sys_bind_unix(fd, shortPath(folder, path));
    close(folder);
  }
  if (result < 0) close(fd);
  check(result, "bind", path);
  return fd;
}

// An address has room for 107 bytes. A longer path is reached by its folder.
function openFolderOf(path: string): number {
  const slash = path.lastIndexOf("/");
  return open(slash < 0 ? "." : path.slice(0, slash + 1), O_PATH | O_DIRECTORY);
}

function shortPath(folder: number, path: string): string {
  return `/proc/self/fd/${folder}/${path.slice(path.lastIndexOf("/") + 1)}`;
}

/** Sends one message with descriptors. @throws SysError */
export function send(fd: number, message: string, fds: readonly number[] = []): void {
  check(sys_send(fd, message, words32(fds)), "send", "");
}

/** Sends one message; the negated errno on refusal. */
export function trySend(fd: number, message: string): number {
  return sys_send(fd, message, new Uint8Array(0));
}

/** One message and the descriptors that came with it. */
export interface Message {
  readonly text: string;
  readonly fds: readonly number[];
}

/** Takes one message; undefined at the end of the connection. @throws SysError */
export function receive(fd: number, maxBytes: number): Message | undefined {
  const room = words32(Array.from({ length: MAX_FDS }, () => 0));
  let text = "";
  const count = sys_receive(fd, maxBytes, room, (message) => {
    text = message;
  });
  if (count === -32 || count === -104) return undefined;
  check(count, "receive", "");
  const fds: number[] = [];
  for (let i = 0; i < count; i++) fds.push(int32At(room, i));
  return { text, fds };
}

/** Lets others connect. @throws SysError */
export function listen(fd: number): void {
  check(sys_listen(fd, 1), "listen", "");
}

/** Takes the next connection. @throws SysError */
export function accept(fd: number): number {
  return check(sys_accept(fd), "accept", "");
}

const AF_NETLINK = 16;
const SOCK_RAW = 3;

/** A socket for requests about the network interfaces of this namespace. Close it. @throws SysError */
export function openRouteSocket(): number {
  const fd = check(sys_socket(AF_NETLINK, SOCK_RAW, 0), "socket", "netlink");
  check(sys_bind_netlink(fd), "bind", "netlink");
  return fd;
}

/** Brings up a network interface of this namespace; the negated errno on refusal. */
export function tryLinkUp(name: string): number {
  return sys_link_up(name);
}
