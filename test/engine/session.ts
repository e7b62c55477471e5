/**
 * `teu run` and its family for tests: an engine of its own in a temporary folder, with one small image.
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { projectRoot } from "../../tools/project.ts";
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
      const { status, stderr } = this.teu("pull", "--quiet", `docker-archive:${archive}`, `store:${IMAGE}`);
      if (status !== 0) throw new Error(stderr);
    });
    after(() => this.#close());
  }

  /** Runs a command to its end. */
  teu(...words: readonly string[]): Answer {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...this.#node(), ...words], {
      env: this.env,
      encoding: "utf8",
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
      input: "",
    });
    return { status, stdout, stderr };
  }

  /** Runs a program in a new container without a network. */
  run(options: readonly string[], ...words: readonly string[]): Answer {
    return this.teu("run", "--rm", "--network", "none", ...options, IMAGE, ...words);
  }

  /** Starts a command that goes on. */
  start(...words: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [...this.#node(), ...words], { env: this.env, stdio: "pipe" });
  }

  /** A field of what `inspect` tells of a container. */
  inspect(container: string, field: string): string {
    return this.teu("inspect", "--type", "container", "-f", field, container).stdout.trim();
  }

  /** Names of the containers that there are, in any state. */
  names(): string[] {
    const rows = JSON.parse(this.teu("ps", "-a", "--format", "json").stdout) as { readonly name: string }[];
    return rows.map(({ name }) => name).sort();
  }

  #node(): string[] {
    return ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning", MAIN];
  }

  #close(): void {
    if (skipEngine === false) for (const name of this.names()) this.teu("rm", "-f", "-v", name);
    rmSync(this.root, { recursive: true, force: true });
  }
}
