/**
 * Running programs of the host, such as newuidmap, ps and criu.
 * @module
 */
import { EACCES, ENOENT, errnoText } from "@teu/kernel/errno";
import { close, closeOnExecFrom, duplicate, pipe, readText, tryWriteText } from "@teu/kernel/descriptors";
import { CWD, O_RDONLY, openAt, readFile } from "@teu/kernel/files";
import { clone, environment, exitNow, tryExec, wait } from "@teu/kernel/processes";
import { resetSignals } from "@teu/kernel/signals";

/** How a program of the host ended. */
export interface ToolAnswer {
  /** 127 where there is none of that name. */
  readonly status: number;
  /** What it wrote, standard error included. */
  readonly output: string;
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const NOT_FOUND = 127;

/** Runs `words` with the environment of this process, to its end. Nothing to read is on its standard input. @throws SysError */
export function runTool(words: readonly string[]): ToolAnswer {
  const channel = pipe();
  const child = clone(0);
  if (child.pid === 0) becomeTool(words, channel.writer);
  close(channel.writer);
  const output = readText(channel.reader, words[0] ?? "", MAX_OUTPUT_BYTES);
  close(channel.reader);
  close(child.pidfd);
  return { status: wait(child.pid), output };
}

function becomeTool(words: readonly string[], output: number): void {
  duplicate(openAt(CWD, "/dev/null", O_RDONLY), 0);
  duplicate(output, 1);
  duplicate(output, 2);
  closeOnExecFrom(3);
  resetSignals();
  tryWriteText(2, `${words[0] ?? ""}: ${errnoText(execTool(words))}\n`);
  exitNow(NOT_FOUND);
}

/** Becomes the program that the first word names, looked up in PATH. Returns the errno, as it returns only when it fails. */
export function execTool(words: readonly string[]): number {
  const name = words[0] ?? "";
  const env = readFile("/proc/self/environ").split("\0").slice(0, -1);
  if (name.includes("/")) return -tryExec(name, words, env);
  let errno = ENOENT;
  for (const folder of (environment("PATH") ?? DEFAULT_PATH).split(":")) {
    const result = -tryExec(`${folder}/${name}`, words, env);
    if (result !== ENOENT && result !== EACCES) return result;
    if (result === EACCES) errno = result;
  }
  return errno;
}
