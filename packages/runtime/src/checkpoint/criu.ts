/**
 * Speaking to CRIU, the program that saves processes and brings them back: one request over a socket, its calls back
 * while it works, and its answer.
 * https://criu.org/RPC
 * @module
 */
import { ENOENT, errnoText } from "@teu/kernel/errno";
import { close, keepOpen, tryWrite } from "@teu/kernel/descriptors";
import { O_DIRECTORY, O_RDONLY, exists, open, tryReadFile } from "@teu/kernel/files";
import { clone, exitNow, wait } from "@teu/kernel/processes";
import { resetSignals } from "@teu/kernel/signals";
import { type Message, receive, send, socketPair } from "@teu/kernel/sockets";
import { type Failure, asFailure, failureWithHint, packFailure, unpackFailure } from "../failure.ts";
import { execTool } from "../process/tool.ts";
import { WireMessage, WireWriter, bytesOf } from "./wire.ts";

/** What CRIU is asked to do. */
export type RequestKind = "dump" | "restore" | "pre-dump" | "feature-check";

const KINDS: ReadonlyMap<RequestKind, number> = new Map<RequestKind, number>([
  ["dump", 1],
  ["restore", 2],
  ["pre-dump", 4],
  ["feature-check", 9],
]);
const NOTIFY = 6;

/** A call back of CRIU. */
export interface Notice {
  /** Such as `post-restore`. */
  readonly name: string;
  /** The root of the processes, where it has to do with that. */
  readonly pid: number;
  /** Descriptors that came with it. */
  readonly fds: readonly number[];
}

/** One run of CRIU. */
export interface CriuRun {
  readonly kind: RequestKind;
  /** Runs in the process that becomes CRIU. */
  readonly inside: () => void;
  /** The options, made when there is a process whose pid they can have. */
  readonly request: (pid: number) => WireWriter;
  /** Undefined for requests that leave no files. */
  readonly folders: ImageFolders | undefined;
  readonly notice: (notice: Notice) => void;
  /** Descriptors that CRIU is to have under their numbers. */
  readonly kept: readonly number[];
  /** The file in the work folder that CRIU writes its log to. */
  readonly log: string;
}

/** Folders of one run, absolute. */
export interface ImageFolders {
  readonly images: string;
  /** Where CRIU writes its log and other files. */
  readonly work: string;
}

const MAX_MESSAGE_BYTES = 65_536;

/** Runs CRIU to its answer. @throws Failure with the first error of its log */
export function runCriu(run: CriuRun): WireMessage {
  const pair = socketPair();
  const child = clone(0);
  if (child.pid === 0) becomeCriu(run, pair.theirs);
  close(pair.theirs);
  close(child.pidfd);
  let socket = -1;
  try {
    const hello = hear(pair.ours, run);
    socket = hello.fds[0] ?? -1;
    const options = run.request(child.pid);
    const [, images = 0, work = 0] = hello.text.split(" ").map((word) => Number(word));
    if (run.folders !== undefined) options.number(1, images).number(17, work);
    const field = run.kind === "feature-check" ? 5 : 2;
    const request = new WireWriter().number(1, KINDS.get(run.kind) ?? 0).message(field, options);
    tell(socket, request);
    return converse(socket, pair.ours, run);
  } finally {
    close(pair.ours);
    close(socket);
    wait(child.pid);
  }
}

// CRIU takes descriptors for those of whoever made the socket, so that is itself: what it opens is on its own mounts.
function becomeCriu({ inside, kept, folders }: CriuRun, link: number): void {
  try {
    inside();
    const pair = socketPair();
    const opened = folders === undefined ? [] : [openFolder(folders.images), openFolder(folders.work)];
    send(link, `has ${opened.join(" ")}`, [pair.ours]);
    close(pair.ours);
    for (const fd of [pair.theirs, ...opened, ...kept]) keepOpen(fd, true);
    resetSignals();
    const errno = execTool(["criu", "swrk", String(pair.theirs)]);
    const hint = errno === ENOENT ? "checkpoint and restore need the program criu: install it" : "";
    send(link, packFailure(failureWithHint(`exec: "criu": ${errnoText(errno)}`, hint)));
  } catch (error) {
    send(link, packFailure(asFailure(error)));
  }
  exitNow(1);
}

// Why it went away is heard next.
function tell(socket: number, message: WireWriter): void {
  tryWrite(socket, message.toBytes());
}

function openFolder(path: string): number {
  return open(path, O_RDONLY | O_DIRECTORY);
}

function hear(link: number, run: CriuRun): Message {
  const message = receive(link, MAX_MESSAGE_BYTES);
  if (message === undefined) throw criuFailure(run, "ended without an answer");
  if (message.text.startsWith("{")) throw unpackFailure(message.text);
  return message;
}

function converse(socket: number, link: number, run: CriuRun): WireMessage {
  for (;;) {
    // Where it never became CRIU, the link says why.
    const message = receive(socket, MAX_MESSAGE_BYTES) ?? hear(link, run);
    const answer = new WireMessage(bytesOf(message.text));
    if (answer.number(2) !== 1) throw criuFailure(run, `errno ${answer.number(7)}`);
    if (answer.number(1) !== NOTIFY) return answer;
    const notify = answer.message(5);
    run.notice({ name: notify.string(1), pid: notify.number(2), fds: message.fds });
    for (const fd of message.fds) close(fd);
    tell(socket, new WireWriter().number(1, NOTIFY).number(3, 1));
  }
}

function criuFailure({ kind, folders, log: name }: CriuRun, problem: string): Failure {
  const log = folders === undefined ? "" : `${folders.work}/${name}`;
  const lines = log === "" ? [] : (tryReadFile(log) ?? "").split("\n").filter((line) => line.includes("Error ("));
  const first = lines.find((line) => !line.includes("RLIMIT_NOFILE")) ?? "";
  const why = first === "" ? "" : `: ${first.replace(/^\([0-9.]+\) +/, "")}`;
  const hint = log !== "" && exists(log) ? `all that criu has to say is in ${log}` : "criu check tells what is missing";
  return failureWithHint(`criu failed: type ${kind.toUpperCase()} ${problem}${why}`, hint);
}
