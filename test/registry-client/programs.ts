/**
 * The programs that the tests of the registry client run: teu itself, Debian's docker-registry, and others by name.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { collect } from "@teu/std/streams";

const root = join(import.meta.dirname, "../..");
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
  /** Is given the process once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs a program to its end. */
export async function run(program: string, words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(program, words, {
    env: { PATH: process.env["PATH"], ...options.env },
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

/** Runs teu from its sources, with a home of its own. */
export async function teu(home: string, words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const main = [
    "--conditions=@teu/source",
    "--disable-warning=ExperimentalWarning",
    join(root, "packages/cli/src/main.ts"),
  ];
  const env = { HOME: home, TEU_ROOT: join(home, "teu"), ...options.env };
  return await run(process.execPath, [...main, ...words], { ...options, env });
}

/** A registry of Debian, until it is disposed of. */
export interface RunningRegistry extends AsyncDisposable {
  /** Such as `127.0.0.1:40123`. */
  readonly host: string;
}

/** Starts docker-registry on a free port, with its data in `folder`. `more` is added to its configuration. */
export async function startDockerRegistry(
  dir: { readonly path: string; write(name: string, text: string): Promise<string> },
  more: string = "",
): Promise<RunningRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  const config = await dir.write(
    "registry.yml",
    `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${dir.path}/data}, delete: {enabled: true}}
http: {addr: "${host}"}
${more}`,
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await untilUp(host);
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}

const START_MS = 15_000;
const STEP_MS = 50;

async function untilUp(host: string): Promise<void> {
  for (const end = performance.now() + START_MS; ;) {
    try {
      await (await fetch(`http://${host}/v2/`)).arrayBuffer();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
  }
}
