/**
 * What a person may decide about a container, as plain data that is kept with it.
 * @module
 */

/** Something that is mounted into a container. */
export interface MountOption {
  readonly type: "bind" | "volume" | "tmpfs";
  /** A path of the host, or the name of a volume; empty for a volume without a name. */
  readonly source: string;
  readonly target: string;
  /** As mount(8) has them, such as `ro` or `size=64m`. */
  readonly options: readonly string[];
}

/** A port of the host that leads to one of a container. */
export interface PortOption {
  /** Empty for all addresses. */
  readonly hostIp: string;
  /** 0 for one that is free. */
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp" | "sctp";
}

/** A device of the host. */
export interface DeviceOption {
  readonly source: string;
  readonly target: string;
  /** Of `r`, `w` and `m`. */
  readonly access: string;
}

/** A resource limit of a process. */
export interface UlimitOption {
  /** As runtimes call it, such as `RLIMIT_NOFILE`. */
  readonly type: string;
  readonly soft: number;
  readonly hard: number;
}

/** What a container may use. Left out: no limit. */
export interface ResourceOptions {
  readonly memoryBytes?: number;
  /** With swap; -1 for any. Default: twice the memory. */
  readonly memorySwapBytes?: number;
  readonly memoryReservationBytes?: number;
  readonly cpus?: number;
  readonly cpuShares?: number;
  readonly cpusetCpus?: string;
  readonly pidsLimit?: number;
  readonly shmBytes?: number;
  readonly oomScoreAdj?: number;
}

/** How a container is shut in. */
export interface SecurityOptions {
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  /** `default`, `unconfined`, or a profile as JSON. */
  readonly seccomp: string;
  readonly noNewPrivileges: boolean;
  /** Whether parts of /proc and /sys are hidden and kept from writes. */
  readonly maskPaths: boolean;
  readonly apparmor?: string;
}

/** When a container is started again. */
export interface RestartOption {
  readonly policy: "no" | "always" | "unless-stopped" | "on-failure";
  /** Of `on-failure`: 0 for any number. */
  readonly max: number;
}

/** A check of a container's health. What is left out is the image's or the default. */
export interface HealthOptions {
  readonly disabled: boolean;
  /** For a shell. */
  readonly command?: string;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly startPeriodMs?: number;
  readonly startIntervalMs?: number;
  readonly retries?: number;
}

/** A log and its bounds. */
export interface LogOptions {
  readonly enabled: boolean;
  /** 0 for any size. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** All of a container that is decided when it is made. */
export interface ContainerOptions {
  /** Instead of the image's command. */
  readonly command: readonly string[];
  /** Instead of the image's entrypoint; empty for none at all. */
  readonly entrypoint?: readonly string[];
  /** `NAME=VALUE`. */
  readonly env: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly groupAdd: readonly string[];
  readonly hostname?: string;
  readonly terminal: boolean;
  /** Whether standard input stays open. */
  readonly interactive: boolean;
  readonly readOnly: boolean;
  readonly init: boolean;
  readonly mounts: readonly MountOption[];
  /** `none`, `host`, or the name of a network; `bridge` is the engine's own. */
  readonly network: string;
  readonly ports: readonly PortOption[];
  /** `NAME:ADDRESS`. */
  readonly addHosts: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly resources: ResourceOptions;
  readonly security: SecurityOptions;
  readonly ulimits: readonly UlimitOption[];
  readonly devices: readonly DeviceOption[];
  readonly sysctls: Readonly<Record<string, string>>;
  /** Namespaces that the container shares with the host. */
  readonly hostNamespaces: readonly ("pid" | "ipc" | "uts")[];
  readonly restart: RestartOption;
  readonly health: HealthOptions;
  readonly stopSignal?: string;
  /** Default: 10. */
  readonly stopTimeoutSeconds?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly autoRemove: boolean;
  readonly log: LogOptions;
  /** Name or path of the runtime. Default: `teu-runtime`. */
  readonly runtime?: string;
}

/** What a container is like about which nobody said anything. */
export const DEFAULT_OPTIONS: ContainerOptions = {
  command: [],
  env: [],
  groupAdd: [],
  terminal: false,
  interactive: false,
  readOnly: false,
  init: false,
  mounts: [],
  network: "bridge",
  ports: [],
  addHosts: [],
  dns: [],
  dnsSearch: [],
  resources: {},
  security: {
    privileged: false,
    capAdd: [],
    capDrop: [],
    seccomp: "default",
    noNewPrivileges: false,
    maskPaths: true,
  },
  ulimits: [],
  devices: [],
  sysctls: {},
  hostNamespaces: [],
  restart: { policy: "no", max: 0 },
  health: { disabled: false },
  labels: {},
  annotations: {},
  autoRemove: false,
  log: { enabled: true, maxBytes: 10 * 1024 * 1024, maxFiles: 3 },
};
