/**
 * The command as it is published, which is what users start: the pack with its launcher, below a folder of the benchmark.
 * @module
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../tools/project.ts";
import { MEMORY_OPTIONS, writePack } from "../tools/start/pack.ts";

const PROGRAMS = { layer: "teu-layer", engine: "teu-monitor", runtime: "teu-runtime" };

/** Makes it, and answers with the words that every command line of ours begins with. */
export async function packedTeu(folder: string): Promise<string> {
  const room = join(folder, "teu/node_modules/teu");
  mkdirSync(room, { recursive: true });
  copyFileSync(join(projectRoot, "packages/cli/package.json"), join(room, "package.json"));
  await writePack(true, join(room, "dist/packed"));
  // Where the rooms look for their programs.
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const dist = join(folder, "teu/node_modules/@teu", name, "dist");
    mkdirSync(dist, { recursive: true });
    copyFileSync(join(projectRoot, "packages", name, "dist", program), join(dist, program));
  }
  return `${process.execPath} ${MEMORY_OPTIONS} ${join(room, "dist/packed/teu.cjs")}`;
}
