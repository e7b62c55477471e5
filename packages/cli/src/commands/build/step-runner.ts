/**
 * Runs the commands of builds in containers of the engine. Nothing of such a container stays.
 * @module
 */
import type { ContainerStep, StepOptions, StepResult, StepRunner } from "@teu/build/assemble/interfaces";
import { copy } from "@teu/content/copy";
import { openLayout } from "@teu/content/layout-store";
import { type Image, imageGraph } from "@teu/content/mutate/image";
import { DEFAULT_OPTIONS } from "@teu/engine/config/options";
import { createContainer } from "@teu/engine/containers/create";
import { removeContainer } from "@teu/engine/containers/remove";
import { startContainer } from "@teu/engine/containers/start";
import type { Engine } from "@teu/engine/engine";
import { removeImage } from "@teu/engine/images/image-store";
import { type ReadyImage, readyImage } from "@teu/engine/images/ready-image";
import type { Host } from "../../host.ts";
import { openEngine } from "../engine/open-engine.ts";

const MAX_SHOWN_LINES = 20;
const NAME_LENGTH = 16;

/** Runs steps with the engine of the user. What builds start is judged by nobody: no policy can know it yet. */
export function engineStepRunner(host: Host): StepRunner {
  const engine: Engine = { ...openEngine(host), admission: undefined };
  return { run: async (step, options = {}) => await runStep(engine, step, options) };
}

async function runStep(engine: Engine, step: ContainerStep, options: StepOptions): Promise<StepResult> {
  await using cleanup = new AsyncDisposableStack();
  const name = await keepImage(engine, step.image, options);
  cleanup.defer(async () => void (await removeImage(name, engine.folders, { force: true }).catch(() => undefined)));
  const image = await ready(engine, name, options);
  const record = await createContainer(engine, { image, options: containerOptions(step) });
  cleanup.defer(async () => await removeContainer(engine, record, { force: true, volumes: true }));
  const lines = new LastLines(options.onLine);
  const { client, ended } = await startContainer(engine, record, { output: (bytes) => lines.take(bytes) });
  const stop = (): void => void removeContainer(engine, record, { force: true }).catch(() => undefined);
  options.signal?.addEventListener("abort", stop, { once: true });
  cleanup.defer(() => options.signal?.removeEventListener("abort", stop));
  const exitCode = await ended;
  client.close();
  options.signal?.throwIfAborted();
  return { exitCode, lines: lines.end() };
}

async function keepImage(engine: Engine, image: Image, { signal }: StepOptions): Promise<string> {
  const { root, store } = imageGraph(image);
  const name = `localhost/teu-build/${root.digest.slice("sha256:".length).slice(0, NAME_LENGTH)}:step`;
  const target = await openLayout(engine.folders.images, { create: true });
  await copy(store, target, root, { tags: [name], signal });
  return name;
}

async function ready(engine: Engine, name: string, { signal }: StepOptions): Promise<ReadyImage> {
  const { rootless, inside } = engine.folders;
  const prepare = async (): Promise<void> => {
    const { prepareInNamespace } = await import("@teu/engine/images/prepare-inside");
    await prepareInNamespace(engine, name, signal);
  };
  return await readyImage(name, engine.folders, { signal, ...(rootless && !inside ? { prepare } : {}) });
}

function containerOptions({ command, image, workdir, env, output }: ContainerStep): typeof DEFAULT_OPTIONS {
  const [program = "", ...args] = command;
  return {
    ...DEFAULT_OPTIONS,
    entrypoint: [program === "node" ? nodeOf(image) : program],
    command: args,
    workdir,
    user: "0:0",
    env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    // That of the host, so that proxies and registries on it are found as they are without a container.
    network: "host",
    mounts: [{ type: "bind", source: output.folder, target: output.at, options: ["rw"] }],
    log: { enabled: false, maxBytes: 0, maxFiles: 1 },
  };
}

/** The path of node, which in bases that are made to start it is not on the PATH. */
function nodeOf(image: Image): string {
  const config: unknown = image.config["config"];
  const words = [Object(config).Entrypoint, Object(config).Cmd].flatMap((list: unknown) =>
    Array.isArray(list) ? list : [],
  );
  return words.find((word): word is string => typeof word === "string" && /^\/.*\/node$/.test(word)) ?? "node";
}

/** Takes bytes and keeps their last lines. */
class LastLines {
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #decoder = new TextDecoder();
  readonly #lines: string[] = [];
  #part = "";

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  take(bytes: Uint8Array): boolean {
    const parts = (this.#part + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#part = parts.pop() ?? "";
    for (const line of parts) this.#add(line);
    return true;
  }

  #add(line: string): void {
    this.#onLine?.(line);
    this.#lines.push(line);
    if (this.#lines.length > MAX_SHOWN_LINES) this.#lines.shift();
  }

  end(): readonly string[] {
    if (this.#part !== "") this.#add(this.#part);
    this.#part = "";
    return this.#lines;
  }
}
