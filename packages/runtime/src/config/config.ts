/**
 * The configuration of a container, read once and checked while it is read. Unknown fields are passed over.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md
 * @module
 */
import { type Json, parseJson } from "@teu/std/json";
import { ROOTFS_PROPAGATIONS } from "@teu/spec/runtime/linux-names";
import { readFile } from "@teu/kernel/files";
import { Failure, asFailure, failureWithHint, fieldFailure } from "../failure.ts";
import { type DeviceConfig, readDevice } from "./devices.ts";
import { type LandlockConfig, readLandlock } from "./landlock.ts";
import { type HookConfig, readHooks } from "./hooks.ts";
import { type MountConfig, readMount } from "./mounts.ts";
import {
  type IdMapping,
  type NamespaceConfig,
  type TimeOffset,
  readMappings,
  readNamespaces,
  readTimeOffsets,
} from "./namespaces.ts";
import { type ProcessConfig, readProcessOrNone } from "./process.ts";
import {
  type Pair,
  cleanPath,
  readAbsolutePath,
  readFlag,
  readName,
  readOneOf,
  readPairs,
  readTextOr,
} from "./read.ts";

/** A checked configuration. Lists keep the order of the document; what is absent is empty, unless a field says otherwise. */
export interface Config {
  readonly ociVersion: string;
  /** Absolute. */
  readonly bundle: string;
  /** Absolute. */
  readonly rootPath: string;
  readonly rootReadonly: boolean;
  readonly mounts: readonly MountConfig[];
  readonly process: ProcessConfig;
  readonly hostname: string;
  readonly domainname: string;
  readonly hooks: readonly HookConfig[];
  readonly annotations: readonly Pair[];
  /** Undefined where no annotation asks for it. */
  readonly landlock: LandlockConfig | undefined;
  readonly namespaces: readonly NamespaceConfig[];
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
  readonly timeOffsets: readonly TimeOffset[];
  readonly devices: readonly DeviceConfig[];
  readonly sysctl: readonly Pair[];
  readonly maskedPaths: readonly PathField[];
  readonly readonlyPaths: readonly PathField[];
  /** Empty where not given. */
  readonly rootfsPropagation: string;
  readonly mountLabel: string;
  /** Empty where not given. */
  readonly cgroupsPath: string;
  /** `linux`, for the readers of its parts that stand elsewhere: resources, seccomp, intelRdt and the like. */
  readonly linux: Json;
}

/** A path and the place where it was given. */
export interface PathField {
  readonly path: string;
  readonly field: string;
}

/** The text of the configuration of the bundle at the absolute path `bundle`, or of `file` where that is given. @throws Failure */
export function readBundleConfig(bundle: string, file = ""): string {
  try {
    return readFile(file === "" ? `${bundle}/config.json` : file);
  } catch (error) {
    throw failureWithHint(asFailure(error).message, "a bundle is a folder with a config.json: name it with --bundle");
  }
}

/** Reads a configuration from its text. @throws Failure that names the field */
export function readConfig(text: string, bundle: string): Config {
  try {
    return readDocument(parseJson(text), bundle);
  } catch (error) {
    const { message, field, operation, subject, errno, hint } = asFailure(error);
    throw new Failure(`config.json: ${message}`, { field, operation, subject, errno, hint });
  }
}

function readDocument(json: Json, bundle: string): Config {
  const root = json.get("root");
  const linux = json.get("linux");
  const rootPath = readName(root.get("path"));
  const namespaces = readNamespaces(linux.get("namespaces"));
  const propagation = linux.get("rootfsPropagation");
  const annotations = readPairs(json.get("annotations"));
  const timeOffsets = readTimeOffsets(linux.get("timeOffsets"));
  if (timeOffsets.length > 0) checkOwnTime(namespaces);
  return {
    ociVersion: readVersion(json.get("ociVersion")),
    bundle,
    rootPath: rootPath.startsWith("/") ? rootPath : `${bundle}/${rootPath}`,
    rootReadonly: readFlag(root.get("readonly")),
    mounts: json
      .get("mounts")
      .list()
      .map((item) => readMount(item, bundle)),
    process: readProcessOrNone(json.get("process")),
    hostname: readTextOr(json.get("hostname"), ""),
    domainname: readTextOr(json.get("domainname"), ""),
    hooks: readHooks(json.get("hooks")),
    annotations,
    landlock: readLandlock(annotations),
    namespaces,
    uidMappings: readMappings(linux.get("uidMappings")),
    gidMappings: readMappings(linux.get("gidMappings")),
    timeOffsets,
    devices: linux
      .get("devices")
      .list()
      .map((item) => readDevice(item)),
    sysctl: readPairs(linux.get("sysctl")),
    maskedPaths: readPaths(linux.get("maskedPaths")),
    readonlyPaths: readPaths(linux.get("readonlyPaths")),
    rootfsPropagation: readTextOr(propagation, "") === "" ? "" : readPropagation(propagation),
    mountLabel: readTextOr(linux.get("mountLabel"), ""),
    cgroupsPath: readTextOr(linux.get("cgroupsPath"), ""),
    linux,
  };
}

function checkOwnTime(namespaces: readonly NamespaceConfig[]): void {
  if (namespaces.some(({ type, path }) => type === "time" && path === "")) return;
  throw fieldFailure("linux.timeOffsets", "needs a new time namespace in linux.namespaces");
}

// Every 1.x is read: unknown fields are passed over, and later fields only add.
function readVersion(json: Json): string {
  const version = json.string();
  if (!/^1\.[0-9]+\.[0-9]+([-+].*)?$/.test(version))
    throw fieldFailure(json.path, `version ${JSON.stringify(version)} is not supported, expected 1.x.y`);
  return version;
}

function readPaths(json: Json): PathField[] {
  const place = json.path;
  return json.list().map((item, i) => ({ path: cleanPath(readAbsolutePath(item)), field: `${place}[${i}]` }));
}

// runc also takes the recursive forms.
function readPropagation(json: Json): string {
  return readOneOf(json, [...ROOTFS_PROPAGATIONS, "rshared", "rslave", "rprivate", "runbindable"]).replace(/^r/, "");
}
