/**
 * The program `teu-monitor`: what of the engine must be small and outlive the command.
 *
 *     teu-monitor run FOLDER [FD]               the monitor of a container, told by `monitor.json` in FOLDER; its first
 *                                               client is at the descriptor FD
 *     teu-monitor start FOLDER INPUT COMMAND…   the same in a process of its own, and its first client here: INPUT is 1 where
 *                                               the container reads standard input. COMMAND tells of a start that failed
 *     teu-monitor enter PID COMMAND…            a command in the user and mount namespaces of a process
 *     teu-monitor map UIDS GIDS COMMAND…        a command as root of a new user namespace: UIDS is `C:H:N[,…]`
 *     teu-monitor pin SOURCE FILE               mounts a namespace over a file, so that it outlasts its processes
 *     teu-monitor unpin FILE                    undoes that; a file with nothing over it is fine
 *     teu-monitor mount FOLDER                  mounts as `run` would, says so, and stays until its input ends
 *
 * It serves the engine alone.
 * @module
 */
import { STDERR, STDIN, STDOUT, close, duplicate, writeText } from "@teu/kernel/descriptors";
import { O_APPEND, O_CREAT, O_RDONLY, O_WRONLY, open, readFile } from "@teu/kernel/files";
import { errnoText } from "@teu/kernel/errno";
import { MS_BIND, changeFolder, tryMount } from "@teu/kernel/mounts";
import { CLONE_NEWNS, CLONE_NEWUSER, joinNamespace } from "@teu/kernel/namespaces";
import { setGroup, setUser } from "@teu/kernel/identity";
import {
  PR_SET_CHILD_SUBREAPER,
  PR_SET_PDEATHSIG,
  clone,
  exitNow,
  newSession,
  ownPid,
  parentPid,
  tryControl,
  tryExec,
  wait,
} from "@teu/kernel/processes";
import { SIGKILL, blockSignals, ignoreBrokenPipes, resetSignals } from "@teu/kernel/signals";
import { socketPair } from "@teu/kernel/sockets";
import { readSome } from "@teu/kernel/trees";
import { parseJson } from "@teu/std/json";
import { Foreground } from "./foreground.ts";
import { environment, launch, openMessages, openNull } from "./launch.ts";
import { Monitor } from "./monitor.ts";
import { mountRoot, tryUnmount } from "./root.ts";
import { IdRange, readSettings, type Settings } from "./settings.ts";
import { enterUserNamespace } from "./user-namespace.ts";

const FAILED = 1;
const NOT_STARTED = 127;

function main(words: readonly string[]): number {
  const [mode = "", first = "", second = ""] = words;
  if (mode === "run") return monitor(first, second === "" ? -1 : Number(second));
  if (mode === "start") return start(first, second === "1", words.slice(3));
  if (mode === "mount") return holdMount(first);
  if (mode === "pin") return pin(first, second);
  if (mode === "unpin") {
    tryUnmount(first);
    return 0;
  }
  if (mode === "enter") return enter(first, words.slice(2));
  if (mode === "map") return mapped([first, second], words.slice(3));
  throw new Error("usage: teu-monitor run|start|mount|pin|unpin|enter|map …");
}

function monitor(folder: string, starter: number): number {
  changeFolder(folder);
  const settings = readSettings("monitor.json");
  blockSignals(true);
  enterMaps(settings);
  tryControl(PR_SET_CHILD_SUBREAPER, [1]);
  const hostMounts = settings.uidRanges.length > 0 ? -1 : open("/proc/self/ns/mnt", O_RDONLY);
  mountRoot(settings);
  changeFolder(folder);
  const hook = new Monitor(settings, starter, hostMounts).run();
  return hook.length === 0 ? 0 : become(hook, hostMounts, settings.mountPoint);
}

// The two ends know each other for good: a message is a whole one.
function start(folder: string, readsInput: boolean, teller: readonly string[]): number {
  blockSignals(true);
  const ends = socketPair();
  const command = ownPid();
  const child = clone(0);
  if (child.pid === 0) {
    // Until it has noted that it is there, nobody would know of a monitor that went on alone.
    tryControl(PR_SET_PDEATHSIG, [SIGKILL]);
    if (parentPid() !== command) return FAILED;
    close(ends.ours);
    leaveCommand(`${folder}/monitor.log`);
    return monitor(folder, ends.theirs);
  }
  close(ends.theirs);
  const foreground = new Foreground(ends.ours, readsInput);
  const exitCode = foreground.run();
  return exitCode < 0 ? foreground.becomeTeller(teller) : exitCode;
}

function leaveCommand(log: string): void {
  newSession();
  const none = openNull();
  const messages = openMessages(log, O_WRONLY | O_CREAT | O_APPEND);
  duplicate(none, STDIN);
  duplicate(none, STDOUT);
  duplicate(messages, STDERR);
  close(none);
  close(messages);
}

function enterMaps({ uidRanges, gidRanges }: Settings): void {
  if (uidRanges.length > 0) enterUserNamespace(uidRanges, gidRanges, () => {});
}

// The hook comes from the engine, and is told on no stream but the monitor's own messages.
function become(words: readonly string[], mounts: number, mountPoint: string): number {
  // What is a mount point here cannot be removed from here. Somebody else may have removed it by now.
  if (mountPoint !== "") tryUnmount(mountPoint);
  const none = openNull();
  const messages = openMessages("monitor.log", O_WRONLY | O_CREAT | O_APPEND);
  return wait(launch(words, { input: none, output: messages, error: messages }, mounts));
}

function holdMount(folder: string): number {
  changeFolder(folder);
  const settings = readSettings("monitor.json");
  enterMaps(settings);
  mountRoot(settings);
  writeText(STDOUT, `${readFile("/proc/self/stat").split(" ")[0] ?? ""}\n`, "");
  readSome(STDIN, new Uint8Array(1));
  return 0;
}

function pin(source: string, target: string): number {
  const result = tryMount({ source, target, type: "", flags: MS_BIND, data: "" });
  if (result < 0) throw new Error(`mount ${source} at ${target}: ${errnoText(-result)}`);
  return 0;
}

function enter(pid: string, words: readonly string[]): number {
  const user = open(`/proc/${pid}/ns/user`, O_RDONLY);
  const mounts = open(`/proc/${pid}/ns/mnt`, O_RDONLY);
  joinNamespace(user, CLONE_NEWUSER, "the user namespace");
  joinNamespace(mounts, CLONE_NEWNS, "the mount namespace");
  close(user);
  close(mounts);
  setUser(0);
  setGroup(0);
  return exec(words);
}

function mapped(maps: readonly string[], words: readonly string[]): number {
  const [uids = [], gids = []] = maps.map((text) =>
    text.split(",").map((range) => new IdRange(parseJson(`[${range.split(":").join(",")}]`))),
  );
  enterUserNamespace(uids, gids, (child) => exitNow(wait(child.pid)));
  return exec(words);
}

function exec(words: readonly string[]): number {
  resetSignals();
  const result = tryExec(words[0] ?? "", words, environment());
  writeText(STDERR, `${words[0] ?? ""}: ${errnoText(-result)}\n`, "");
  return NOT_STARTED;
}

function guarded(words: readonly string[]): number {
  try {
    return main(words);
  } catch (error) {
    const text = error instanceof Error ? error.message : "unknown error";
    writeText(STDERR, `teu-monitor: ${text}\n`, "");
    return FAILED;
  }
}

// The words as bytes that every build reads alike. Each ends in NUL.
function commandLine(): string[] {
  return readFile("/proc/self/cmdline").split("\0").slice(1, -1);
}

ignoreBrokenPipes();
exitNow(guarded(commandLine()));
