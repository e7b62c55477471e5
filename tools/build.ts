/**
 * Builds what is published: JavaScript and declarations of every room below its `dist`, and the pack of the command.
 *   npm run build
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./project.ts";
import { writePack } from "./start/pack.ts";

const rooms = globSync("packages/*/tsconfig.json", { cwd: projectRoot });
const { status } = spawnSync("node_modules/.bin/tsc", ["-b", ...rooms], { cwd: projectRoot, stdio: "inherit" });
process.exitCode = status ?? 1;
if (status === 0) {
  for (const missing of missingFiles()) complain(missing);
  await writePack(true);
}

/** Source files without the built files that the exports of their room promise. */
function missingFiles(): string[] {
  const sources = globSync("packages/*/src/**/*.ts", { cwd: projectRoot }).filter(
    (file) => !/\.test(\.data)?\.ts$/.test(file),
  );
  const built = sources.flatMap((file) =>
    [".js", ".d.ts"].map((ending) => file.replace("/src/", "/dist/").replace(/\.ts$/, ending)),
  );
  return built.filter((file) => !existsSync(join(projectRoot, file)));
}

function complain(file: string): void {
  console.error(`build: ${file} was not built: is its room in tsconfig.json?`);
  process.exitCode = 1;
}
