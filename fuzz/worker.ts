/**
 * Drives one target in a thread of its own, guided by coverage: inputs that reach code not reached before are kept
 * and mutated further. The input under test stands in shared memory, so that the driver can save it if the thread hangs.
 * @module
 */
import { Session } from "node:inspector";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import type { FuzzTarget } from "./target.ts";

/** What the driver hands over. */
export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  readonly endsAt: number;
  /** Bytes of the input under test. */
  readonly input: SharedArrayBuffer;
  /** Three 32-bit words: inputs run, length of the input under test, inputs kept. */
  readonly counters: SharedArrayBuffer;
}

/** What the thread reports. */
export interface FuzzFinding {
  readonly input: Uint8Array;
  readonly error: string;
}

const BATCH = 32;
const MAX_KEPT = 4096;

const order = workerData as FuzzOrder;
const shared = new Uint8Array(order.input);
const counters = new Uint32Array(order.counters);
const random = new Random(order.seed);
const { target } = (await import(join(import.meta.dirname, "targets", `${order.target}.ts`))) as {
  readonly target: FuzzTarget;
};

const seen = new Set<string>();
const inspector = startCoverage();
const kept: Uint8Array[] = [];
for (const seed of target.seeds()) {
  await runOne(seed);
  kept.push(seed);
}
if (kept.length === 0) kept.push(new Uint8Array());
takeNewCoverage();
while (Date.now() < order.endsAt) await runBatch();
parentPort?.postMessage("done");

async function runBatch(): Promise<void> {
  const batch = Array.from({ length: BATCH }, () =>
    mutate(random.pick(kept), random.pick(kept), random, shared.length),
  );
  for (const input of batch) await runOne(input);
  if (takeNewCoverage() === 0) return;
  for (const input of batch) kept[kept.length < MAX_KEPT ? kept.length : random.below(MAX_KEPT)] = input;
  counters[2] = kept.length;
}

async function runOne(input: Uint8Array): Promise<void> {
  shared.set(input.subarray(0, shared.length));
  counters[1] = input.length;
  try {
    await target.run(input.slice());
  } catch (error) {
    const finding: FuzzFinding = {
      input,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
    parentPort?.postMessage(finding);
  }
  counters[0] = (counters[0] ?? 0) + 1;
}

function startCoverage(): Session {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: false, detailed: true });
  return session;
}

/** How many ranges of the project's code ran for the first time since the last call. */
function takeNewCoverage(): number {
  let reached = 0;
  inspector.post("Profiler.takePreciseCoverage", (error, coverage) => {
    if (error !== null) throw error;
    for (const script of coverage.result) {
      if (!script.url.includes("/packages/")) continue;
      for (const { ranges } of script.functions)
        reached += ranges.filter((range) => range.count > 0 && isNew(script.url, range)).length;
    }
  });
  return reached;
}

function isNew(url: string, range: { readonly startOffset: number; readonly endOffset: number }): boolean {
  const key = `${url}:${range.startOffset}-${range.endOffset}`;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
