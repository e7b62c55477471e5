/**
 * The configuration of an image made that of a container, by the rules of image-spec. What the image does not say is as
 * runc's and umoci's defaults have it.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/conversion.md}
 * @module
 */
import type { ImageConfig } from "@teu/spec/image/config";
import type { RuntimeConfig } from "@teu/spec/runtime/config";
import type { ContainerConfig } from "@teu/spec/image/container-config";
import type { ContainerUser } from "./users.ts";

/** What of a container the image does not decide. */
export interface BundleOptions {
  /** Path of the root file system, relative to the bundle. Default: `rootfs`. */
  readonly rootPath?: string | undefined;
  /** Instead of `Entrypoint` and `Cmd`. */
  readonly args?: readonly string[] | undefined;
  /** Whether the process gets a terminal. Default: false. */
  readonly terminal?: boolean | undefined;
  /** Whether the container is for an ordinary user of the host: with a user namespace. */
  readonly rootless?: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether `ExposedPorts` become an annotation. Default: true. */
  readonly exposedPorts?: boolean | undefined;
  /** Whether `Volumes` become mounts of memory, so that their data stays out of the root. Default: true. */
  readonly volumes?: boolean | undefined;
}

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const PREFIX = "org.opencontainers.image";

/** Makes the configuration of a container of an image. */
export function runtimeConfigOf(image: ImageConfig, user: ContainerUser, options: BundleOptions = {}): RuntimeConfig {
  const config = image.config ?? {};
  const rootless = options.rootless !== undefined;
  return {
    ociVersion: "1.0.2",
    process: processOf(config, user, options),
    root: { path: options.rootPath ?? "rootfs", readonly: false },
    hostname: "teu",
    mounts: [...mountsFor(rootless), ...(options.volumes === false ? [] : volumeMounts(config))],
    annotations: annotationsOf(image, options.exposedPorts ?? true),
    linux: linuxOf(options.rootless),
  };
}

type Process = NonNullable<RuntimeConfig["process"]>;

function processOf(config: ContainerConfig, user: ContainerUser, options: BundleOptions): Process {
  const { uid, gid, additionalGids } = user;
  const args = options.args ?? [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const workingDir = config.WorkingDir ?? "";
  return {
    terminal: options.terminal ?? false,
    user: { uid, gid, ...(additionalGids === undefined ? {} : { additionalGids }) },
    args: args.length === 0 ? ["sh"] : args,
    env: environmentOf(config.Env ?? [], user),
    cwd: workingDir === "" ? "/" : workingDir,
    capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
    rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
    noNewPrivileges: true,
  };
}

/** The variables of the image, and those it lacks of what programs rely on. */
function environmentOf(given: readonly string[], { home }: ContainerUser): readonly string[] {
  const names = new Set(given.map((variable) => variable.slice(0, variable.indexOf("="))));
  const added = [DEFAULT_PATH, ...(home === undefined ? [] : [`HOME=${home}`])];
  return [...given, ...added.filter((variable) => !names.has(variable.slice(0, variable.indexOf("="))))];
}

/** The annotations that an image means; its labels win over what other fields say. */
function annotationsOf(image: ImageConfig, withPorts: boolean): { readonly [key: string]: string } {
  const { config } = image;
  const ports = Object.keys(config?.ExposedPorts ?? {}).sort();
  const fields: readonly (readonly [string, string | null | undefined])[] = [
    ["os", image.os],
    ["architecture", image.architecture],
    ["variant", image.variant],
    ["os.version", image["os.version"]],
    ["os.features", image["os.features"]?.join(",")],
    ["author", image.author],
    ["created", image.created],
    ["stopSignal", config?.StopSignal],
    ["exposedPorts", withPorts ? ports.join(",") : ""],
  ];
  const given = fields.flatMap(([key, value]) => (value ? [[`${PREFIX}.${key}`, value] as const] : []));
  return { ...Object.fromEntries(given), ...config?.Labels };
}

type Mount = NonNullable<RuntimeConfig["mounts"]>[number];

function volumeMounts(config: ContainerConfig): Mount[] {
  const paths = Object.keys(config.Volumes ?? {}).sort();
  return paths.map((destination) => mount(destination, "tmpfs", "tmpfs", ["nosuid", "nodev", "mode=0755"]));
}

// oxlint-disable-next-line eslint/max-params -- a row of a table
function mount(destination: string, type: string, source: string, options: readonly string[]): Mount {
  return { destination, type, source, options: [...options] };
}

function mountsFor(rootless: boolean): Mount[] {
  const quiet = ["nosuid", "noexec", "nodev"];
  const group = rootless ? [] : ["gid=5"];
  const common = [
    mount("/proc", "proc", "proc", []),
    mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    mount("/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", ...group]),
    mount("/dev/shm", "tmpfs", "shm", [...quiet, "mode=1777", "size=65536k"]),
    mount("/dev/mqueue", "mqueue", "mqueue", quiet),
  ];
  if (rootless) return [...common, mount("/sys", "none", "/sys", ["rbind", ...quiet, "ro"])];
  return [
    ...common,
    mount("/sys", "sysfs", "sysfs", [...quiet, "ro"]),
    mount("/sys/fs/cgroup", "cgroup", "cgroup", [...quiet, "relatime", "ro"]),
  ];
}

function linuxOf(rootless: BundleOptions["rootless"]): NonNullable<RuntimeConfig["linux"]> {
  const types = ["pid", "network", "ipc", "uts", "mount", ...(rootless === undefined ? [] : ["user"])] as const;
  const namespaces = types.map((type) => ({ type }));
  const limits = { maskedPaths: [...MASKED], readonlyPaths: [...READONLY] };
  if (rootless === undefined) {
    return { namespaces, ...limits, resources: { devices: [{ allow: false, access: "rwm" }] } } as never;
  }
  const { uid, gid } = rootless;
  const uidMappings = [{ containerID: 0, hostID: uid, size: 1 }];
  const gidMappings = [{ containerID: 0, hostID: gid, size: 1 }];
  return { namespaces, ...limits, uidMappings, gidMappings } as never;
}

const CAPABILITIES: readonly string[] = [
  "CAP_AUDIT_WRITE",
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_MKNOD",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_RAW",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

const MASKED: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];

const READONLY: readonly string[] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
