/**
 * Broken configurations: the clauses that are for every platform, and those on the process.
 * @module
 */
import type { Issue } from "../issue.ts";
import { checkConfig } from "./config.ts";
import { type Broken, CONFIG, type Fields, PROCESS, WINDOWS, config, json, windowsConfig } from "./good.test.data.ts";

const process = (fields: Fields): readonly Issue[] => config({ process: { ...PROCESS, ...fields } });
const user = (fields: Fields): readonly Issue[] => process({ user: { ...PROCESS.user, ...fields } });
const annotations = (value: unknown): readonly Issue[] => config({ annotations: value });
const mount = (fields: Fields): readonly Issue[] => config({ mounts: [{ destination: "/data", ...fields }] });
const hook = (fields: Fields): readonly Issue[] => config({ hooks: { poststop: [{ path: "/bin/true", ...fields }] } });
const rlimit = (...rlimits: Fields[]): readonly Issue[] => process({ rlimits });
const on = (platform: "solaris" | "freebsd", fields: Fields): readonly Issue[] =>
  checkConfig(json({ ...CONFIG, ...fields }), { platform });

const NOFILE = { type: "RLIMIT_NOFILE", soft: 1024, hard: 18446744073709551615n };
const MAPPING = { containerID: 0, hostID: 1000, size: 1 };
const WINDOWS_MOUNTS = [{ destination: "C:\\Data" }, { destination: "c:/data/deep" }];

export const BROKEN_CONFIG: Broken = {
  "runtime.config.types": () => config({ hostname: 1 }),
  "runtime.config.ociVersion": () => config({ ociVersion: undefined }),
  "runtime.config.ociVersion.semver": () => config({ ociVersion: "1.3" }),
  "runtime.config.ociVersion.major": () => config({ ociVersion: "2.0.0" }),
  "runtime.config.root": () => config({ root: undefined }),
  "runtime.config.root.windows": () => windowsConfig({ root: undefined }),
  "runtime.config.root.hyperv": () => windowsConfig({ windows: { ...WINDOWS.windows, hyperv: {} } }),
  "runtime.root.types": () => config({ root: { path: "rootfs", readonly: "yes" } }),
  "runtime.root.path": () => config({ root: {} }),
  "runtime.root.path.volume": () => windowsConfig({ root: { path: "C:\\rootfs" } }),
  "runtime.root.path.rootfs": () => config({ root: { path: "/var/lib/rootfs" } }),
  "runtime.root.readonly.windows": () => windowsConfig({ root: { ...WINDOWS.root, readonly: true } }),
  "runtime.platform.windows": () => windowsConfig({ windows: undefined }),
  "runtime.platform.linux": () => on("freebsd", { linux: {} }),
  "runtime.platform.freebsd": () => config({ linux: {}, freebsd: {} }),
  "runtime.platform.solaris": () => config({ linux: {}, solaris: {} }),
  "runtime.platform.zos": () => config({ linux: {}, zos: {} }),
  "runtime.annotations.map": () => annotations(["com.example.a"]),
  "runtime.annotations.key": () => annotations({ "": "a" }),
  "runtime.annotations.key.domain": () => annotations({ a: "b" }),
  "runtime.annotations.value": () => annotations({ "com.example.a": true }),
  "runtime.annotations.reserved": () => annotations({ "org.opencontainers.image.color": "blue" }),
  "runtime.annotations.image": () => annotations({ "org.opencontainers.image.created": "yesterday" }),
  "runtime.mounts.types": () => mount({ options: "ro" }),
  "runtime.mounts.destination": () => mount({ destination: undefined }),
  "runtime.mounts.destination.linux": () => mount({ destination: "data" }),
  "runtime.mounts.destination.windows": () => windowsConfig({ mounts: [{ destination: "data" }] }),
  "runtime.mounts.destination.nested": () => windowsConfig({ mounts: WINDOWS_MOUNTS }),
  "runtime.mounts.destination.solaris": () => on("solaris", { mounts: [{ destination: "data" }] }),
  "runtime.mounts.destination.other": () => on("freebsd", { mounts: [{ destination: "data" }] }),
  "runtime.mounts.idmap.user": () => mount({ options: ["bind", "idmap"] }),
  "runtime.mounts.mappings.option": () => mount({ uidMappings: [MAPPING], gidMappings: [MAPPING] }),
  "runtime.mounts.mappings.pair": () => mount({ options: ["idmap"], uidMappings: [MAPPING] }),
  "runtime.process.types": () => process({ env: ["A=1", 2] }),
  "runtime.process.consoleSize.height": () => process({ consoleSize: { width: 80 } }),
  "runtime.process.consoleSize.width": () => process({ consoleSize: { height: 25, width: -80 } }),
  "runtime.process.cwd": () => process({ cwd: undefined }),
  "runtime.process.cwd.absolute": () => process({ cwd: "work" }),
  "runtime.process.args": () => process({ args: [] }),
  "runtime.process.commandLine": () => windowsConfig({ process: { cwd: "C:\\" } }),
  "runtime.process.rlimits.type": () => rlimit({ ...NOFILE, type: undefined }),
  "runtime.process.rlimits.known": () => rlimit({ ...NOFILE, type: "RLIMIT_VMEM" }),
  "runtime.process.rlimits.soft": () => rlimit({ ...NOFILE, soft: "unlimited" }),
  "runtime.process.rlimits.hard": () => rlimit({ ...NOFILE, hard: 18446744073709551616n }),
  "runtime.process.rlimits.duplicates": () => rlimit(NOFILE, NOFILE),
  "runtime.process.user.types": () => user({ umask: 4294967296 }),
  "runtime.process.user.uid": () => user({ uid: "root" }),
  "runtime.process.user.gid": () => user({ gid: 0.5 }),
  "runtime.process.capabilities.types": () => process({ capabilities: { bounding: "CAP_CHOWN" } }),
  "runtime.process.capabilities.known": () => process({ capabilities: { bounding: ["CHOWN"] } }),
  "runtime.process.scheduler.types": () => process({ scheduler: { policy: "SCHED_OTHER", nice: 2147483648 } }),
  "runtime.process.scheduler.policy": () => process({ scheduler: { policy: "SCHED_NORMAL" } }),
  "runtime.process.scheduler.flags": () => process({ scheduler: { policy: "SCHED_RR", flags: ["RECLAIM"] } }),
  "runtime.process.ioPriority.class": () => process({ ioPriority: { class: "IOPRIO_CLASS_NONE", priority: 0 } }),
  "runtime.process.ioPriority.priority": () => process({ ioPriority: { class: "IOPRIO_CLASS_BE" } }),
  "runtime.process.ioPriority.priority.range": () => process({ ioPriority: { class: "IOPRIO_CLASS_BE", priority: 8 } }),
  "runtime.process.execCPUAffinity.types": () => process({ execCPUAffinity: { initial: 7 } }),
  "runtime.process.execCPUAffinity.list": () => process({ execCPUAffinity: { final: "3-0" } }),
  "runtime.hooks.types": () => hook({ args: "true" }),
  "runtime.hooks.path": () => hook({ path: undefined }),
  "runtime.hooks.path.absolute": () => hook({ path: "true" }),
  "runtime.hooks.timeout": () => hook({ timeout: 0 }),
};
