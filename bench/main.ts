/**
 * Runs benchmarks: our command and its peers in turns, in one sitting, and writes `bench/results/<name>.md`.
 *   npm run bench -- NAME… [--rounds N] [--case TEXT] [--keep]
 * @module
 */
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../tools/project.ts";
import type { Bench, Case } from "./bench.ts";
import { type Cost, buildMeasure, measure } from "./measure.ts";
import { type Runs, caseSection, head } from "./summary.ts";

const DEFAULT_ROUNDS = 7;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string" }, case: { type: "string" }, keep: { type: "boolean" } },
});
const known = globSync("bench/*.bench.ts", { cwd: projectRoot }).map((file) => basename(file, ".bench.ts"));
const unknown = positionals.filter((name) => !known.includes(name));
if (positionals.length === 0 || unknown.length > 0) {
  console.error(unknown.length > 0 ? `bench: there is no benchmark "${unknown.join('", "')}"` : "bench: which one?");
  console.error(`bench: the benchmarks are: ${known.toSorted().join(", ")}`);
  process.exit(2);
}
// Servers end with this process, and its data goes, also where it is interrupted.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
buildMeasure();
for (const name of positionals) await runBench(await load(name));

async function load(name: string): Promise<Bench> {
  const module = (await import(join(projectRoot, "bench", `${name}.bench.ts`))) as { readonly bench: Bench };
  return module.bench;
}

async function runBench(bench: Bench): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `teu-bench-${bench.name}-`));
  const remove = (): void => {
    if (values.keep !== true) rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", remove);
  try {
    const cases = (await bench.prepare(folder)).filter((one) => one.name.includes(values.case ?? ""));
    const sections: string[] = [];
    for (const one of cases) {
      sections.push(caseSection(one, await runCase(one)));
      console.log(sections.at(-1));
    }
    // A part of a benchmark is for looking at, not for the record.
    if (values.case !== undefined) return;
    const file = join("bench/results", `${bench.name}.md`);
    writeFileSync(join(projectRoot, file), `${head(bench, folder, cases)}\n${sections.join("\n")}`);
    console.log(`written to ${file}`);
  } finally {
    if (values.keep === true) console.log(`data kept in ${folder}`);
    remove();
    process.off("exit", remove);
  }
}

/** Runs every contender once unmeasured to warm caches, then in turns, each round in the opposite order of the last. */
async function runCase(work: Case): Promise<Runs[]> {
  const rounds = Number(values.rounds ?? work.rounds ?? DEFAULT_ROUNDS);
  const costs = new Map<string, Cost[]>(work.contenders.map(({ name }) => [name, []]));
  const printed = new Map<string, string>();
  for (const contender of work.contenders) printed.set(contender.name, (await measure(contender)).printed);
  const [ours] = work.contenders;
  for (const peer of work.sameOutput ?? []) {
    if (printed.get(peer) !== printed.get(ours.name))
      throw new Error(`${work.name}: ${peer} and ${ours.name} print different things`);
  }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? work.contenders : work.contenders.toReversed();
    for (const contender of order) costs.get(contender.name)?.push(await measure(contender));
    process.stderr.write(`\r${work.name}: round ${round + 1} of ${rounds}, load ${loadavg()[0]?.toFixed(1)} `);
  }
  process.stderr.write("\n");
  return work.contenders.map((contender) => ({ contender, costs: costs.get(contender.name) ?? [] }));
}
