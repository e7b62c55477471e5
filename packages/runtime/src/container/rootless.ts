/**
 * The ids of a new user namespace, also where the runtime has no rights over them: an ordinary user may map only itself,
 * and asks newuidmap and newgidmap for the ranges that the host grants in /etc/subuid and /etc/subgid.
 * https://man7.org/linux/man-pages/man7/user_namespaces.7.html
 * @module
 */
import { EPERM, check } from "@teu/kernel/errno";
import { tryReadFile, tryWriteFile } from "@teu/kernel/files";
import { effectiveGroup, effectiveUser } from "@teu/kernel/identity";
import type { Config } from "../config/config.ts";
import type { IdMapping } from "../config/namespaces.ts";
import { Failure, attempt, fieldFailure } from "../failure.ts";
import { runTool } from "../process/tool.ts";
import { hasOwn } from "./namespaces.ts";

/** Tells whether this process lacks the rights of the host's root: another user, or root of a user namespace. */
export function isRootless(): boolean {
  return effectiveUser() !== 0 || !hasAllIds(tryReadFile("/proc/self/uid_map") ?? "");
}

/** Tells whether the text of a uid_map is that of the first user namespace. */
export function hasAllIds(map: string): boolean {
  const [first = "", second = "", size = ""] = map.trim().split(/\s+/);
  return map === "" || (first === "0" && second === "0" && size === "4294967295");
}

/** Fails where an ordinary user asks for what only a user namespace of its own would allow. @throws Failure */
export function checkRootless(config: Config): void {
  const given = config.uidMappings.length > 0 || config.gidMappings.length > 0;
  if (hasOwn(config, "user")) return checkMappings(config);
  if (given) throw fieldFailure("linux.uidMappings", "needs a user namespace in linux.namespaces");
  if (effectiveUser() === 0) return;
  const hint =
    "add a namespace of type user with uidMappings and gidMappings; `spec --rootless` writes such a configuration";
  throw fieldFailure("linux.namespaces", "rootless container requires user namespaces", hint);
}

function checkMappings(config: Config): void {
  const joined = config.namespaces.some((namespace) => namespace.type === "user" && namespace.path !== "");
  if (joined) return;
  if (config.uidMappings.length === 0) throw fieldFailure("linux.uidMappings", "a new user namespace needs some");
  if (config.gidMappings.length === 0) throw fieldFailure("linux.gidMappings", "a new user namespace needs some");
}

/** The ids of a user namespace, and the place in the configuration that has them. */
export interface IdMaps {
  /** Such as `linux`. */
  readonly field: string;
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
}

/** Gives the user namespace of `pid`, which is new, its ids. @throws Failure */
export function mapIds(pid: number, { field, uidMappings, gidMappings }: IdMaps): void {
  attempt(`${field}.uidMappings`, () => writeMap(pid, { file: "uid_map", tool: "newuidmap" }, uidMappings));
  attempt(`${field}.gidMappings`, () => {
    const own = gidMappings;
    // Who may not map groups may do so for its own, once the namespace cannot drop groups any more.
    const first = own[0];
    const self = own.length === 1 && first !== undefined && first.hostId === effectiveGroup() && first.size === 1;
    const result = self ? tryWriteMap(pid, "gid_map", own) : -EPERM;
    if (result !== -EPERM) check(result, "write", `/proc/${pid}/gid_map`);
    if (result >= 0) return;
    if (self) check(tryWriteFile(`/proc/${pid}/setgroups`, "deny"), "forbid setgroups of", String(pid));
    writeMap(pid, { file: "gid_map", tool: "newgidmap" }, own);
  });
}

interface MapWriter {
  readonly file: string;
  readonly tool: string;
}

function writeMap(pid: number, { file, tool }: MapWriter, mappings: readonly IdMapping[]): void {
  const result = tryWriteMap(pid, file, mappings);
  if (result !== -EPERM) check(result, "write", `/proc/${pid}/${file}`);
  else askTool(pid, tool, mappings);
}

function tryWriteMap(pid: number, file: string, mappings: readonly IdMapping[]): number {
  const lines = mappings.map(({ containerId, hostId, size }) => `${containerId} ${hostId} ${size}\n`);
  return tryWriteFile(`/proc/${pid}/${file}`, lines.join(""));
}

function askTool(pid: number, tool: string, mappings: readonly IdMapping[]): void {
  const words = [tool, String(pid)];
  for (const { containerId, hostId, size } of mappings) words.push(String(containerId), String(hostId), String(size));
  const { status, output } = runTool(words);
  if (status === 0) return;
  throw new Failure(`${tool} ended with status ${status}: ${output.trim()}`, {
    field: "",
    operation: tool,
    subject: output.trim(),
    errno: 0,
    hint: "it comes with the package uidmap, and grants what /etc/subuid and /etc/subgid have for this user",
  });
}

/** Tells whether the user namespace of a process, by its folder of /proc, allows to change additional groups. */
export function maySetGroups(process: string): boolean {
  return (tryReadFile(`/proc/${process}/setgroups`) ?? "allow").trim() !== "deny";
}
