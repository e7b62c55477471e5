/**
 * Broken configurations: the clauses on the Linux part.
 * @module
 */
import type { Issue } from "../issue.ts";
import { type Broken, type Fields, linux } from "./good.test.data.ts";

const namespace = (...namespaces: Fields[]): readonly Issue[] => linux({ namespaces });
const mapping = (fields: Fields): readonly Issue[] =>
  linux({ uidMappings: [{ containerID: 0, hostID: 1000, size: 1, ...fields }] });
const policy = (fields: Fields): readonly Issue[] =>
  linux({ memoryPolicy: { mode: "MPOL_BIND", nodes: "0", ...fields } });
const personality = (fields: Fields): readonly Issue[] => linux({ personality: { domain: "LINUX", ...fields } });
const device = (...devices: Fields[]): readonly Issue[] =>
  linux({ devices: devices.map((fields) => ({ ...FUSE, ...fields })) });
const resources = (fields: Fields): readonly Issue[] => linux({ resources: fields });
const rule = (fields: Fields): readonly Issue[] => resources({ devices: [{ allow: true, ...fields }] });
const memory = (fields: Fields): readonly Issue[] => resources({ memory: fields });
const cpu = (fields: Fields): readonly Issue[] => resources({ cpu: fields });
const weight = (fields: Fields): readonly Issue[] =>
  resources({ blockIO: { weightDevice: [{ major: 8, minor: 0, weight: 10, ...fields }] } });
const throttle = (fields: Fields): readonly Issue[] =>
  resources({ blockIO: { throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 10, ...fields }] } });
const pages = (fields: Fields): readonly Issue[] =>
  resources({ hugepageLimits: [{ pageSize: "2MB", limit: 0, ...fields }] });
const priority = (fields: Fields): readonly Issue[] =>
  resources({ network: { priorities: [{ name: "eth0", priority: 1, ...fields }] } });
const rdt = (intelRdt: Fields): readonly Issue[] => linux({ intelRdt });
const seccomp = (fields: Fields): readonly Issue[] =>
  linux({ seccomp: { defaultAction: "SCMP_ACT_ERRNO", ...fields } });
const syscall = (fields: Fields): readonly Issue[] =>
  seccomp({ syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW", ...fields }] });
const comparison = (fields: Fields): readonly Issue[] =>
  syscall({ args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ", ...fields }] });

const FUSE = { path: "/dev/fuse", type: "c", major: 10, minor: 229 };

export const BROKEN_LINUX: Broken = {
  "runtime.linux.types": () => linux({ sysctl: { "net.core.somaxconn": 256 } }),
  "runtime.linux.namespaces.type": () => namespace({ type: "net" }),
  "runtime.linux.namespaces.path": () => namespace({ type: "network", path: "run/netns/a" }),
  "runtime.linux.namespaces.duplicates": () => namespace({ type: "pid" }, { type: "pid", path: "/proc/1/ns/pid" }),
  "runtime.linux.mappings.containerID": () => mapping({ containerID: undefined }),
  "runtime.linux.mappings.hostID": () => mapping({ hostID: -1 }),
  "runtime.linux.mappings.size": () => mapping({ size: 4294967296 }),
  "runtime.linux.timeOffsets.types": () => linux({ timeOffsets: { monotonic: { secs: 9223372036854775808n } } }),
  "runtime.linux.timeOffsets.clock": () => linux({ timeOffsets: { realtime: { secs: 1 } } }),
  "runtime.linux.netDevices.types": () => linux({ netDevices: { eth0: { name: 23 } } }),
  "runtime.linux.memoryPolicy.mode": () => policy({ mode: "MPOL_NEAR" }),
  "runtime.linux.memoryPolicy.nodes": () => policy({ nodes: "0,x" }),
  "runtime.linux.memoryPolicy.nodes.mode": () => policy({ nodes: undefined }),
  "runtime.linux.memoryPolicy.flags": () => policy({ flags: ["MPOL_F_NODE"] }),
  "runtime.linux.rootfsPropagation": () => linux({ rootfsPropagation: "rslave" }),
  "runtime.linux.maskedPaths": () => linux({ maskedPaths: ["proc/kcore"] }),
  "runtime.linux.readonlyPaths": () => linux({ readonlyPaths: ["proc/sys"] }),
  "runtime.linux.personality.domain": () => personality({ domain: "LINUX16" }),
  "runtime.linux.personality.flags": () => personality({ flags: ["ADDR_NO_RANDOMIZE"] }),
  "runtime.linux.devices.types": () => device({ fileMode: "0666" }),
  "runtime.linux.devices.type": () => device({ type: "x" }),
  "runtime.linux.devices.path": () => device({ path: "fuse" }),
  "runtime.linux.devices.numbers": () => device({ minor: undefined }),
  "runtime.linux.devices.duplicates": () => device({}, { path: "/dev/other" }),
  "runtime.linux.cgroupsPath": () => linux({ cgroupsPath: "" }),
  "runtime.linux.resources.types": () => resources({ memory: [] }),
  "runtime.linux.resources.devices.types": () => rule({ major: "10" }),
  "runtime.linux.resources.devices.allow": () => rule({ allow: undefined }),
  "runtime.linux.resources.devices.type": () => rule({ type: "p" }),
  "runtime.linux.resources.devices.access": () => rule({ access: "rx" }),
  "runtime.linux.resources.memory.types": () => memory({ limit: 9223372036854775808n }),
  "runtime.linux.resources.memory.bytes": () => memory({ swap: -2 }),
  "runtime.linux.resources.memory.obsolete": () => memory({ kernelTCP: 1 }),
  "runtime.linux.resources.memory.swappiness": () => memory({ swappiness: 101 }),
  "runtime.linux.resources.cpu.types": () => cpu({ shares: -1 }),
  "runtime.linux.resources.cpu.quota.burst": () => cpu({ quota: 1000, burst: 1001 }),
  "runtime.linux.resources.cpu.cpus": () => cpu({ cpus: "all" }),
  "runtime.linux.resources.cpu.mems": () => cpu({ mems: "1-" }),
  "runtime.linux.resources.cpu.idle": () => cpu({ idle: 2 }),
  "runtime.linux.resources.blockIO.types": () => resources({ blockIO: { weight: 65536 } }),
  "runtime.linux.resources.blockIO.weightDevice.types": () => weight({ leafWeight: -1 }),
  "runtime.linux.resources.blockIO.weightDevice.major": () => weight({ major: undefined }),
  "runtime.linux.resources.blockIO.weightDevice.minor": () => weight({ minor: undefined }),
  "runtime.linux.resources.blockIO.weightDevice.one": () => weight({ weight: undefined }),
  "runtime.linux.resources.blockIO.throttle.major": () => throttle({ major: undefined }),
  "runtime.linux.resources.blockIO.throttle.minor": () => throttle({ minor: undefined }),
  "runtime.linux.resources.blockIO.throttle.rate": () => throttle({ rate: -1 }),
  "runtime.linux.resources.hugepageLimits.pageSize": () => pages({ pageSize: undefined }),
  "runtime.linux.resources.hugepageLimits.pageSize.format": () => pages({ pageSize: "64kB" }),
  "runtime.linux.resources.hugepageLimits.limit": () => pages({ limit: undefined }),
  "runtime.linux.resources.network.types": () => resources({ network: { classID: "1" } }),
  "runtime.linux.resources.network.priorities.name": () => priority({ name: undefined }),
  "runtime.linux.resources.network.priorities.priority": () => priority({ priority: -1 }),
  "runtime.linux.resources.pids.limit": () => resources({ pids: { limit: -2 } }),
  "runtime.linux.resources.rdma.types": () => resources({ rdma: { mlx5_1: { hcaHandles: "3" } } }),
  "runtime.linux.resources.rdma.one": () => resources({ rdma: { mlx5_1: {} } }),
  "runtime.linux.resources.unified": () => resources({ unified: { "memory.max": 1 } }),
  "runtime.linux.intelRdt.types": () => rdt({ enableMonitoring: 1 }),
  "runtime.linux.intelRdt.l3CacheSchema.prefix": () => rdt({ l3CacheSchema: "L2:0=f" }),
  "runtime.linux.intelRdt.l3CacheSchema.line": () => rdt({ l3CacheSchema: "L3:0=f\nL3:1=f" }),
  "runtime.linux.intelRdt.memBwSchema.prefix": () => rdt({ memBwSchema: "0=20" }),
  "runtime.linux.intelRdt.memBwSchema.line": () => rdt({ memBwSchema: "MB:0=20\n" }),
  "runtime.linux.intelRdt.schemata.line": () => rdt({ schemata: ["L3:0=f\nMB:0=20"] }),
  "runtime.linux.seccomp.types": () => seccomp({ listenerPath: 1 }),
  "runtime.linux.seccomp.defaultAction": () => seccomp({ defaultAction: "allow" }),
  "runtime.linux.seccomp.defaultErrnoRet.action": () => seccomp({ defaultAction: "SCMP_ACT_KILL", defaultErrnoRet: 1 }),
  "runtime.linux.seccomp.architectures": () => seccomp({ architectures: ["amd64"] }),
  "runtime.linux.seccomp.flags": () => seccomp({ flags: ["SECCOMP_FILTER_FLAG_NEW_LISTENER"] }),
  "runtime.linux.seccomp.listenerMetadata.path": () => seccomp({ listenerMetadata: "a" }),
  "runtime.linux.seccomp.syscalls.types": () => syscall({ action: "SCMP_ACT_ERRNO", errnoRet: -1 }),
  "runtime.linux.seccomp.syscalls.names": () => syscall({ names: undefined }),
  "runtime.linux.seccomp.syscalls.names.one": () => syscall({ names: [] }),
  "runtime.linux.seccomp.syscalls.action": () => syscall({ action: undefined }),
  "runtime.linux.seccomp.syscalls.errnoRet.action": () => syscall({ errnoRet: 1 }),
  "runtime.linux.seccomp.syscalls.args.index": () => comparison({ index: undefined }),
  "runtime.linux.seccomp.syscalls.args.value": () => comparison({ value: 18446744073709551616n }),
  "runtime.linux.seccomp.syscalls.args.op": () => comparison({ op: "==" }),
  "runtime.linux.seccomp.syscalls.args.types": () => comparison({ valueTwo: "1" }),
};
