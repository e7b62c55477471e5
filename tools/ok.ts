/**
 * The whole gate, cheapest step first; a step that fails says how to run it alone.
 *   npm run ok                 everything
 *   npm run check              all but the tests
 *   npm run ok -- --only STEP  one step
 * @module
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { projectRoot } from "./project.ts";

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const STEPS: readonly Step[] = [
  { name: "format", command: ["node_modules/.bin/oxfmt", "--check", "."] },
  { name: "rooms", command: ["sh", "tools/run", "tools/check-rooms.ts"] },
  { name: "docs", command: ["sh", "tools/run", "tools/docs.ts", "--check"] },
  { name: "lint", command: ["node_modules/.bin/oxlint"] },
  { name: "types", command: ["node_modules/.bin/tsc", "-p", "tsconfig.check.json"] },
  { name: "build", command: ["sh", "tools/run", "tools/build.ts"] },
  { name: "test", command: ["sh", "tools/run", "tools/test.ts"] },
];

const { values } = parseArgs({ options: { only: { type: "string" } } });
for (const step of chosen(values.only)) runStep(step);

function chosen(only: string | undefined): readonly Step[] {
  if (only === undefined) return STEPS;
  if (only === "check") return STEPS.filter(({ name }) => name !== "test");
  const step = STEPS.find(({ name }) => name === only);
  if (step === undefined)
    throw new Error(`There is no step "${only}"; the steps are: ${STEPS.map(({ name }) => name).join(", ")}`);
  return [step];
}

/** Runs one step; ends the process if it fails. A step that passes keeps quiet, but for the tests' closing lines. */
function runStep({ name, command: [program, ...args] }: Step): void {
  const start = performance.now();
  const shown = name === "test";
  const result = spawnSync(program, args, {
    cwd: projectRoot,
    encoding: "utf8",
    stdio: shown ? "inherit" : ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (result.status === 0) return console.error(`ok: ${name} (${seconds} s)`);
  if (!shown) process.stderr.write(`${result.stdout}${result.stderr}`);
  if (result.error !== undefined) console.error(`ok: ${name}: ${result.error.message}`);
  console.error(`ok: ${name} failed after ${seconds} s; alone: npm run ok -- --only ${name}`);
  process.exit(1);
}
