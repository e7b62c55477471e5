/**
 * Holding a process, and all that come from it, to what Landlock is told to allow.
 * @module
 */
import { ENOENT, check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { CWD, O_PATH, S_IFDIR, statFd, tryOpenAt } from "@teu/kernel/files";
import { allowBeneath, allowPort, createRuleset, landlockVersion, restrictTo } from "@teu/kernel/filters";
import type { LandlockConfig, PathRule } from "../config/landlock.ts";
import { fieldFailure } from "../failure.ts";

// LANDLOCK_ACCESS_FS_… by the words of the annotation, and what only later kernels know of them.
const EXECUTE = 1 << 0;
const WRITE_FILE = 1 << 1;
const READ_FILE = 1 << 2;
const READ_DIR = 1 << 3;
const REMOVE = (1 << 4) | (1 << 5);
const MAKE_DEVICE = (1 << 6) | (1 << 11);
const MAKE = (1 << 7) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 12);
const REFER = 1 << 13;
const TRUNCATE = 1 << 14;
const IOCTL_DEVICE = 1 << 15;

const OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE;

function rightsOf(word: string): number {
  if (word === "read") return READ_FILE | READ_DIR;
  if (word === "execute") return EXECUTE;
  if (word === "write") return WRITE_FILE | TRUNCATE;
  if (word === "make") return MAKE | REMOVE | REFER;
  return MAKE_DEVICE | IOCTL_DEVICE;
}

/** The rights on files that a version of Landlock can take away. */
export function fileRights(version: number): number {
  let rights = EXECUTE | WRITE_FILE | READ_FILE | READ_DIR | REMOVE | MAKE_DEVICE | MAKE;
  if (version >= 2) rights |= REFER;
  if (version >= 3) rights |= TRUNCATE;
  return version >= 5 ? rights | IOCTL_DEVICE : rights;
}

// The first versions that hold everything that a part of the annotation stands for.
const WHOLE_FILES = 5;
const WHOLE_PORTS = 4;
const WHOLE_SCOPES = 6;

/** Fails where this kernel cannot hold a container to its configuration, unless that leaves it open. @throws Failure */
export function checkLandlock(config: LandlockConfig | undefined): void {
  if (config === undefined || config.bestEffort) return;
  const { paths, ports, scopes, field } = config;
  const version = Math.max(0, landlockVersion());
  let needed = paths === undefined ? 0 : WHOLE_FILES;
  if (ports !== undefined) needed = Math.max(needed, WHOLE_PORTS);
  if (scopes.length > 0) needed = Math.max(needed, WHOLE_SCOPES);
  if (version >= needed) return;
  const has = version === 0 ? "this kernel has no Landlock" : `this kernel has version ${version} of Landlock`;
  const hint = 'with "bestEffort": true what the kernel cannot restrict is left open';
  throw fieldFailure(field, `${has}, version ${needed} is needed`, hint);
}

/** Restricts this process for ever. Its root is in place, and it has CAP_SYS_ADMIN there. @throws Failure */
export function applyLandlock(config: LandlockConfig): void {
  const { paths, ports, scopes } = config;
  const version = landlockVersion();
  if (version < 1) return checkLandlock(config);
  const files = paths === undefined ? 0 : fileRights(version);
  const handledPorts = ports === undefined || version < WHOLE_PORTS ? 0 : portRights(["bind", "connect"]);
  const handledScopes = version < WHOLE_SCOPES ? 0 : scopeBits(scopes);
  if (files + handledPorts + handledScopes === 0) return;
  const ruleset = createRuleset(files, handledPorts, handledScopes);
  for (const rule of paths ?? []) allowPath(ruleset, rule, files, config);
  if (handledPorts !== 0) for (const { port, access } of ports ?? []) allow(ruleset, port, portRights(access));
  restrictTo(ruleset);
  close(ruleset);
}

// oxlint-disable-next-line max-params -- a rule and what it is added to
function allowPath(ruleset: number, { path, access }: PathRule, files: number, config: LandlockConfig): void {
  const fd = tryOpenAt(CWD, path, O_PATH);
  if (fd === -ENOENT && config.bestEffort) return;
  check(fd, "allow with Landlock", path);
  let rights = 0;
  for (const word of access) rights |= rightsOf(word);
  rights &= statFd(fd).type === S_IFDIR ? files : files & OF_FILES;
  if (rights !== 0) allowBeneath(ruleset, fd, rights, path);
  close(fd);
}

function allow(ruleset: number, port: number, rights: number): void {
  if (rights !== 0) allowPort(ruleset, port, rights);
}

function portRights(words: readonly string[]): number {
  return (words.includes("bind") ? 1 : 0) | (words.includes("connect") ? 2 : 0);
}

function scopeBits(words: readonly string[]): number {
  return (words.includes("abstract-unix-socket") ? 1 : 0) | (words.includes("signal") ? 2 : 0);
}

/** What a configuration allows, for the eye: `/usr=read,execute port 80=bind signal`. */
export function landlockDetail({ paths, ports, scopes }: LandlockConfig): string {
  const parts: string[] = [];
  for (const { path, access } of paths ?? []) parts.push(`${path}=${access.join(",")}`);
  for (const { port, access } of ports ?? []) parts.push(`port ${port}=${access.join(",")}`);
  for (const scope of scopes) parts.push(scope);
  return parts.join(" ");
}
