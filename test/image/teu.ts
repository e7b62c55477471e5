/**
 * The command as users run it.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { CLIENT_COMMANDS } from "../../packages/cli/src/commands/client/table.ts";
import { IMAGE_COMMANDS } from "../../packages/cli/src/commands/image/table.ts";
import { run as runTeu } from "../../packages/cli/src/run.ts";

const MAIN = join(import.meta.dirname, "../../packages/cli/src/main.ts");

const CACHE = join(import.meta.dirname, "../../.setup/compile-cache");

/** What came of a run. */
export interface Run {
  readonly code: number;
  readonly out: string;
  /** The bytes of `out`. */
  readonly bytes: Buffer;
  readonly notes: string;
}

/** How to run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array;
  readonly uid?: number;
}

/** Runs `teu WORDS`, with its store in the folder `root` beside the working directory's files. */
export async function teu(words: readonly string[], { cwd, env = {}, input, uid }: RunOptions): Promise<Run> {
  const args = ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning", MAIN, ...words];
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env["PATH"], HOME: cwd, TEU_ROOT: join(cwd, "root"), NODE_COMPILE_CACHE: CACHE, ...env },
    stdio: "pipe",
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  child.stdin.on("error", () => {}).end(input);
  const [bytes, notes, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code: code ?? -1, out: bytes.toString("utf8"), bytes, notes };
}

/** As {@link teu}, for runs that have to go well. @returns What was printed, without the last newline */
export async function teuWell(words: readonly string[], options: RunOptions): Promise<string> {
  const { code, out, notes } = await teu(words, options);
  if (code !== 0) throw new Error(`teu ${words.join(" ")} ended with ${code}: ${notes}`);
  return out.replace(/\n$/, "");
}

/** Runs the command in this process, which is faster than starting it. */
export async function command(
  words: readonly string[],
  { cwd, env = {}, input }: Omit<RunOptions, "uid">,
): Promise<Run> {
  const seen = { notes: "", chunks: [] as Uint8Array[] };
  const code = await runTeu(words, [...CLIENT_COMMANDS, ...IMAGE_COMMANDS], {
    out: (line) => void seen.chunks.push(Buffer.from(line)),
    bytes: async (chunk) => void seen.chunks.push(chunk),
    note: (line) => void (seen.notes += `${line}\n`),
    env: { HOME: cwd, TEU_ROOT: join(cwd, "root"), ...env },
    cwd,
    signal: new AbortController().signal,
    ...(input === undefined ? {} : { input: Readable.from([input]) }),
  });
  const bytes = Buffer.concat(seen.chunks);
  return { code, out: bytes.toString("utf8"), bytes, notes: seen.notes };
}
