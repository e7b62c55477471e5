/**
 * The command as users run it.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";

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
