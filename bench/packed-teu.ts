/**
 * The command as it is published, which is what users start: npm's link to the pack with its launcher, below a folder of the
 * benchmark.
 * @module
 */
import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../tools/project.ts";
import { FRONT } from "../tools/native/front.ts";
import { writePack } from "../tools/start/pack.ts";

const PROGRAMS = { layer: "teu-layer", engine: "teu-monitor", runtime: "teu-runtime" };

/** Makes it, and answers with its path. */
export async function packedTeu(folder: string): Promise<string> {
  const room = join(folder, "teu/node_modules/teu");
  mkdirSync(room, { recursive: true });
  copyFileSync(join(projectRoot, "packages/cli/package.json"), join(room, "package.json"));
  await writePack(true, join(room, "dist/packed"));
  copyFileSync(join(projectRoot, FRONT), join(room, "dist/teu-front"));
  // Where the rooms look for their programs.
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const dist = join(folder, "teu/node_modules/@teu", name, "dist");
    mkdirSync(dist, { recursive: true });
    copyFileSync(join(projectRoot, "packages", name, "dist", program), join(dist, program));
  }
  const bin = join(folder, "teu/node_modules/.bin");
  mkdirSync(bin);
  symlinkSync("../teu/dist/packed/teu", join(bin, "teu"));
  return join(bin, "teu");
}
