/**
 * What the monitor is to do, as the engine writes it to `monitor.json` in the container's folder below the run folder.
 * @module
 */
import { type Json, parseJson } from "@teu/std/json";
import { readFile } from "@teu/kernel/files";

/** A run of ids of a user namespace. */
export class IdRange {
  readonly text: readonly string[];

  constructor(json: Json) {
    this.text = json.list().map((item) => item.integer());
  }
}

/** A periodic check of the container by a command in it. */
export class HealthSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly startIntervalMs: number;
  readonly retries: number;

  constructor(json: Json) {
    this.intervalMs = numberOf(json, "intervalMs");
    this.timeoutMs = numberOf(json, "timeoutMs");
    this.startPeriodMs = numberOf(json, "startPeriodMs");
    this.startIntervalMs = numberOf(json, "startIntervalMs");
    this.retries = numberOf(json, "retries");
  }
}

/** A container that goes when it has ended. */
export class RemovalSettings {
  readonly name: string;
  /** The folder of all containers. */
  readonly containers: string;
  /** The folder of names. */
  readonly names: string;
  /** The folder of what holds while it runs. */
  readonly run: string;

  constructor(json: Json) {
    this.name = textOf(json, "name");
    this.containers = textOf(json, "containers");
    this.names = textOf(json, "names");
    this.run = textOf(json, "run");
  }
}

/** The settings of one container. Paths are absolute. */
export class Settings {
  readonly id: string;
  /** The runtime and its options before the command. */
  readonly runtime: readonly string[];
  readonly bundle: string;
  readonly terminal: boolean;
  /** Whether standard input stays open without a client. */
  readonly openInput: boolean;
  /** Whether standard input ends with the client that gave some. */
  readonly inputOnce: boolean;
  /** Whether the container waits for the network, or another word, between its making and its start. */
  readonly waits: boolean;
  /** Where the root file system is mounted; empty for none to mount. */
  readonly mountPoint: string;
  /** Options of the overlay; or the words of a program that mounts instead. */
  readonly overlay: readonly string[];
  /** Folder from which lower layers are named. */
  readonly overlayFolder: string;
  readonly mountProgram: readonly string[];
  /** Empty for no log. */
  readonly logPath: string;
  readonly logMaxBytes: number;
  readonly logMaxFiles: number;
  /** Where the record of the end goes. */
  readonly exitPath: string;
  readonly restartPolicy: string;
  /** Most restarts of `on-failure`; 0 for any number. */
  readonly restartMax: number;
  /** Programs run before a restart, between making and starting again, and at the end where no client sees to it. */
  readonly restartHook: readonly string[];
  readonly createdHook: readonly string[];
  readonly endedHook: readonly string[];
  /** What is to go at the end; nothing where the container stays, or more than the monitor can remove has to go with it. */
  readonly removal: RemovalSettings | undefined;
  readonly uidRanges: readonly IdRange[];
  readonly gidRanges: readonly IdRange[];
  readonly health: HealthSettings | undefined;

  constructor(json: Json) {
    this.id = textOf(json, "id");
    this.runtime = textsOf(json, "runtime");
    this.bundle = textOf(json, "bundle");
    this.terminal = flagOf(json, "terminal");
    this.openInput = flagOf(json, "openInput");
    this.inputOnce = flagOf(json, "inputOnce");
    this.waits = flagOf(json, "waits");
    this.mountPoint = textOf(json, "mountPoint");
    this.overlay = textsOf(json, "overlay");
    this.overlayFolder = textOf(json, "overlayFolder");
    this.mountProgram = textsOf(json, "mountProgram");
    this.logPath = textOf(json, "logPath");
    this.logMaxBytes = numberOf(json, "logMaxBytes");
    this.logMaxFiles = numberOf(json, "logMaxFiles");
    this.exitPath = textOf(json, "exitPath");
    this.restartPolicy = textOf(json, "restartPolicy");
    this.restartMax = numberOf(json, "restartMax");
    this.restartHook = textsOf(json, "restartHook");
    this.createdHook = textsOf(json, "createdHook");
    this.endedHook = textsOf(json, "endedHook");
    const removal = json.get("removal");
    this.removal = removal.absent ? undefined : new RemovalSettings(removal);
    this.uidRanges = rangesOf(json, "uidRanges");
    this.gidRanges = rangesOf(json, "gidRanges");
    const health = json.get("health");
    this.health = health.absent ? undefined : new HealthSettings(health);
  }
}

/** Reads the settings. @throws JsonError, SysError */
export function readSettings(path: string): Settings {
  return new Settings(parseJson(readFile(path)));
}

function textOf(json: Json, name: string): string {
  const value = json.get(name);
  return value.absent ? "" : value.string();
}

function numberOf(json: Json, name: string): number {
  const value = json.get(name);
  return value.absent ? 0 : value.integerBetween(0, Number.MAX_SAFE_INTEGER);
}

function flagOf(json: Json, name: string): boolean {
  const value = json.get(name);
  return value.absent ? false : value.boolean();
}

function textsOf(json: Json, name: string): string[] {
  return json
    .get(name)
    .list()
    .map((item) => item.string());
}

function rangesOf(json: Json, name: string): IdRange[] {
  return json
    .get(name)
    .list()
    .map((item) => new IdRange(item));
}
