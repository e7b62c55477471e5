/**
 * The configuration of a container for its runtime: what the image says, by the conversion rules of image-spec, under what
 * the options say, and for the rest what docker gives to containers.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/conversion.md}
 * @module
 */
import { runtimeConfigOf } from "@teu/layer/bundle/runtime-config";
import { resolveUser } from "@teu/layer/bundle/users";
import type { ImageRecord } from "../images/image-record.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { type HostDevice, deviceRules, hostDevices } from "./devices.ts";
import { type HostFile, type Mount, mountsOf } from "./mounts.ts";
import type { ContainerOptions, ResourceOptions, UlimitOption } from "./options.ts";
import { seccompOf } from "./seccomp-profile.ts";

/** What a configuration is made from. */
export interface ConfigInput {
  readonly id: string;
  readonly image: ImageRecord;
  readonly options: ContainerOptions;
  readonly rootPath: string;
  readonly hostname: string;
  /** Mounts that options and image ask for, with paths of the host as their sources. */
  readonly mounts: readonly Mount[];
  /** Files of the engine that the container gets, such as /etc/hosts. */
  readonly files: readonly HostFile[];
  /** Path of the host of a small program to be the first process, if one is wanted. */
  readonly init?: string | undefined;
  readonly rootless: boolean;
  /** How many ids from each first one on the user namespace has that the runtime runs in; for an ordinary user alone. */
  readonly ids?: { readonly uids: readonly IdRun[]; readonly gids: readonly IdRun[] } | undefined;
}

/** Ids that stay as they are. */
export interface IdRun {
  readonly first: number;
  readonly count: number;
}

/** A configuration, ready to be written as JSON by {@link configText}. */
export type ConfigObject = Readonly<Record<string, unknown>>;

/** @throws TeuError `ERR_USER_UNKNOWN`, `ERR_CONTAINER_OPTION` */
export function runtimeConfig(input: ConfigInput): ConfigObject {
  const { id, options, rootPath, rootless } = input;
  const { security } = options;
  const user = userOf(input);
  const capabilities = capabilitiesOf(security);
  const devices = hostDevices(options.devices);
  const masks = security.maskPaths && !security.privileged;
  const sharesNetwork = options.network === "host";
  return {
    ociVersion: "1.1.0",
    process: processOf(input, capabilities, user),
    root: { path: rootPath, readonly: options.readOnly },
    ...(options.hostNamespaces.includes("uts") ? {} : { hostname: input.hostname }),
    mounts: mountsOf(input),
    annotations: { ...convertedOf(input).annotations, ...options.annotations },
    linux: {
      namespaces: [...namespacesOf(options), ...(rootless ? [{ type: "user" }] : [])],
      ...(input.ids === undefined
        ? {}
        : { uidMappings: mappings(input.ids.uids, user.uid), gidMappings: mappings(input.ids.gids, user.gid) }),
      ...(rootless ? {} : { cgroupsPath: `/teu/${id}` }),
      ...(devices.length === 0 ? {} : { devices: devices.map(deviceNode) }),
      resources: { ...(rootless ? {} : deviceRules(devices, security.privileged)), ...resourcesOf(options.resources) },
      sysctl: { ...(sharesNetwork || rootless ? {} : NETWORK_SYSCTLS), ...options.sysctls },
      ...(masks ? { maskedPaths: MASKED, readonlyPaths: READONLY } : {}),
      ...seccompOf(security, capabilities),
    },
  };
}

// JSON has no room for the kernel's "no limit" as a double; its exact digits are put in place.
const NO_LIMIT = String(2 ** 64);

/** A configuration as text. */
export function configText(config: ConfigObject): string {
  return JSON.stringify(config).replaceAll(NO_LIMIT, "18446744073709551615");
}

type Converted = ReturnType<typeof runtimeConfigOf>;

function convertedOf({ image, options }: ConfigInput): Converted {
  const user = resolveUser(options.user ?? image.image.config?.User ?? "", image);
  return runtimeConfigOf(image.image, user, { exposedPorts: true, volumes: false });
}

interface User {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids?: readonly number[];
}

/** Who the program is. Where the namespace has one group only, nobody can be in others. */
function userOf(input: ConfigInput): User {
  const { uid = 0, gid = 0, additionalGids = [] } = convertedOf(input).process?.user ?? {};
  const groups = [...additionalGids, ...groupsOf(input)];
  const isAlone = input.ids !== undefined && isOneId(input.ids.gids);
  return { uid, gid, ...(groups.length === 0 || isAlone ? {} : { additionalGids: groups }) };
}

function processOf(input: ConfigInput, capabilities: readonly string[], user: User): ConfigObject {
  const { options, init } = input;
  const { process } = convertedOf(input);
  const effective = user.uid === 0 ? capabilities : [];
  const words = argsOf(input);
  return {
    terminal: options.terminal,
    user,
    args: init === undefined ? words : ["/run/teu-init", "--", ...words],
    env: environmentOf(input, process?.env ?? []),
    cwd: options.workdir ?? process?.cwd ?? "/",
    capabilities: { bounding: capabilities, effective, permitted: effective },
    ...confinementOf(options),
  };
}

function confinementOf({ ulimits, security, resources }: ContainerOptions): ConfigObject {
  const profile = security.apparmor === "unconfined" ? undefined : security.apparmor;
  return withValues({
    rlimits: ulimits.length === 0 ? undefined : ulimits.map(rlimitOf),
    noNewPrivileges: security.noNewPrivileges,
    apparmorProfile: profile,
    oomScoreAdj: resources.oomScoreAdj,
  });
}

function groupsOf({ image, options }: ConfigInput): readonly number[] {
  return options.groupAdd.map((name) => resolveUser(`0:${name}`, image).gid);
}

/** The words to execute: those that were given, or the image's. An entrypoint of one's own drops the image's command. */
export function argsOf({ image, options }: Pick<ConfigInput, "image" | "options">): readonly string[] {
  const { Entrypoint, Cmd } = image.image.config ?? {};
  const entrypoint = options.entrypoint ?? Entrypoint ?? [];
  const command = options.command.length > 0 ? options.command : options.entrypoint === undefined ? (Cmd ?? []) : [];
  return [...entrypoint, ...command];
}

function environmentOf({ options, hostname }: ConfigInput, image: readonly string[]): readonly string[] {
  const own = [...(options.terminal ? ["TERM=xterm"] : []), `HOSTNAME=${hostname}`];
  const variables = new Map<string, string>();
  for (const variable of [...own, ...image, ...options.env])
    variables.set(variable.slice(0, variable.indexOf("=")), variable);
  return [...variables.values()];
}

function rlimitOf({ type, soft, hard }: UlimitOption): ConfigObject {
  return { type, soft, hard };
}

function namespacesOf({ network, hostNamespaces }: ContainerOptions): readonly ConfigObject[] {
  const shared = new Set<string>([...hostNamespaces, ...(network === "host" ? ["network"] : [])]);
  return ["pid", "network", "ipc", "uts", "mount", "cgroup"]
    .filter((type) => !shared.has(type))
    .map((type) => ({ type }));
}

// The container's own user namespace lies in that of its monitor. It is what keeps the runtime from making devices. With
// one id alone there is nobody but the program's user: all that is the caller's own belongs to it.
function mappings(runs: readonly IdRun[], own: number): readonly ConfigObject[] {
  if (isOneId(runs)) return [{ containerID: own, hostID: 0, size: 1 }];
  return runs.map(({ first, count }) => ({ containerID: first, hostID: first, size: count }));
}

function isOneId(runs: readonly IdRun[]): boolean {
  return runs.length === 1 && runs[0]?.count === 1;
}

function deviceNode({ path, type, major, minor, mode, uid, gid }: HostDevice): ConfigObject {
  return { path, type, major, minor, fileMode: mode, uid, gid };
}

const CPU_PERIOD_US = 100_000;

function resourcesOf(resources: ResourceOptions): ConfigObject {
  const { memoryBytes, memorySwapBytes, memoryReservationBytes, cpus, cpuShares, cpusetCpus, pidsLimit } = resources;
  const memory = withValues({ limit: memoryBytes, swap: memorySwapBytes, reservation: memoryReservationBytes });
  const quota = cpus === undefined ? {} : { quota: Math.round(cpus * CPU_PERIOD_US), period: CPU_PERIOD_US };
  const cpu = withValues({ ...quota, shares: cpuShares, cpus: cpusetCpus });
  return withValues({
    memory: Object.keys(memory).length === 0 ? undefined : memory,
    cpu: Object.keys(cpu).length === 0 ? undefined : cpu,
    pids: pidsLimit === undefined ? undefined : { limit: pidsLimit },
  });
}

function withValues(fields: ConfigObject): ConfigObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

// In a network namespace of its own nothing speaks against low ports and ping for everyone.
const NETWORK_SYSCTLS: Readonly<Record<string, string>> = {
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ping_group_range": "0 2147483647",
};

const MASKED: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

const READONLY: readonly string[] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
