/**
 * Runs one command and tells what it cost.
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, constants, createReadStream, existsSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { projectRoot } from "../tools/project.ts";
import type { Contender } from "./bench.ts";
import { watchServer } from "./watch-server.ts";

/** The cost of one run. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
  /** What it printed, as a digest. */
  readonly printed: string;
  /** The time in which 99 of 100 requests were answered, if it sends requests to a server. */
  readonly p99Ms?: number;
}

const source = join(projectRoot, "bench/measure.c");
const program = join(projectRoot, ".setup/bench/measure");
const pipePath = join(tmpdir(), `teu-bench-output-${process.pid}`);

/** Makes the pipe that output is read from, and compiles the measuring program if it is not there or older than its source. */
export function buildMeasure(): void {
  execFileSync("mkfifo", [pipePath]);
  process.once("exit", () => rmSync(pipePath));
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return;
  mkdirSync(join(projectRoot, ".setup/bench"), { recursive: true });
  execFileSync("cc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
}

/**
 * Runs `contender` once; its standard output is read through a pipe, as another program would. Throws if it fails, with the
 * end of its standard error.
 */
export async function measure(contender: Contender): Promise<Cost> {
  await contender.before?.();
  const server = contender.server === undefined ? undefined : watchServer(contender.server);
  // A socket, which Node's own pipes are, is not what programs are used to print to.
  const pipe = openSync(pipePath, constants.O_RDWR);
  const output = createReadStream(pipePath);
  await once(output, "open");
  const child = spawn(program, contender.command, {
    env: { ...quietEnvironment(), ...contender.env },
    stdio: ["ignore", pipe, "pipe", "pipe"],
  });
  closeSync(pipe);
  const [printed, errors, report] = await Promise.all([
    server === undefined ? digest(output) : text(output),
    text(child.stderr as Readable),
    text(child.stdio[3] as Readable),
  ]);
  const { code, wallNs, cpuNs, peakKiB } = JSON.parse(report) as Record<string, number>;
  if (code !== 0) throw new Error(`${contender.command.join(" ")}: exit code ${code}\n${errors.slice(-2000)}`);
  if (server !== undefined) return { ...(JSON.parse(printed) as RequestTimes), ...server(), printed: "" };
  return { wallMs: (wallNs ?? 0) / 1e6, cpuMs: (cpuNs ?? 0) / 1e6, peakMiB: (peakKiB ?? 0) / 1024, printed };
}

/** What a command that sends requests prints. */
interface RequestTimes {
  readonly wallMs: number;
  readonly p99Ms: number;
}

async function digest(stream: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of stream) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

// Reading extra certificates at start costs Node 70 ms, which is the machine's doing and not the contender's.
function quietEnvironment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, PATH, ...environment } = process.env;
  // The published command takes the Node that it finds.
  return { ...environment, PATH: `${dirname(process.execPath)}:${PATH}` };
}
