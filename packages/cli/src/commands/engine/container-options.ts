/**
 * From the options of `teu run` to those of a container.
 * @module
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type ContainerOptions,
  DEFAULT_OPTIONS,
  type HealthOptions,
  type ResourceOptions,
  type SecurityOptions,
} from "@teu/engine/config/options";
import {
  readDevice,
  readDuration,
  readEnvFile,
  readInteger,
  readPort,
  readRestart,
  readSize,
  readUlimit,
  readVariable,
  wrongOption,
} from "@teu/engine/config/read-options";
import { TeuError } from "@teu/std/error";
import type { Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";

/** What was asked for. @throws TeuError `ERR_CONTAINER_OPTION`, `ERR_USAGE` */
export async function containerOptions(invocation: Invocation, host: Host): Promise<ContainerOptions> {
  const { operands, option, options, flag } = invocation;
  const entrypoint = option("entrypoint");
  const restart = readRestart(option("restart") ?? "no");
  if (flag("rm") && restart.policy !== "no") throw usage("--rm and --restart do not go together");
  return withoutUndefined({
    ...DEFAULT_OPTIONS,
    command: operands.slice(1),
    entrypoint: entrypoint === undefined ? undefined : entrypoint === "" ? [] : [entrypoint],
    env: environmentOf(invocation, host),
    workdir: workdirOf(option("workdir")),
    user: option("user"),
    groupAdd: options("group-add"),
    hostname: option("hostname"),
    terminal: flag("tty"),
    interactive: flag("interactive"),
    readOnly: flag("read-only"),
    init: flag("init"),
    mounts: await mountsOf(invocation, host),
    network: option("network") ?? DEFAULT_OPTIONS.network,
    ports: options("publish").flatMap(readPort),
    addHosts: options("add-host"),
    dns: options("dns"),
    dnsSearch: options("dns-search"),
    resources: resourcesOf(invocation),
    security: securityOf(invocation, host),
    ulimits: options("ulimit").map(readUlimit),
    devices: options("device").map(readDevice),
    sysctls: pairs(options("sysctl"), "sysctl"),
    hostNamespaces: (["pid", "ipc", "uts"] as const).filter((name) => sharesHost(option(name), name)),
    restart,
    health: healthOf(invocation),
    stopSignal: signalOf(option("stop-signal")),
    stopTimeoutSeconds: number(invocation, "stop-timeout", [-1, 1e9]),
    labels: pairs(options("label"), "label"),
    annotations: pairs(options("annotation"), "annotation"),
    autoRemove: flag("rm"),
    log: logOf(invocation),
    runtime: option("runtime"),
  });
}

function usage(text: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `Reading the options: ${text}`);
}

/** Optional fields that are left out are not there, as the types of the engine have it. */
function withoutUndefined(fields: {
  readonly [Name in keyof ContainerOptions]: ContainerOptions[Name] | undefined;
}): ContainerOptions {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as ContainerOptions;
}

/** The variables of `--env-file` and `--env`. @throws TeuError `ERR_CONTAINER_OPTION` */
export function environmentOf({ options }: Invocation, { env, cwd }: Host): readonly string[] {
  const files = options("env-file").flatMap((path) => readEnvFile(readText(resolve(cwd, path), "env-file"), env));
  return [...files, ...options("env").flatMap((text) => readVariable(text, env))];
}

function readText(path: string, option: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw wrongOption(
      option,
      path,
      `a file that can be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function workdirOf(text: string | undefined): string | undefined {
  if (text === undefined || text.startsWith("/")) return text;
  throw wrongOption("workdir", text, "an absolute path");
}

async function mountsOf({ options }: Invocation, { cwd }: Host): Promise<ContainerOptions["mounts"]> {
  const [volumes, mounts, tmpfs] = [options("volume"), options("mount"), options("tmpfs")];
  if (volumes.length + mounts.length + tmpfs.length === 0) return [];
  const { readMount, readTmpfs, readVolume } = await import("@teu/engine/config/read-mounts");
  return [
    ...volumes.map((text) => readVolume(text, cwd)),
    ...mounts.map((text) => readMount(text, cwd)),
    ...tmpfs.map((text) => readTmpfs(text)),
  ];
}

function number({ option }: Invocation, name: string, bounds: readonly [number, number]): number | undefined {
  const text = option(name);
  return text === undefined ? undefined : readInteger(text, name, bounds);
}

function size({ option }: Invocation, name: string): number | undefined {
  const text = option(name);
  if (text === "-1") return -1;
  return text === undefined ? undefined : readSize(text, name);
}

const LEAST_MEMORY_BYTES = 512 * 1024;

function resourcesOf(invocation: Invocation): ResourceOptions {
  const { option } = invocation;
  const memoryBytes = size(invocation, "memory");
  if (memoryBytes !== undefined && memoryBytes !== 0 && memoryBytes < LEAST_MEMORY_BYTES)
    throw wrongOption("memory", option("memory") ?? "", "at least 512k");
  const cpus = option("cpus");
  if (cpus !== undefined && !/^(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)$/.test(cpus))
    throw wrongOption("cpus", cpus, "a number such as 1.5");
  const fields = {
    memoryBytes: memoryBytes === 0 ? undefined : memoryBytes,
    memorySwapBytes: size(invocation, "memory-swap"),
    memoryReservationBytes: size(invocation, "memory-reservation"),
    cpus: cpus === undefined || Number(cpus) === 0 ? undefined : Number(cpus),
    cpuShares: number(invocation, "cpu-shares", [0, 262_144]),
    cpusetCpus: option("cpuset-cpus"),
    pidsLimit: number(invocation, "pids-limit", [-1, 4_194_304]),
    shmBytes: size(invocation, "shm-size"),
    oomScoreAdj: number(invocation, "oom-score-adj", [-1000, 1000]),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function securityOf({ option, options, flag }: Invocation, { cwd }: Host): SecurityOptions {
  let security: SecurityOptions = {
    ...DEFAULT_OPTIONS.security,
    privileged: flag("privileged"),
    capAdd: options("cap-add"),
    capDrop: options("cap-drop"),
  };
  for (const text of options("security-opt")) security = { ...security, ...securityOption(text, cwd) };
  void option;
  return security;
}

function securityOption(text: string, cwd: string): Partial<SecurityOptions> {
  const [, name = text, value = ""] = /^([a-z-]+)[=:](.*)$/.exec(text) ?? [];
  if (name === "no-new-privileges") return { noNewPrivileges: value !== "false" };
  if (name === "seccomp" && value !== "") return { seccomp: seccompOf(value, cwd) };
  if (name === "apparmor" && value !== "") return { apparmor: value };
  if (name === "systempaths" && value === "unconfined") return { maskPaths: false };
  if (name === "label" && value === "disable") return {};
  throw wrongOption("security-opt", text, "no-new-privileges, seccomp=…, apparmor=… or systempaths=unconfined");
}

function seccompOf(value: string, cwd: string): string {
  if (value === "unconfined" || value === "default" || value === "builtin")
    return value === "unconfined" ? value : "default";
  return readText(resolve(cwd, value), "security-opt");
}

function sharesHost(value: string | undefined, name: string): boolean {
  if (value === undefined || value === "private" || value === "") return false;
  if (value === "host") return true;
  throw wrongOption(name, value, "host or private");
}

function pairs(texts: readonly string[], option: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf("=");
      if (equals === 0 || text === "") throw wrongOption(option, text, "NAME=VALUE");
      return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

function healthOf(invocation: Invocation): HealthOptions {
  const { option, flag } = invocation;
  const time = (name: string): number | undefined => {
    const text = option(name);
    return text === undefined ? undefined : readDuration(text, name);
  };
  const fields = {
    disabled: flag("no-healthcheck"),
    command: option("health-cmd"),
    intervalMs: time("health-interval"),
    timeoutMs: time("health-timeout"),
    startPeriodMs: time("health-start-period"),
    startIntervalMs: time("health-start-interval"),
    retries: number(invocation, "health-retries", [1, 1_000_000]),
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as HealthOptions;
}

function signalOf(text: string | undefined): string | undefined {
  if (text === undefined || /^(?:[0-9]{1,2}|(?:SIG)?[A-Z0-9]+(?:[+-][0-9]+)?)$/i.test(text)) return text;
  throw wrongOption("stop-signal", text, "a signal such as TERM or 15");
}

function logOf({ option, options }: Invocation): ContainerOptions["log"] {
  const driver = option("log-driver") ?? "cri";
  if (!["cri", "k8s-file", "none"].includes(driver)) throw wrongOption("log-driver", driver, "cri or none");
  const values = pairs(options("log-opt"), "log-opt");
  const { "max-size": maxSize, "max-file": maxFile } = values;
  return {
    enabled: driver !== "none",
    maxBytes:
      maxSize === undefined ? DEFAULT_OPTIONS.log.maxBytes : maxSize === "-1" ? 0 : readSize(maxSize, "log-opt"),
    maxFiles: maxFile === undefined ? DEFAULT_OPTIONS.log.maxFiles : readInteger(maxFile, "log-opt", [1, 1000]),
  };
}
