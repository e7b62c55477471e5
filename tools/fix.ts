/**
 * Mends what can be mended by itself: format, the lint rules that have a fix, and the generated documents.
 *   npm run fix
 * @module
 */
import { spawnSync } from "node:child_process";
import { projectRoot } from "./project.ts";

const COMMANDS = [
  ["node_modules/.bin/oxlint", "--fix"],
  ["node_modules/.bin/oxfmt", "."],
  ["sh", "tools/run", "tools/docs.ts"],
] as const;

for (const [program, ...args] of COMMANDS) {
  const { status } = spawnSync(program, args, { cwd: projectRoot, stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
