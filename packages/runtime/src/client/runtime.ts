/**
 * Containers for programs on Node: typed functions over `teu-runtime`, or over another runtime with runc's command line.
 *
 *     const runtime = openRuntime();
 *     const code = await runtime.run("c1", { bundle: "/bundles/c1" });
 *
 * What the runtime refuses is a TeuError of this room, with the parts of the failure in `detail`.
 * @module
 */
import type { StdioOptions } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RuntimeFeatures } from "@teu/spec/runtime/features";
import type { LinuxResources } from "@teu/spec/runtime/linux/resources";
import type { Process } from "@teu/spec/runtime/process";
import type { ContainerState } from "@teu/spec/runtime/state";
import { TeuError } from "@teu/std/error";
import type { RuntimeErrorCode } from "../errors.ts";
import { type Program, type Words, ask, attach, follow } from "./command.ts";
import { runtimeProgram } from "./program.ts";

/** How to reach the runtime. */
export interface RuntimeOptions {
  /** The program. Default: the `teu-runtime` that this package brings. */
  readonly program?: string;
  /** Folder of the states of all containers. Default: the program's own. */
  readonly root?: string;
  /** Makes cgroups through systemd. Default: in the file system. */
  readonly systemdCgroup?: boolean;
}

/** For any call. An abort ends what the call started, and rejects with the signal's reason. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** For calls that give a process its standard streams. */
export interface StreamOptions extends CallOptions {
  /** As of `child_process.spawn`, without `"pipe"`: descriptors, streams with descriptors, `"inherit"`, `"ignore"`. Default: `"inherit"`. */
  readonly stdio?: Exclude<StdioOptions, "pipe" | "overlapped">;
}

/** For {@link Runtime.create} and {@link Runtime.run}. */
export interface CreateOptions extends StreamOptions {
  /** Folder with `config.json`. */
  readonly bundle: string;
  /** Where the pid of the first process is written. */
  readonly pidFile?: string;
  /** A listening socket, which receives the terminal's descriptor, if the configuration asks for a terminal. */
  readonly consoleSocket?: string;
}

/** A container, as {@link Runtime.list} has it. */
export interface ListedContainer extends ContainerState {
  /** RFC 3339. */
  readonly created?: string;
  /** Name of the user who made it. */
  readonly owner?: string;
}

/** A line of `events`: statistics, or that memory ran out. */
export interface ContainerEvent {
  readonly type: string;
  readonly id: string;
  readonly data?: unknown;
}

/** A step that create and start would take. Its other fields depend on what it is `on`. */
export interface PlannedStep {
  /** Who runs it. */
  readonly by: string;
  /** Its subject, such as `mount` or `cgroup`. */
  readonly on: string;
  /** The field of the configuration that asks for it. */
  readonly field?: string;
  readonly [part: string]: unknown;
}

/** Opens the runtime: nothing is run before the first call. */
export function openRuntime(options: RuntimeOptions = {}): Runtime {
  const { program = runtimeProgram(), root, systemdCgroup } = options;
  const words = [
    ...(root === undefined ? [] : ["--root", root]),
    ...(systemdCgroup === true ? ["--systemd-cgroup"] : []),
  ];
  return new Runtime({ path: program, options: words });
}

/** A runtime and the containers below its root. */
export class Runtime {
  readonly #program: Program;

  /** @internal Use {@link openRuntime}. */
  constructor(program: Program) {
    this.#program = program;
  }

  /**
   * Makes a container that waits for {@link start}. After a failure or an abort there is none.
   * @throws TeuError `ERR_CONTAINER_EXISTS`, `ERR_CONTAINER_CONFIG`, `ERR_RUNTIME_FAILED`, `ERR_RUNTIME_PROGRAM`
   * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/runtime.md#create}
   */
  async create(id: string, options: CreateOptions): Promise<void> {
    await this.#make(["create", ...createWords(options), id], id, options);
  }

  /** Runs the program of a container that was created. @throws TeuError `ERR_CONTAINER_STATE`, `ERR_CONTAINER_MISSING` */
  async start(id: string, options: CallOptions = {}): Promise<void> {
    await this.#ask(["start", id], options);
  }

  /**
   * Creates, starts, waits for the end and deletes; returns the program's exit code, 128 more than the signal that
   * ended it. An abort kills the container.
   * @throws TeuError as {@link create}
   */
  async run(id: string, options: CreateOptions): Promise<number> {
    return await this.#make(["run", ...createWords(options), id], id, options);
  }

  /**
   * Runs one more process in a container and waits for its end; returns its exit code. An abort sends it SIGTERM.
   * @param process the words of a command, or a whole process as the specification has it
   * @throws TeuError `ERR_CONTAINER_STATE`, `ERR_CONTAINER_MISSING`, `ERR_RUNTIME_FAILED`
   */
  async exec(id: string, process: readonly string[] | Process, options: StreamOptions = {}): Promise<number> {
    const { stdio = "inherit", signal } = options;
    const how = { stdio, signal, killSignal: "SIGTERM" } as const;
    if (isWords(process)) return await attach(this.#program, ["exec", id, ...process], how);
    return await withFile(JSON.stringify(process), async (path) =>
      attach(this.#program, ["exec", "--process", path, id], how),
    );
  }

  /** The state of a container. @throws TeuError `ERR_CONTAINER_MISSING` */
  async state(id: string, options: CallOptions = {}): Promise<ContainerState> {
    return parseAnswer(await this.#ask(["state", id], options)) as ContainerState;
  }

  /** Sends a signal, SIGTERM by default, to a container's first process. @throws TeuError `ERR_CONTAINER_STATE`, `ERR_CONTAINER_MISSING` */
  async kill(id: string, signalName: NodeJS.Signals = "SIGTERM", options: CallOptions = {}): Promise<void> {
    await this.#ask(["kill", id, signalName], options);
  }

  /**
   * Removes a container and all that was made for it. With `force` it may run, and need not be there.
   * @throws TeuError `ERR_CONTAINER_STATE`, `ERR_CONTAINER_MISSING`
   */
  async delete(id: string, options: CallOptions & { readonly force?: boolean } = {}): Promise<void> {
    await this.#ask(["delete", ...(options.force === true ? ["--force"] : []), id], options);
  }

  /** Freezes all processes of a container. @throws TeuError `ERR_CONTAINER_STATE`, `ERR_CONTAINER_MISSING` */
  async pause(id: string, options: CallOptions = {}): Promise<void> {
    await this.#ask(["pause", id], options);
  }

  /** Thaws them. @throws TeuError `ERR_CONTAINER_STATE`, `ERR_CONTAINER_MISSING` */
  async resume(id: string, options: CallOptions = {}): Promise<void> {
    await this.#ask(["resume", id], options);
  }

  /** All containers. */
  async list(options: CallOptions = {}): Promise<readonly ListedContainer[]> {
    // As of runc, no containers are null.
    const answer = parseAnswer(await this.#ask(["list", "--format", "json"], options));
    return (answer as ListedContainer[] | null) ?? [];
  }

  /** Pids, as the host counts them, of a container's processes. @throws TeuError `ERR_CONTAINER_MISSING` */
  async ps(id: string, options: CallOptions = {}): Promise<readonly number[]> {
    const answer = parseAnswer(await this.#ask(["ps", "--format", "json", id], options));
    return (answer as number[] | null) ?? [];
  }

  /** Changes the limits of a container; what `resources` does not name stays. @throws TeuError `ERR_CONTAINER_MISSING`, `ERR_CONTAINER_CONFIG` */
  async update(id: string, resources: LinuxResources, options: CallOptions = {}): Promise<void> {
    const input = JSON.stringify(resources);
    await ask(this.#program, ["update", "--resources", "-", id], { input, signal: options.signal });
  }

  /**
   * What happens to a container, and its statistics every `intervalSeconds` (5 by default), until it ends or the loop does.
   * @throws TeuError `ERR_CONTAINER_MISSING`, and `ERR_RUNTIME_FAILED` where the program knows no `events`
   */
  async *events(
    id: string,
    options: CallOptions & { readonly intervalSeconds?: number } = {},
  ): AsyncGenerator<ContainerEvent, void, undefined> {
    const { intervalSeconds = 5, signal } = options;
    const words: Words = ["events", "--interval", `${intervalSeconds}s`, id];
    for await (const line of follow(this.#program, words, signal)) yield parseAnswer(line) as ContainerEvent;
  }

  /** What the program can do. */
  async features(options: CallOptions = {}): Promise<RuntimeFeatures> {
    return parseAnswer(await this.#ask(["features"], options)) as RuntimeFeatures;
  }

  /** The steps that create and start would take on this host, in order; none is taken. @throws TeuError `ERR_CONTAINER_CONFIG` */
  async plan(bundle: string, options: CallOptions = {}): Promise<readonly PlannedStep[]> {
    const answer = parseAnswer(await this.#ask(["plan", "--format", "json", "--bundle", bundle], options));
    return answer as PlannedStep[];
  }

  async #ask(words: Words, { signal }: CallOptions): Promise<string> {
    return await ask(this.#program, words, { signal });
  }

  async #make(words: Words, id: string, { stdio = "inherit", signal }: CreateOptions): Promise<number> {
    try {
      return await attach(this.#program, words, { stdio, signal, killSignal: "SIGKILL" });
    } catch (error) {
      // The runtime was killed, and what it had made is left.
      if (signal?.aborted === true) await this.delete(id, { force: true });
      throw error;
    }
  }
}

/** Calls `use` with a file that holds `text`, which only this user may read. */
async function withFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "teu-runtime-process-"));
  try {
    const path = join(folder, "process.json");
    await writeFile(path, text);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function createWords({ bundle, pidFile, consoleSocket }: CreateOptions): string[] {
  return [
    "--bundle",
    bundle,
    ...(pidFile === undefined ? [] : ["--pid-file", pidFile]),
    ...(consoleSocket === undefined ? [] : ["--console-socket", consoleSocket]),
  ];
}

function isWords(process: readonly string[] | Process): process is readonly string[] {
  return Array.isArray(process);
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const detail = { text };
    throw new TeuError<RuntimeErrorCode>("ERR_RUNTIME_ANSWER", `Read the runtime's answer: ${String(cause)}`, {
      cause,
      detail,
    });
  }
}
