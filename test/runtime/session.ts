/**
 * What every test of containers begins with: a workshop of its own, emptied in the end, and short names for its parts.
 * @module
 */
import { existsSync, globSync, readdirSync } from "node:fs";
import { after } from "node:test";
import { Workshop, configFor } from "./bundle.ts";
import { type Answer, BUILDS, type RunOptions, runProgram, skipContainers } from "./program.ts";

/** The workshop of one suite. Made only where containers can be run. */
export class ContainerSession {
  readonly #workshop: Workshop | undefined = skipContainers === false ? new Workshop() : undefined;

  constructor() {
    after(() => this.#remove());
  }

  get root(): string {
    return this.#workshop?.root ?? "";
  }

  /** A folder for other files. */
  get path(): string {
    return this.#workshop?.path ?? "";
  }

  /** A bundle for a configuration as {@link configFor} makes it. */
  bundle(...config: Parameters<typeof configFor>): string {
    return this.#workshop?.bundle(configFor(...config)) ?? "";
  }

  /** A bundle for a configuration as it is. */
  write(config: Parameters<Workshop["bundle"]>[0]): string {
    return this.#workshop?.bundle(config) ?? "";
  }

  /** Runs a command of `program`. */
  run(program: string, args: readonly string[], options: RunOptions = {}): Answer {
    return runProgram(program, ["--root", this.root, ...args], options);
  }

  /** The status of a container. */
  status(program: string, id: string): unknown {
    return (JSON.parse(this.run(program, ["state", id]).stdout) as { status: unknown }).status;
  }

  /** What is left of containers: state folders, and cgroups named `id`. */
  leftovers(id: string): string[] {
    const states = existsSync(this.root) ? readdirSync(this.root) : [];
    return [...states, ...globSync(`/sys/fs/cgroup/**/${id}`)];
  }

  #remove(): void {
    for (const id of existsSync(this.root) ? readdirSync(this.root) : [])
      this.run(BUILDS[0] ?? "", ["delete", "--force", id]);
    this.#workshop?.remove();
  }
}
