/**
 * `teu run` and its family for tests: an engine of its own in a temporary folder, with one small image.
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textFrom } from "node:stream/consumers";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { engineFolders } from "@teu/engine/folders";
import { listContainers } from "@teu/engine/containers/record";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import { run } from "../../packages/cli/src/run.ts";
import { projectRoot } from "../../tools/project.ts";
import { TerminalSession } from "./terminal-session.ts";
import { needsStaticBusybox, writeImage } from "../engines/image.ts";

/** The image's name, as people write it. */
export const IMAGE = "teu-busybox:test";

const MAIN = join(projectRoot, "packages/cli/src/main.ts");
const PROGRAMS = [
  "packages/engine/dist/teu-monitor",
  "packages/runtime/dist/teu-runtime",
  "packages/layer/dist/teu-layer",
];

/** Why containers cannot be run here. */
export const skipEngine: string | false =
  process.getuid?.() !== 0
    ? "needs root"
    : PROGRAMS.every((path) => existsSync(join(projectRoot, path)))
      ? needsStaticBusybox()
      : "needs the native programs: ./teu setup builds them";

/** What a command printed, and how it ended. */
export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command that was started comes to. */
export async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Answer> {
  const [stdout, stderr, [status]] = await Promise.all([
    textFrom(child.stdout),
    textFrom(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { status, stdout, stderr };
}

/** An engine for the tests of one suite. */
export class EngineSession {
  readonly root: string = mkdtempSync(join(tmpdir(), "teu-engine-"));
  readonly env: NodeJS.ProcessEnv = { ...process.env, TEU_ROOT: this.root, TEU_DEBUG: "" };

  constructor() {
    delete this.env["TEU_DEBUG"];
    before(async () => {
      if (skipEngine !== false) return;
      const archive = join(this.root, "image.tar");
      await writeImage(archive);
      const { status, stderr } = await this.here("pull", "--quiet", `docker-archive:${archive}`, `store:${IMAGE}`);
      if (status !== 0) throw new Error(stderr);
    });
    after(async () => await this.#close());
  }

  /** Runs a command to its end. */
  teu(...words: readonly string[]): Answer {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...this.words, ...words], {
      env: this.env,
      encoding: "utf8",
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
      input: "",
    });
    return { status, stdout, stderr };
  }

  /** As {@link teu}, in this process: for commands that start no container, and write by their host alone. */
  async here(...words: readonly string[]): Promise<Answer> {
    let [stdout, stderr] = ["", ""];
    const status = await run(words, COMMANDS, {
      out: (text) => void (stdout += text),
      bytes: async (chunk) => void (stdout += Buffer.from(chunk).toString("latin1")),
      note: (line) => void (stderr += `${line}\n`),
      env: this.env,
      cwd: this.root,
      signal: new AbortController().signal,
    });
    return { status, stdout, stderr };
  }

  /** Runs a program in a new container without a network. */
  run(options: readonly string[], ...words: readonly string[]): Answer {
    return this.teu("run", "--rm", "--network", "none", ...options, IMAGE, ...words);
  }

  /** Starts a command on a terminal of 24 rows and 80 columns. */
  terminal(...words: readonly string[]): TerminalSession {
    return new TerminalSession([process.execPath, ...this.words, ...words], this.env);
  }

  /** Starts a command that goes on. */
  start(...words: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [...this.words, ...words], { env: this.env, stdio: "pipe" });
  }

  /** A field of what `inspect` tells of a container. */
  async inspect(container: string, field: string): Promise<string> {
    return (await this.here("inspect", "--type", "container", "-f", field, container)).stdout.trim();
  }

  /** Waits, for some seconds, until a container is in a state. */
  async becomes(container: string, status: string): Promise<void> {
    let now = "";
    for (let i = 0; i < 200 && now !== status; i++) {
      now = await this.inspect(container, "State.Status");
      if (now !== status) await sleep(20);
    }
    if (now !== status) throw new Error(`Container ${container} is ${now}, expected it to be ${status}`);
  }

  /** Names of the containers that there are, in any state. */
  names(): string[] {
    return listContainers(engineFolders({ env: this.env }))
      .map(({ name }) => name)
      .sort();
  }

  /** Waits, for some seconds, until the files of containers that are gone are gone as well: monitors remove them behind their end. */
  async tidied(): Promise<void> {
    const folders = ["containers", "run/containers"]
      .map((name) => join(this.root, name))
      .filter((path) => existsSync(path));
    const isLeft = (name: string): boolean => /[0-9a-f]{64}$/.test(name) && !this.ids().includes(name);
    for (let i = 0; i < 500 && folders.flatMap((folder) => readdirSync(folder)).some(isLeft); i++) await sleep(20);
  }

  /** Ids of those that are there. */
  ids(): string[] {
    return listContainers(engineFolders({ env: this.env })).map(({ id }) => id);
  }

  /** What starts teu in Node.js. */
  get words(): string[] {
    return ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning", MAIN];
  }

  async #close(): Promise<void> {
    if (skipEngine === false) {
      await this.here("rm", "-f", "-v", "nothing", ...this.names());
      await this.tidied();
    }
    rmSync(this.root, { recursive: true, force: true });
  }
}
