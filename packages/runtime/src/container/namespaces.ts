/**
 * The namespaces of a container: which are new, which are joined, and how a process gets into them.
 * @module
 */
import { ENOENT, SysError } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { O_RDONLY, open, writeFile } from "@teu/kernel/files";
import {
  CLONE_NEWCGROUP,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  NAMESPACE_KINDS,
  joinNamespace,
  tryNamespaceType,
  unshare,
} from "@teu/kernel/namespaces";
import { type Child, CLONE_PARENT, clone, exitNow, signalProcess, wait } from "@teu/kernel/processes";
import { SIGKILL } from "@teu/kernel/signals";
import { receive, send, socketPair } from "@teu/kernel/sockets";
import type { Config } from "../config/config.ts";
import type { NamespaceConfig, TimeOffset } from "../config/namespaces.ts";
import { attempt, asFailure, fieldFailure, packFailure, unpackFailure } from "../failure.ts";

/** A namespace to join. */
export interface Joining {
  readonly type: string;
  readonly flag: number;
  /** An open nsfs file. */
  readonly fd: number;
  readonly field: string;
}

/** The namespaces that a process is to have. */
export interface Namespaces {
  /** CLONE_NEW… flags of new ones, but for the cgroup namespace, which is made after the cgroups are joined. */
  readonly flags: number;
  readonly joins: readonly Joining[];
  readonly timeOffsets: readonly TimeOffset[];
}

/** What to do about the process of a launch. */
export interface LaunchActions {
  /** Gives a new user namespace its ids, in the runtime. @param pid a process in it */
  readonly mapIds: (pid: number) => void;
  /** Runs in the new process, and does not return. */
  readonly body: () => void;
}

/** The flag of a type in the configuration. */
export function namespaceFlag(type: string): number {
  return NAMESPACE_KINDS.find((kind) => kind.name === type)?.flag ?? 0;
}

/** Tells whether a configuration asks for a new namespace of that type. */
export function makesNew(config: Config, type: string): boolean {
  return config.namespaces.some((namespace) => namespace.type === type && namespace.path === "");
}

/** Tells whether the container has a namespace of that type other than the runtime's. */
export function hasOwn(config: Config, type: string): boolean {
  return config.namespaces.some((namespace) => namespace.type === type);
}

/** Opens the namespaces to join, and makes sure that each is of its type. @throws Failure */
export function openNamespaces(config: Config): Namespaces {
  let flags = 0;
  const joins: Joining[] = [];
  for (const namespace of config.namespaces) {
    const flag = namespaceFlag(namespace.type);
    if (namespace.path !== "") joins.push(openJoining(namespace, flag));
    else if (flag !== CLONE_NEWCGROUP) flags += flag;
  }
  return { flags, joins, timeOffsets: config.timeOffsets };
}

function openJoining({ type, path, field }: NamespaceConfig, flag: number): Joining {
  let fd = -1;
  attempt(`${field}.path`, () => {
    fd = open(path, O_RDONLY);
  });
  const found = tryNamespaceType(fd);
  if (found === flag) return { type, flag, fd, field };
  const kind = NAMESPACE_KINDS.find((other) => other.flag === found)?.name ?? "no namespace at all";
  throw fieldFailure(`${field}.path`, `${JSON.stringify(path)} is of type ${kind}, expected ${type}`);
}

/** Clones a process into its namespaces. Its parent is this process. @throws Failure */
export function launch(namespaces: Namespaces, cgroup: number, actions: LaunchActions): Child {
  const { flags, joins } = namespaces;
  const newTime = (flags & CLONE_NEWTIME) !== 0;
  const joinsUser = joins.some((joining) => joining.flag === CLONE_NEWUSER);
  // The clocks of a user namespace are shifted with its rights.
  if (joinsUser || (newTime && (flags & CLONE_NEWUSER) !== 0)) return launchByStage(namespaces, cgroup, actions);
  if (!newTime) return launchDirectly(namespaces, cgroup, actions);
  const own = open("/proc/self/ns/time", O_RDONLY);
  try {
    shiftClocks(namespaces);
    return launchDirectly(namespaces, cgroup, actions);
  } finally {
    joinNamespace(own, CLONE_NEWTIME, "the time namespace of the runtime");
    close(own);
  }
}

// A time namespace takes effect for children, and its clocks are set before it has any.
function shiftClocks({ flags, timeOffsets }: Namespaces): void {
  if ((flags & CLONE_NEWTIME) === 0) return;
  unshare(CLONE_NEWTIME);
  for (const { clock, seconds, nanoseconds, field } of timeOffsets)
    attempt(field, () => writeFile("/proc/self/timens_offsets", `${clock} ${seconds} ${nanoseconds}`));
}

function launchDirectly({ flags, joins }: Namespaces, cgroup: number, { mapIds, body }: LaunchActions): Child {
  const pid = joins.find((joining) => joining.flag === CLONE_NEWPID);
  const own = pid === undefined ? -1 : open("/proc/self/ns/pid", O_RDONLY);
  if (pid !== undefined) attempt(pid.field, () => joinNamespace(pid.fd, pid.flag, pid.type));
  const child = clone(flags & ~CLONE_NEWTIME, cgroup);
  if (child.pid === 0) body();
  if (own >= 0) joinNamespace(own, CLONE_NEWPID, "the pid namespace of the runtime");
  close(own);
  for (const joining of joins) close(joining.fd);
  if ((flags & CLONE_NEWUSER) !== 0) mapOrEnd(child, mapIds);
  return child;
}

function mapOrEnd({ pid, pidfd }: Child, mapIds: (pid: number) => void): void {
  try {
    mapIds(pid);
  } catch (error) {
    signalProcess(pidfd, SIGKILL, "the first process");
    wait(pid);
    throw error;
  }
}

/** Enters namespaces, in the process that `launch` made. Those that need rights of the user namespace come after it. @throws Failure */
export function enterNamespaces(joins: readonly Joining[], skipPid: boolean): void {
  const rest = joins.filter((joining) => !(skipPid && joining.flag === CLONE_NEWPID));
  const user = rest.find((joining) => joining.flag === CLONE_NEWUSER);
  const others = rest.filter((joining) => joining.flag !== CLONE_NEWUSER);
  const later = user === undefined ? [] : others.filter((joining) => !joinsNow(joining));
  if (user !== undefined) join(user);
  for (const joining of user === undefined ? others : later) join(joining);
}

function joinsNow(joining: Joining): boolean {
  try {
    joinNamespace(joining.fd, joining.flag, joining.type);
    return true;
  } catch {
    return false;
  }
}

function join(joining: Joining): void {
  attempt(joining.field, () => joinNamespace(joining.fd, joining.flag, joining.type));
}

// New namespaces belong to the user namespace: a process in between enters it and then clones the real one as a child of
// ours.
function launchByStage(namespaces: Namespaces, cgroup: number, { mapIds, body }: LaunchActions): Child {
  const link = socketPair();
  const newUser = namespaces.flags & CLONE_NEWUSER;
  const stage = clone(newUser, cgroup);
  if (stage.pid === 0) {
    close(link.ours);
    runStage(namespaces, link.theirs, body);
  }
  close(link.theirs);
  for (const joining of namespaces.joins) close(joining.fd);
  if (newUser !== 0) mapOrEnd(stage, mapIds);
  send(link.ours, "go");
  const answer = receive(link.ours, 65536);
  close(link.ours);
  close(stage.pidfd);
  wait(stage.pid);
  if (answer === undefined) throw new SysError("clone", "into the user namespace", ENOENT);
  if (answer.text.startsWith("{")) throw unpackFailure(answer.text);
  return { pid: Number(answer.text), pidfd: answer.fds[0] ?? -1 };
}

function runStage(namespaces: Namespaces, link: number, body: () => void): void {
  try {
    // Nothing comes where the runtime has died.
    if (receive(link, 16) === undefined) exitNow(1);
    enterNamespaces(namespaces.joins, false);
    shiftClocks(namespaces);
    const child = clone((namespaces.flags & ~(CLONE_NEWTIME | CLONE_NEWUSER)) | CLONE_PARENT);
    if (child.pid === 0) {
      close(link);
      body();
    }
    send(link, String(child.pid), [child.pidfd]);
  } catch (error) {
    send(link, packFailure(asFailure(error)));
  }
  exitNow(0);
}
