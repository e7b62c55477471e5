/**
 * `checkpoint`: the processes of a container, saved to files.
 * @module
 */
import { tryWriteText, close } from "@teu/kernel/descriptors";
import { statAt, CWD, replaceFile } from "@teu/kernel/files";
import type { Args } from "../cli/args.ts";
import { UsageError } from "../cli/args.ts";
import { folderOf } from "../cgroup/folders.ts";
import { type Config, readConfig } from "../config/config.ts";
import { destroy } from "../container/delete.ts";
import { asNotifying } from "../container/notify.ts";
import { streamNames } from "../container/procfs.ts";
import { type State, keptConfig, loadState, stateFolder } from "../container/state.ts";
import { statusOf } from "../container/status.ts";
import { Failure, failureWithHint } from "../failure.ts";
import { quoted } from "../json-writer.ts";
import { mountsOf, planContainer } from "../plan.ts";
import { type Notice, runCriu } from "./criu.ts";
import { MASK, addMount, externalMounts, maskedFiles, namespaceKey, shortName } from "./externals.ts";
import { imageFolders, parentPath, sharedOptions } from "./options.ts";
import { WireWriter } from "./wire.ts";

/** The file of the images that tells which streams came from outside. */
export const STREAMS_FILE = "descriptors.json";

/** Saves a container, and removes it unless it is to go on. @throws Failure */
export function checkpointContainer(root: string, args: Args, warn: (message: string) => void): void {
  const id = args.operands("checkpoint", 1, 1)[0] ?? "";
  const state = loadState(root, id);
  const folder = stateFolder(root, id);
  const status = statusOf(folder, state);
  if (status !== "running" && status !== "paused")
    throw new Failure(`Container cannot be checkpointed in ${status} state`);
  const config = asNotifying(readConfig(keptConfig(folder), state.bundle), folder);
  const folders = imageFolders(args);
  const parent = parentPath(args, folders.images);
  const isPreDump = args.flag("pre-dump");
  if (isPreDump) checkFeature(1, "memory tracking, which --pre-dump needs");
  if (args.flag("lazy-pages")) checkFeature(2, "lazy pages");
  const statusFd = args.has("status-fd") ? args.count("status-fd", 0) : -1;
  const request = dumpOptions({ state, config, args, parent });
  if (!isPreDump) {
    addExternals(request, config, state);
    replaceFile(CWD, `${folders.images}/${STREAMS_FILE}`, streamsText(state), 0o600);
  }
  runCriu({
    kind: isPreDump ? "pre-dump" : "dump",
    inside: () => {},
    request: () => request,
    notice: (notice) => tellReady(notice, statusFd),
    folders,
    kept: [],
    log: LOG,
  });
  if (!isPreDump && !args.flag("leave-running")) destroy(root, id, warn);
}

const LOG = "dump.log";

// Whoever moves memory page by page waits for this.
function tellReady({ name }: Notice, statusFd: number): void {
  if (name !== "status-ready" || statusFd < 0) return;
  tryWriteText(statusFd, "\0");
  close(statusFd);
}

function checkFeature(field: number, what: string): void {
  const answer = runCriu({
    kind: "feature-check",
    inside: () => {},
    request: () => new WireWriter().flag(field, true),
    notice: () => {},
    folders: undefined,
    kept: [],
    log: "",
  });
  if (answer.message(8).number(field) === 1) return;
  throw failureWithHint(`criu is missing features: ${what}`, "this kernel or this criu lacks it: see criu check --all");
}

interface Dump {
  readonly state: State;
  readonly config: Config;
  readonly args: Args;
  readonly parent: string;
}

function dumpOptions({ state, config, args, parent }: Dump): WireWriter {
  const options = sharedOptions(args, config)
    .number(2, state.pid)
    .flag(3, args.flag("leave-running"))
    .string(10, LOG)
    .string(13, config.rootPath)
    .string(14, parent)
    .flag(15, parent !== "")
    .flag(18, args.flag("link-remap"))
    .string(44, folderOf(state.cgroups, "freezer") ?? "")
    .flag(46, args.flag("tcp-skip-in-flight"));
  const server = args.value("page-server", "");
  if (server !== "") options.message(11, pageServer(server));
  for (const { type, path } of config.namespaces) {
    if (path === "" || (type !== "network" && type !== "pid")) continue;
    const short = shortName(type);
    const inode = statAt(CWD, path)?.inode ?? 0;
    options.string(37, `${short}[${inode}]:${namespaceKey(short)}`);
  }
  return options;
}

function pageServer(text: string): WireWriter {
  const match = /^\[?([^\]]+)\]?:([0-9]{1,5})$/.exec(text);
  if (match === null) throw new UsageError("Use --page-server ADDRESS:PORT to specify page server");
  return new WireWriter().string(1, match[1] ?? "").number(2, Number(match[2] ?? "0"));
}

function addExternals(options: WireWriter, config: Config, state: State): void {
  const plan = planContainer(config, { hierarchies: [], cgroups: "none", noPivot: false });
  for (const { place } of externalMounts(config, mountsOf(plan.inside), state.cgroups)) addMount(options, place, place);
  for (const path of maskedFiles(config, state.pid)) addMount(options, path, MASK);
}

// Streams that the program has opened itself are its own.
function streamsText({ streams, pid }: State): string {
  const names = streams.length > 0 ? streams : streamNames(String(pid));
  return `[${names.map((name) => quoted(name)).join(",")}]`;
}
