/**
 * Where the native toolchain finds its sources and leaves its results.
 * @module
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { projectRoot } from "../project.ts";

/** The C wrappers. */
export const wrapperDir: string = join(projectRoot, "packages/kernel/native");
/** The declarations of the wrappers, kept with the sources because type checks need them. */
export const declarationsFile: string = join(projectRoot, "packages/kernel/src/internal/sys.ts");
/** Results that only the toolchain reads: objects, staged sources, the compiler itself. */
export const workDir: string = join(projectRoot, ".setup/native");
/** The folder of this toolchain. */
export const toolDir: string = join(projectRoot, "tools/native");

/** The C sources of QuickJS-ng, from the npm package that carries them. */
export function engineDir(): string {
  const manifest = createRequire(import.meta.url).resolve("@scriptc/runtime/package.json");
  return join(dirname(manifest), "vendor/quickjs-ng");
}

/** A native program. */
export interface Program {
  readonly name: string;
  /** Its first source file, from the root of the project. */
  readonly entry: string;
  /** Ends soon and may enter containers: it has the beginning and the memory of `program/`, and musl where that is there. */
  readonly brief?: boolean;
  /**
   * A source file whose `start` is all that `entry` calls. The QuickJS build has it set up in its own file, and calls that.
   * Nothing that it does when it is loaded may look at the process or the machine.
   */
  readonly start?: string;
  /** Folder of the executables, from the root of the project. */
  readonly out: string;
}

export const PROGRAMS: readonly Program[] = [
  {
    name: "teu-runtime",
    entry: "packages/runtime/src/main.ts",
    start: "packages/runtime/src/program.ts",
    out: "packages/runtime/dist",
    brief: true,
  },
  { name: "teu-layer", entry: "packages/layer/src/helper/main.ts", out: "packages/layer/dist" },
  { name: "teu-monitor", entry: "packages/engine/src/monitor/main.ts", out: "packages/engine/dist" },
];
