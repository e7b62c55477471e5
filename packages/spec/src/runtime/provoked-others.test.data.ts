/**
 * Broken documents: the clauses on the parts of other platforms, on states, features and bundles.
 * @module
 */
import type { Issue } from "../issue.ts";
import { type Bundle, type FileKind, checkBundle } from "./bundle.ts";
import { checkFeatures } from "./features.ts";
import {
  type Broken,
  CONFIG,
  FEATURES,
  type Fields,
  SECCOMP_STATE,
  STATE,
  WINDOWS,
  config,
  json,
  windowsConfig,
} from "./good.test.data.ts";
import { checkSeccompState } from "./seccomp-state.ts";
import { checkState } from "./state.ts";

const windows = (fields: Fields): readonly Issue[] => windowsConfig({ windows: { ...WINDOWS.windows, ...fields } });
const windowsDevice = (fields: Fields): readonly Issue[] =>
  windows({ devices: [{ id: "5b45201d-f2f2-4f3b-85bb-30ff1f953599", idType: "class", ...fields }] });
const windowsCpu = (cpu: Fields): readonly Issue[] => windows({ resources: { cpu } });
const affinity = (fields: Fields): readonly Issue[] => windowsCpu({ affinity: [{ mask: 1, group: 0, ...fields }] });
const vm = (fields: Fields): readonly Issue[] => config({ vm: { kernel: { path: "/boot/vmlinuz" }, ...fields } });
const iomem = (fields: Fields): readonly Issue[] =>
  vm({ hwConfig: { iomems: [{ firstMFN: 12288, nrMFNs: 1, ...fields }] } });
const zos = (...namespaces: Fields[]): readonly Issue[] => config({ zos: { namespaces } });
const freebsd = (fields: Fields): readonly Issue[] => config({ freebsd: fields });
const jail = (fields: Fields): readonly Issue[] => freebsd({ jail: fields });
const state = (fields: Fields): readonly Issue[] => checkState(json({ ...STATE, ...fields }));
const seccompState = (fields: Fields): readonly Issue[] => checkSeccompState(json({ ...SECCOMP_STATE, ...fields }));
const features = (fields: Fields): readonly Issue[] => checkFeatures(json({ ...FEATURES, ...fields }));

const files = new Map<string, FileKind>([
  ["config.json", "file"],
  ["rootfs", "directory"],
  ["/elsewhere", "directory"],
]);
const bundle = (fields: Partial<Bundle>): readonly Issue[] =>
  checkBundle({ path: "/bundle", kindOf: (path) => files.get(path) ?? "missing", config: CONFIG, ...fields });

export const BROKEN_OTHERS: Broken = {
  "runtime.windows.types": () => windows({ servicing: "true" }),
  "runtime.windows.layerFolders": () => windows({ layerFolders: undefined }),
  "runtime.windows.layerFolders.one": () => windows({ layerFolders: [] }),
  "runtime.windows.devices.id": () => windowsDevice({ id: undefined }),
  "runtime.windows.devices.idType": () => windowsDevice({ idType: "guid" }),
  "runtime.windows.resources.cpu.exclusive": () => windowsCpu({ count: 1, maximum: 5000 }),
  "runtime.windows.resources.cpu.shares": () => windowsCpu({ shares: 10001 }),
  "runtime.windows.resources.cpu.maximum": () => windowsCpu({ maximum: -1 }),
  "runtime.windows.resources.cpu.affinity.mask": () => affinity({ mask: undefined }),
  "runtime.windows.resources.cpu.affinity.group": () => affinity({ group: 4294967296 }),
  "runtime.solaris.types": () => config({ solaris: { cappedCPU: { ncpus: 8 } } }),
  "runtime.vm.types": () => vm({ hwConfig: { vcpus: -1 } }),
  "runtime.vm.hypervisor.path": () => vm({ hypervisor: {} }),
  "runtime.vm.hypervisor.path.absolute": () => vm({ hypervisor: { path: "vmm" } }),
  "runtime.vm.kernel": () => vm({ kernel: undefined }),
  "runtime.vm.kernel.path": () => vm({ kernel: {} }),
  "runtime.vm.kernel.path.absolute": () => vm({ kernel: { path: "vmlinuz" } }),
  "runtime.vm.kernel.initrd.absolute": () => vm({ kernel: { path: "/boot/vmlinuz", initrd: "initrd.img" } }),
  "runtime.vm.image.path": () => vm({ image: { format: "raw" } }),
  "runtime.vm.image.path.absolute": () => vm({ image: { path: "root.img", format: "raw" } }),
  "runtime.vm.image.format": () => vm({ image: { path: "/root.img" } }),
  "runtime.vm.hwConfig.iomems.firstMFN": () => iomem({ firstMFN: undefined }),
  "runtime.vm.hwConfig.iomems.nrMFNs": () => iomem({ nrMFNs: -1 }),
  "runtime.zos.types": () => config({ zos: { namespaces: {} } }),
  "runtime.zos.namespaces.type": () => zos({ type: "network" }),
  "runtime.zos.namespaces.path": () => zos({ type: "pid", path: "ns/pid" }),
  "runtime.zos.namespaces.duplicates": () => zos({ type: "uts" }, { type: "uts" }),
  "runtime.freebsd.types": () => freebsd({ jail: [] }),
  "runtime.freebsd.devices.types": () => freebsd({ devices: [{ path: "pf", mode: "0700" }] }),
  "runtime.freebsd.devices.path": () => freebsd({ devices: [{}] }),
  "runtime.freebsd.jail.types": () => jail({ allow: { mlock: 1 } }),
  "runtime.freebsd.jail.host": () => jail({ host: "disable" }),
  "runtime.freebsd.jail.ip4": () => jail({ ip4: "none" }),
  "runtime.freebsd.jail.ip6": () => jail({ ip6: "none" }),
  "runtime.freebsd.jail.vnet": () => jail({ vnet: "disable" }),
  "runtime.freebsd.jail.vnet.new": () => jail({ vnet: "new", ip4: "inherit" }),
  "runtime.freebsd.jail.vnet.inherit": () => jail({ vnet: "inherit" }),
  "runtime.freebsd.jail.sysvmsg": () => jail({ sysvmsg: "shared" }),
  "runtime.freebsd.jail.sysvsem": () => jail({ sysvsem: "shared" }),
  "runtime.freebsd.jail.sysvshm": () => jail({ sysvshm: "shared" }),
  "runtime.freebsd.jail.enforceStatfs": () => jail({ enforceStatfs: 3 }),
  "runtime.seccomp-state.types": () => seccompState({ fds: "seccompFd" }),
  "runtime.seccomp-state.ociVersion": () => seccompState({ ociVersion: undefined }),
  "runtime.seccomp-state.pid": () => seccompState({ pid: undefined }),
  "runtime.seccomp-state.state": () => seccompState({ state: undefined }),
  "runtime.state.types": () => state({ annotations: { "com.example.a": 1 } }),
  "runtime.state.ociVersion": () => state({ ociVersion: undefined }),
  "runtime.state.id": () => state({ id: undefined }),
  "runtime.state.status": () => state({ status: undefined }),
  "runtime.state.pid": () => state({ pid: undefined }),
  "runtime.state.bundle": () => state({ bundle: undefined }),
  "runtime.state.bundle.absolute": () => state({ bundle: "web-1" }),
  "runtime.bundle.config": () => bundle({ kindOf: () => "directory" }),
  "runtime.bundle.together": () => bundle({ config: { ...CONFIG, root: { path: "/elsewhere" } } }),
  "runtime.root.path.directory": () => bundle({ config: { ...CONFIG, root: { path: "other" } } }),
  "runtime.features.types": () => features({ linux: { cgroup: { v2: "yes" } } }),
  "runtime.features.ociVersionMin": () => features({ ociVersionMin: undefined }),
  "runtime.features.ociVersionMax": () => features({ ociVersionMax: "newest" }),
  "runtime.features.ociVersionMax.order": () => features({ ociVersionMin: "1.3.0", ociVersionMax: "1.3.0-rc.1" }),
  "runtime.features.defined": () => features({ linux: { seccomp: { operations: [] } } }),
  "runtime.features.annotations": () => features({ annotations: { "": "a" } }),
};
