/**
 * Runs fuzz targets: throws mutated inputs at readers of foreign bytes and keeps the inputs that show a fault.
 *   npm run fuzz -- [NAME…] [--minutes N] [--seed N] [--jobs N]
 * A fault (an unexpected error, a hang of ten seconds, memory that grows without bound) is saved below `fuzz/found/NAME/`
 * and fails the run; once mended it stays there, and `npm test` runs it ever after.
 * @module
 */
import { createHash } from "node:crypto";
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { FuzzFinding, FuzzOrder } from "./worker.ts";

const MAX_INPUT = 256 * 1024;
const HANG_MS = 10_000;
const MAX_HEAP_MIB = 512;
const MAX_FINDINGS = 5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string" }, seed: { type: "string" }, jobs: { type: "string" } },
});
const minutes = Number(values.minutes ?? 10);
const known = globSync("targets/*.ts", { cwd: import.meta.dirname }).map((file) => basename(file, ".ts"));
const wanted = known.filter((name) => positionals.length === 0 || positionals.some((part) => name.startsWith(part)));
if (wanted.length === 0 || !(minutes > 0)) {
  console.error(`fuzz: nothing to do; the targets are: ${known.toSorted().join(", ")}`);
  process.exit(2);
}
const queue = wanted.toSorted().values();
let faults = 0;
await Promise.all(Array.from({ length: Number(values.jobs ?? 1) }, () => drain()));
console.log(`${wanted.length} targets, ${minutes} minutes each, ${faults} faults`);
process.exitCode = faults > 0 ? 1 : 0;

async function drain(): Promise<void> {
  for (const name of queue) {
    const found = await fuzz(name);
    faults += found;
  }
}

/** Fuzzes one target for its time and returns how many faults it showed. */
async function fuzz(target: string): Promise<number> {
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  const order: FuzzOrder = {
    target,
    seed,
    endsAt: Date.now() + minutes * 60_000,
    input: new SharedArrayBuffer(MAX_INPUT),
    counters: new SharedArrayBuffer(12),
  };
  const counters = new Uint32Array(order.counters);
  const findings: FuzzFinding[] = [];
  const hang = await drive(order, findings);
  if (hang !== undefined) findings.push(hang);
  for (const finding of findings) save(target, finding);
  console.log(`${target}: ${counters[0]} inputs, ${counters[2]} kept, seed ${seed}, ${findings.length} faults`);
  return findings.length;
}

/** Runs the thread to its end; returns a finding if it hangs, dies or outgrows its heap. */
async function drive(order: FuzzOrder, findings: FuzzFinding[]): Promise<FuzzFinding | undefined> {
  const worker = new Worker(join(import.meta.dirname, "worker.ts"), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  });
  const counters = new Uint32Array(order.counters);
  const { promise, resolve, reject } = Promise.withResolvers<FuzzFinding | undefined>();
  const underTest = (error: string): FuzzFinding => ({
    input: new Uint8Array(order.input).slice(0, counters[1]),
    error,
  });
  let last = -1;
  const watch = setInterval(() => {
    if (counters[0] === last) resolve(underTest(`no answer within ${HANG_MS} ms`));
    last = counters[0] ?? 0;
  }, HANG_MS);
  worker.on("message", (message: "done" | FuzzFinding) => {
    if (message === "done") resolve(undefined);
    else if (findings.push(message) >= MAX_FINDINGS) resolve(undefined);
  });
  // Before the first input has run it is the target that is broken, and no input.
  worker.on("error", (error) => (counters[0] === 0 ? reject(error) : resolve(underTest(String(error)))));
  const hang = await promise;
  clearInterval(watch);
  await worker.terminate();
  return hang;
}

function save(target: string, { input, error }: FuzzFinding): void {
  const folder = join(import.meta.dirname, "found", target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, createHash("sha256").update(input).digest("hex").slice(0, 12));
  writeFileSync(file, input);
  console.error(`${target}: ${file}\n  ${error.replaceAll("\n", "\n  ")}`);
}
