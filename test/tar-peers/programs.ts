/**
 * The programs that the tar tests run beside ours.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatTime } from "@teu/tar/numbers";
import { type Facts, type OddEntry, toJson } from "./odd-entries.ts";

const MAX_OUTPUT = 64 * 1024 * 1024;
const PYTHON = join(import.meta.dirname, "peer.py");
const GO = join(import.meta.dirname, "peer.go");

/** Runs a program in a folder; throws if it fails, with what it said. @returns Its standard output. */
export function run(command: readonly string[], input: string | Uint8Array = "", cwd: string = tmpdir()): Buffer {
  const [program = "", ...args] = command;
  const env = { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC" };
  const result = spawnSync(program, args, { input, cwd, env, maxBuffer: MAX_OUTPUT });
  if (result.error !== undefined) throw result.error;
  if (result.status === 0) return result.stdout;
  throw new Error(`${command.join(" ")}: exit code ${result.status}\n${result.stderr.toString().slice(-2000)}`);
}

/** Python's `tarfile`, and its view of files. */
export const python = {
  make: (folder: string, entries: readonly OddEntry[]): Buffer =>
    run(["python3", PYTHON, "make", folder], toJson(entries, formatTime)),
  facts: (folder: string): DiskFacts => JSON.parse(run(["python3", PYTHON, "facts", folder]).toString()) as DiskFacts,
  write: (format: string, entries: readonly OddEntry[]): Buffer =>
    run(["python3", PYTHON, "write", format], toJson(entries, formatTime)),
  read: (archive: Uint8Array): Facts[] => JSON.parse(run(["python3", PYTHON, "read"], archive).toString()) as Facts[],
  sizes: (path: string): number[] => JSON.parse(run(["python3", PYTHON, "sizes", path]).toString()) as number[],
};

/** What is in a folder: every path, and which paths are the same file. */
export interface DiskFacts {
  readonly entries: readonly Facts[];
  readonly links: readonly (readonly string[])[];
}

/** Go's `archive/tar`. */
export const go = {
  write: (format: string, entries: readonly OddEntry[]): Buffer =>
    run([goPeer(), "write", format], toJson(entries, formatTime)),
  read: (archive: Uint8Array): Facts[] => JSON.parse(run([goPeer(), "read"], archive).toString()) as Facts[],
};

/** Builds Go's peer, once for each version of its source. @returns Its path. */
function goPeer(): string {
  const hash = createHash("sha256").update(readFileSync(GO)).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), `teu-tar-peer-${hash}`);
  const program = join(folder, "peer");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const fresh = join(folder, `peer-${process.pid}`);
  const env = { ...process.env, GOFLAGS: "-mod=mod", GOTOOLCHAIN: "local", CGO_ENABLED: "0" };
  execFileSync("go", ["build", "-o", fresh, GO], { cwd: folder, env, stdio: "pipe" });
  renameSync(fresh, program);
  return program;
}
