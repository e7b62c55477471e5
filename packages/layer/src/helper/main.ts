/**
 * The program `teu-layer`: what layers need of Linux and Node does not have.
 *
 *     teu-layer apply ROOT    makes a tree as commanded through a pipe
 *     teu-layer scan ROOT     tells all about a tree, on standard output
 *     teu-layer read ROOT     gives contents of files, asked for on standard input
 *
 * It serves the library alone. A failure is one line of JSON on standard error, and the exit code 1.
 * @module
 */
import { STDERR, STDIN, STDOUT, close, pipe, writeText } from "@teu/kernel/descriptors";
import { SysError } from "@teu/kernel/errno";
import { O_DIRECTORY, O_RDONLY, open, readFile } from "@teu/kernel/files";
import { exitNow } from "@teu/kernel/processes";
import { ignoreBrokenPipes } from "@teu/kernel/signals";
import { readSome, widenPipe } from "@teu/kernel/trees";
import { applyCommands } from "./apply.ts";
import { PIPE_BYTES } from "./protocol.ts";
import { readFiles } from "./read.ts";
import { scanTree } from "./scan.ts";

function main(words: readonly string[]): number {
  try {
    const root = open(words[1] ?? "", O_RDONLY | O_DIRECTORY);
    run(words[0] ?? "", root);
    return 0;
  } catch (error) {
    writeText(STDERR, `${reportOf(error)}\n`, "");
    return 1;
  }
}

function run(mode: string, root: number): void {
  if (mode === "apply") apply(root);
  else if (mode === "scan") scanTree(root, STDOUT);
  else if (mode === "read") readFiles(root, STDIN, STDOUT);
  else throw new Error("usage: teu-layer apply|scan|read ROOT");
}

// The library opens the pipe under /proc, because what connects it to a child is no pipe. Until it has, the end for
// writing stays open here; then it says so on standard input.
function apply(root: number): void {
  const { reader, writer } = pipe();
  widenPipe(reader, PIPE_BYTES);
  writeText(STDOUT, `${writer}\n`, "");
  if (readSome(STDIN, new Uint8Array(1)) === 0) throw new Error("the library went away");
  close(writer);
  const omissions = applyCommands(root, reader);
  writeText(STDOUT, `${JSON.stringify({ omissions })}\n`, "");
}

function reportOf(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : new Error("unknown error");
  const { message } = error;
  if (!(error instanceof SysError)) return JSON.stringify({ operation: "", subject: "", errno: 0, message });
  const { operation, subject, errno } = error;
  return JSON.stringify({ operation, subject, errno, message });
}

// The words as bytes that every build reads alike. Each ends in NUL.
function commandLine(): string[] {
  return readFile("/proc/self/cmdline").split("\0").slice(1, -1);
}

ignoreBrokenPipes();
exitNow(main(commandLine()));
