/**
 * The programs that the tests of the registry client run: teu itself, registries, and the clients of others.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Command } from "../../packages/cli/src/command.ts";
import { CLIENT_COMMANDS } from "../../packages/cli/src/commands/client/table.ts";
import { run as runTeu } from "../../packages/cli/src/run.ts";
import { collect } from "@teu/std/streams";
import { programPath } from "@teu/testing/skip";
import { projectRoot } from "../../tools/project.ts";

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** What a program said, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly notes: string;
}

/** How to run a program. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Default: that of this process. */
  readonly cwd?: string;
  /** Is given the process once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs a program to its end. */
export async function run(program: string, words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(program, words, {
    env: { PATH: process.env["PATH"], ...options.env },
    cwd: options.cwd,
    stdio: ["pipe", "pipe", "pipe"],
  });
  options.onStart?.(child);
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const ended = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  const [code, out, notes] = await Promise.all([ended, textOf(child.stdout), textOf(child.stderr)]);
  return { code, out, notes };
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(
    await collect(stream, { maxBytes: MAX_OUTPUT_BYTES, what: "the output of a program" }),
  );
}

/** How to run teu in this process. */
export interface TeuOptions extends Omit<RunOptions, "onStart"> {
  /** Which commands there are. Default: those of registries. */
  readonly commands?: readonly Command[];
}

/** Runs teu in this process, with a home of its own: starting one takes longer than what most tests look at. */
export async function teu(
  home: string,
  words: readonly string[],
  { env, input = "", commands = CLIENT_COMMANDS }: TeuOptions = {},
): Promise<Ended> {
  const seen = { out: "", notes: "" };
  const code = await runTeu(words, commands, {
    out: (text) => void (seen.out += text),
    bytes: async (chunk) => void (seen.out += new TextDecoder().decode(chunk)),
    note: (line) => void (seen.notes += `${line}\n`),
    env: { HOME: home, TEU_ROOT: join(home, "teu"), ...env },
    cwd: home,
    signal: new AbortController().signal,
    input: (async function* () {
      yield new TextEncoder().encode(input);
    })(),
  });
  return { code, ...seen };
}

/** Runs teu as a process from its sources, with a home of its own. */
export async function teuProcess(home: string, words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const env = {
    HOME: home,
    TEU_ROOT: join(home, "teu"),
    NODE_COMPILE_CACHE: join(projectRoot, ".setup/compile-cache"),
    ...options.env,
  };
  return await run(process.execPath, [...teuWords(), ...words], { ...options, env });
}

function teuWords(): string[] {
  const main = join(projectRoot, "packages/cli/src/main.ts");
  return ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning", main];
}

/** The path of a program that `tools/peers/install.sh` has unpacked, else of one that is installed; nothing if neither is. */
export function peerPath(name: string): string | undefined {
  const unpacked = join(projectRoot, ".setup/peers/bin", name);
  return existsSync(unpacked) ? unpacked : programPath(name);
}

/** A registry, until it is disposed of. */
export interface RunningRegistry extends AsyncDisposable {
  /** Such as `127.0.0.1:40123`. */
  readonly host: string;
}

interface Folder {
  readonly path: string;
  write(name: string, text: string): Promise<string>;
}

/** Starts Debian's docker-registry on a free port, with its data in `dir`. `more` is added to its configuration. */
export async function startDockerRegistry(dir: Folder, more: string = ""): Promise<RunningRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  const config = await dir.write(
    `registry-${host}.yml`,
    `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${dir.path}/docker-registry-${host}}, delete: {enabled: true}}
http: {addr: "${host}"}
${more}`,
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  await untilUp(host);
  return { host, [Symbol.asyncDispose]: async () => await end(child) };
}

/** Starts the project's own registry, which takes everything from everybody. */
export async function startOurRegistry(dir: Folder): Promise<RunningRegistry> {
  const words = ["registry", "serve", "--quiet", "--port", "0", "--root", `${dir.path}/teu-registry`];
  const env = { ...process.env, NODE_COMPILE_CACHE: join(projectRoot, ".setup/compile-cache") };
  const child = spawn(process.execPath, [...teuWords(), ...words], { stdio: ["ignore", "pipe", "ignore"], env });
  const [address] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit"),
  ])) as [unknown];
  return { host: new URL(String(address)).host, [Symbol.asyncDispose]: async () => await end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, "exit");
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}

const START_MS = 15_000;
const STEP_MS = 20;

async function untilUp(host: string): Promise<void> {
  for (const limit = performance.now() + START_MS; ;) {
    try {
      await (await fetch(`http://${host}/v2/`)).arrayBuffer();
      return;
    } catch (error) {
      if (performance.now() > limit) throw error;
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
  }
}
