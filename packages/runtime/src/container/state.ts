/**
 * What is known about a container between commands: one folder a container below `--root`, with
 * `state.json` (this: a line of JSON, and one more for each change of its process), `config.json` (the configuration as it was at create), and `start`, the socket on which a created
 * container waits. Written before anything is made, so that a create that was killed can be cleaned up.
 * @module
 */
import { ENOENT } from "@teu/kernel/errno";
import { close, writeText } from "@teu/kernel/descriptors";
import {
  AT_SYMLINK_NOFOLLOW,
  CWD,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  O_WRONLY,
  S_IFDIR,
  exists,
  listFolder,
  makeFolders,
  mkdirAt,
  open,
  readFile,
  replaceFile,
  statAt,
  tryReadFile,
  tryRemoveFolder,
  unlinkAt,
} from "@teu/kernel/files";
import { check } from "@teu/kernel/errno";
import { type Json, parseJson } from "@teu/std/json";
import type { Pair } from "../config/read.ts";
import { Failure, asFailure } from "../failure.ts";
import { JsonFields, quoted } from "../json-writer.ts";

/** The record of a container. */
export class State {
  id = "";
  ociVersion = "";
  /** Host pid of the first process; 0 before there is one. */
  pid = 0;
  /** See {@link ProcessStat.startTime}. */
  startTime = "";
  bundle = "";
  rootfs = "";
  /** False while it is being made. */
  ready = false;
  /** RFC 3339. */
  created = "";
  /** Numeric id of the user who created it. */
  owner = 0;
  annotations: readonly Pair[] = [];
  /** Folder of each cgroup by hierarchy. */
  cgroups: ReadonlyMap<string, string> = new Map<string, string>();
  /** The unit of systemd that keeps the cgroups; empty for none. */
  unit = "";
  /** Folders of resctrl that are made for it, the lower ones first. */
  intelRdt: readonly string[] = [];
  /** Its group of resctrl; empty for none. */
  intelRdtGroup = "";
  /** What its standard streams were at create, such as `pipe:[12]`; none where it has a terminal. */
  streams: readonly string[] = [];
  /** Types of namespaces that it has beside those of its configuration. */
  namespaces: readonly string[] = [];
  /** Moments of hooks that are still to come, such as `poststop`. */
  hooks: readonly string[] = [];
  /** The record as this process wrote it last; empty where it did not. */
  written = "";
}

/** The name of the socket on which a created container waits. */
export const START_SOCKET = "start";

/** The folder of a container. */
export function stateFolder(root: string, id: string): string {
  return `${root}/${id}`;
}

/** Makes the folder of a container, and takes its name by that. @throws Failure where the name is taken */
export function takeFolder(root: string, id: string): string {
  const folder = stateFolder(root, id);
  // Sticky, so that what tidies the runtime folders of users leaves it alone.
  makeFolders(root, 0o1700);
  if (!mkdirAt(CWD, folder, 0o711)) throw new Failure(`container with given ID already exists: ${JSON.stringify(id)}`);
  return folder;
}

/** Puts the record in place as a whole. @throws SysError */
export function saveState(folder: string, state: State): void {
  const cgroups: string[] = [];
  for (const [name, path] of state.cgroups) cgroups.push(`${quoted(name)}:${quoted(path)}`);
  const fields = new JsonFields()
    .text("id", state.id)
    .text("ociVersion", state.ociVersion)
    .number("pid", state.pid)
    .text("startTime", state.startTime)
    .text("bundle", state.bundle)
    .text("rootfs", state.rootfs)
    .flag("ready", state.ready)
    .text("created", state.created)
    .number("owner", state.owner)
    .json("annotations", pairsToJson(state.annotations))
    .json("cgroups", `{${cgroups.join(",")}}`)
    .text("unit", state.unit)
    .texts("intelRdt", state.intelRdt)
    .text("intelRdtGroup", state.intelRdtGroup)
    .texts("streams", state.streams)
    .texts("namespaces", state.namespaces)
    .texts("hooks", state.hooks);
  state.written = `${fields.toText()}\n`;
  replaceFile(CWD, `${folder}/state.json`, state.written, 0o600);
}

/**
 * Adds the process as it is now to a record that {@link saveState} wrote: one write, which spares a new file in place of the
 * old. @throws SysError
 */
export function saveProcess(folder: string, state: State): void {
  const path = `${folder}/state.json`;
  const fields = new JsonFields().number("pid", state.pid).text("startTime", state.startTime);
  const line = `${fields.flag("ready", state.ready).toText()}\n`;
  const fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
  try {
    writeText(fd, line, path);
  } finally {
    close(fd);
  }
  state.written += line;
}

/** Pairs as an object. */
export function pairsToJson(pairs: readonly Pair[]): string {
  return `{${pairs.map(({ name, value }) => `${quoted(name)}:${quoted(value)}`).join(",")}}`;
}

/** Reads the record of a container, or gives `known` back where that wrote it. @throws Failure where there is none */
export function loadState(root: string, id: string, known: State = new State()): State {
  const folder = stateFolder(root, id);
  const text = tryReadFile(`${folder}/state.json`);
  if (text === undefined) throw noContainer();
  if (text === known.written && text !== "") return known;
  try {
    return parseRecord(text);
  } catch (error) {
    throw new Failure(`state of container ${JSON.stringify(id)}: ${asFailure(error).message}`);
  }
}

/** The failure of every command on a container that is not there, in the words that callers look for. */
export function noContainer(): Failure {
  return new Failure("container does not exist");
}

// What stands behind the last end of a line was not written to its end.
function parseRecord(text: string): State {
  const [first = "", ...lines] = text.split("\n");
  const state = parseState(parseJson(first));
  for (const line of lines.slice(0, -1)) {
    const json = parseJson(line);
    state.pid = json.get("pid").integerBetween(0, MAX_PID);
    state.startTime = json.get("startTime").string();
    state.ready = json.get("ready").boolean();
  }
  return state;
}

const MAX_PID = 0x7fffffff;

// What a record cannot do without is asked for; the rest is as a build that did not know it would have it. So a container
// outlives a change of the program below it, in both directions.
function parseState(json: Json): State {
  const state = new State();
  state.id = json.get("id").string();
  state.bundle = json.get("bundle").string();
  state.pid = json.get("pid").integerBetween(0, MAX_PID);
  state.ociVersion = textOf(json.get("ociVersion"), "1.0.0");
  state.startTime = textOf(json.get("startTime"), "");
  state.rootfs = textOf(json.get("rootfs"), "");
  state.ready = json.get("ready").absent ? state.pid > 0 : json.get("ready").boolean();
  state.created = textOf(json.get("created"), "");
  state.owner = json.get("owner").absent ? 0 : json.get("owner").integerBetween(0, 0xffffffff);
  state.annotations = toPairs(json.get("annotations"));
  const cgroups = new Map<string, string>();
  for (const name of json.get("cgroups").names()) cgroups.set(name, json.get("cgroups").get(name).string());
  state.cgroups = cgroups;
  state.unit = textOf(json.get("unit"), "");
  state.intelRdt = toTexts(json.get("intelRdt"));
  state.intelRdtGroup = textOf(json.get("intelRdtGroup"), "");
  state.streams = toTexts(json.get("streams"));
  state.namespaces = toTexts(json.get("namespaces"));
  state.hooks = toTexts(json.get("hooks"));
  return state;
}

function textOf(json: Json, otherwise: string): string {
  return json.absent ? otherwise : json.string();
}

function toTexts(json: Json): string[] {
  return json.list().map((text) => text.string());
}

function toPairs(json: Json): Pair[] {
  return json.names().map((name) => ({ name, value: json.get(name).string(), field: "" }));
}

/** Keeps the configuration as it is now: later changes of the bundle have no effect. @throws SysError */
export function keepConfig(folder: string, text: string): void {
  const path = `${folder}/config.json`;
  // Nobody looks for it before there is a record of the container.
  const fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    writeText(fd, text, path);
  } finally {
    close(fd);
  }
}

/** The configuration as it was at create. @throws SysError */
export function keptConfig(folder: string): string {
  return readFile(`${folder}/config.json`);
}

/** The names of all containers below `root`. */
export function listIds(root: string): string[] {
  return exists(root) ? listFolder(root).filter((name) => exists(`${root}/${name}/state.json`)) : [];
}

function removeEntry(folder: string, fd: number, name: string): void {
  if (statAt(fd, name, AT_SYMLINK_NOFOLLOW)?.type === S_IFDIR) removeFolder(`${folder}/${name}`);
  else unlinkAt(fd, name);
}

/** Removes the folder of a container; what is gone already is fine. @throws SysError */
export function removeFolder(folder: string): void {
  // Most have these two alone.
  for (const name of ["state.json", "config.json"]) unlinkAt(CWD, `${folder}/${name}`);
  const direct = tryRemoveFolder(CWD, folder);
  if (direct >= 0 || direct === -ENOENT) return;
  const fd = open(folder, O_PATH | O_DIRECTORY);
  for (const name of listFolder(folder)) removeEntry(folder, fd, name);
  close(fd);
  const result = tryRemoveFolder(CWD, folder);
  if (result !== -ENOENT) check(result, "remove", folder);
}
