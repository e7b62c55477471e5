/**
 * A process that runs test files, and the watch over it: one that hangs is ended, and what hung is named.
 * @module
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { type Outcome, type Progress, type Result, runFiles } from "./run-files.ts";

/** What a lane tells the process that started it. */
type Message = Progress | { readonly outcome: Outcome; readonly open: readonly string[] };

/** How a lane runs. */
export interface LaneOptions {
  /** Only tests whose name has this text. */
  readonly name?: string | undefined;
  /** How long it may go without beginning or ending a test, in milliseconds. */
  readonly silentMs?: number;
  /** How long it may live on after its last test, in milliseconds: what a test left open is no reason to wait for ever. */
  readonly leaveMs?: number;
  /** Hears how a lane ended that did not end well. Default: stderr. */
  readonly tell?: (line: string) => void;
}

const SILENT_MS = process.env["TEU_LONG_TESTS"] === "1" ? 3_600_000 : 600_000;
const LEAVE_MS = 15_000;

/**
 * Runs files in a process of their own, which starts `program` with `--lane`. One that dies or hangs has failed, whatever its
 * tests had told.
 */
export async function startLane(
  program: string,
  files: readonly string[],
  options: LaneOptions = {},
): Promise<Outcome> {
  const { name, silentMs = SILENT_MS, leaveMs = LEAVE_MS, tell = console.error } = options;
  const child = fork(program, ["--lane", ...(name === undefined ? [] : ["--name", name]), "--", ...files]);
  const running = new Set<string>();
  let last = "the start";
  let outcome: Outcome | undefined;
  let timer = setTimeout(hung, silentMs);
  child.on("message", (message: Message) => {
    clearTimeout(timer);
    if ("outcome" in message) {
      ({ outcome } = message);
      timer = setTimeout(linger, leaveMs, message.open);
      return;
    }
    const test = `${message.name} (${message.file ?? ""})`;
    if (message.began) running.add(test);
    else running.delete(test);
    last = test;
    timer = setTimeout(hung, silentMs);
  });
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  clearTimeout(timer);
  if (outcome !== undefined && (code === 0 || signal === "SIGKILL")) return outcome;
  tell(`\nnot ok: a process that runs tests ended with ${signal ?? code}, after ${last}`);
  const died: Result = { name: "the process ends well", file: files[0] ?? "", outcome: "failed", ms: 0 };
  return { fileMs: {}, ...outcome, results: [...(outcome?.results ?? []), died] };

  function hung(): void {
    tell(`\nnot ok: nothing happened for ${silentMs / 1000} s after ${last}; running: ${[...running].join(", ")}`);
    child.kill("SIGKILL");
  }

  function linger(open: readonly string[]): void {
    tell(`\na process that runs tests was ended ${leaveMs / 1000} s after its last; it kept: ${open.join(", ")}`);
    child.kill("SIGKILL");
  }
}

/** The other side: runs the files, and tells every test that begins and ends. */
export async function runLane(files: readonly string[], name?: string): Promise<void> {
  const outcome = await runFiles(files, { name, onProgress: (progress) => void process.send?.(progress) });
  process.send?.({ outcome, open: process.getActiveResourcesInfo() });
}
