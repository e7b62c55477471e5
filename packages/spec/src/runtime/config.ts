/**
 * The configuration of a container, `config.json`: what a bundle asks a runtime to make and run.
 * @module
 */
import { DEFAULT_JSON_LIMITS, type Json } from "@teu/std/json";
import { type Document, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch, quote } from "../issue.ts";
import { boolean, checkFields, listOf, object, string } from "../shape.ts";
import { checkConfigAnnotations } from "./annotations.ts";
import { RUNTIME_CLAUSES } from "./clauses.ts";
import { type RuntimeReport, checkString, fieldsOf } from "./fields.ts";
import { type FreebsdConfig, checkFreebsd } from "./freebsd.ts";
import { type Hooks, checkHooks } from "./hooks.ts";
import { type LinuxConfig, checkLinux } from "./linux.ts";
import { type Mount, checkMounts } from "./mounts.ts";
import { isVolumePath } from "./paths.ts";
import { POSIX_PLATFORMS, type RuntimePlatform, platformOf } from "./platforms.ts";
import { type Process, checkProcess } from "./process.ts";
import { parseVersion } from "./semver.ts";
import { type SolarisConfig, checkSolaris } from "./solaris.ts";
import { type VmConfig, checkVm } from "./vm.ts";
import { type WindowsConfig, checkWindows } from "./windows.ts";
import { type ZosConfig, checkZos } from "./zos.ts";

/**
 * A configuration. Here and in its parts a field that may be absent may also be null, which means the same; Go programs
 * write it so. 64-bit integers are `bigint` beyond 2^53.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md}
 */
export interface RuntimeConfig {
  /** The version of the specification that the bundle complies with (SemVer 2.0.0). */
  readonly ociVersion: string;
  /** What to run. Create can do without, start cannot. */
  readonly process?: Process;
  /** Must be set, but for Hyper-V containers. */
  readonly root?: Root;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly mounts?: readonly Mount[];
  readonly hooks?: Hooks;
  readonly annotations?: { readonly [key: string]: string };
  readonly linux?: LinuxConfig;
  readonly solaris?: SolarisConfig;
  readonly windows?: WindowsConfig;
  readonly vm?: VmConfig;
  readonly zos?: ZosConfig;
  readonly freebsd?: FreebsdConfig;
}

/** The root file system. */
export interface Root {
  /** Absolute or relative to the bundle; on Windows a volume GUID path. */
  readonly path: string;
  readonly readonly?: boolean;
}

/** How to look at a configuration. */
export interface ConfigOptions {
  /** What the configuration is for; without it, what {@link platformOf} takes it for. */
  readonly platform?: RuntimePlatform;
}

/**
 * Reads and checks a configuration.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST; `detail.issues` has every issue.
 */
export function parseConfig(bytes: Uint8Array, options: ConfigOptions = {}): Document<RuntimeConfig> {
  return parseDocument(bytes, {
    name: "a container configuration",
    limits: DEFAULT_JSON_LIMITS,
    check: (json) => checkConfig(json, options),
  });
}

/** Lists every clause that a configuration breaks. */
export function checkConfig(json: Json, { platform = platformOf(json) }: ConfigOptions = {}): Issue[] {
  const report = new Report(RUNTIME_CLAUSES);
  if (json.kind !== "object") report.add("runtime.config.types", json, mismatch("an object", json));
  else checkObject(json, platform, report);
  return report.issues;
}

function checkObject(json: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  checkFields(json, CONFIG, report);
  checkVersion(json.get("ociVersion"), report);
  checkRoot(json, platform, report);
  checkMounts(json, platform, report);
  checkProcess(json.get("process"), platform, report);
  checkHooks(json.get("hooks"), report);
  checkConfigAnnotations(json.get("annotations"), report);
  checkPlatforms(json, platform, report);
  checkLinux(json.get("linux"), report);
  checkSolaris(json.get("solaris"), report);
  checkWindows(json.get("windows"), report);
  checkVm(json.get("vm"), report);
  checkZos(json.get("zos"), report);
  checkFreebsd(json.get("freebsd"), report);
}

const CONFIG = fieldsOf(
  "runtime.config",
  { ociVersion: string },
  {
    process: object,
    root: object,
    hostname: string,
    domainname: string,
    mounts: listOf(object),
    hooks: object,
    linux: object,
    solaris: object,
    windows: object,
    vm: object,
    zos: object,
    freebsd: object,
  },
);

function checkVersion(json: Json, report: RuntimeReport): void {
  if (json.kind !== "string") return;
  const version = parseVersion(json.text);
  if (version === undefined) {
    report.add("runtime.config.ociVersion.semver", json, `expected a version, got ${quote(json.text)}`);
  } else if (version.major !== "1" && version.major !== "0") {
    report.add("runtime.config.ociVersion.major", json, `expected a version 1, got ${quote(json.text)}`);
  }
}

function checkRoot(config: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  const root = config.get("root");
  checkRootPresence(config, platform, report);
  if (root.kind !== "object") return;
  checkFields(root, ROOT, report);
  if (platform !== "windows") {
    checkString(root.get("path"), "runtime.root.path.rootfs", CONVENTIONAL, report);
    return;
  }
  checkString(root.get("path"), "runtime.root.path.volume", VOLUME, report);
  const readonly = root.get("readonly");
  if (readonly.text === "true") report.add("runtime.root.readonly.windows", readonly, "expected nothing, got true");
}

const ROOT = fieldsOf("runtime.root", { path: string }, { readonly: boolean });
const CONVENTIONAL = { test: (path: string) => path === "rootfs", expected: "rootfs by convention" };
const VOLUME = { test: isVolumePath, expected: "a volume GUID path" };

function checkRootPresence(config: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  const root = config.get("root");
  const windows = config.get("windows");
  const hyperv = platform === "windows" && windows.kind === "object" && !windows.get("hyperv").absent;
  if (hyperv && !root.absent) {
    report.add("runtime.config.root.hyperv", root, "expected nothing, since Hyper-V is used");
  }
  if (hyperv || !root.absent) return;
  const clause = platform === "windows" ? "runtime.config.root.windows" : "runtime.config.root";
  report.add(clause, root, mismatch("an object", root));
}

function checkPlatforms(config: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  const windows = config.get("windows");
  if (platform === "windows" && windows.absent) {
    report.add("runtime.platform.windows", windows, mismatch("an object", windows));
  }
  for (const other of POSIX_PLATFORMS) {
    const part = config.get(other);
    if (other === platform || part.absent) continue;
    report.add(`runtime.platform.${other}`, part, `expected nothing, since the platform is ${platform}`);
  }
}
