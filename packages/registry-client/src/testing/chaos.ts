/**
 * What goes wrong between a client and a registry, as scenarios of which each is one test.
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import type { Source, Target } from "@teu/content/store";
import { type SampleGraph, putAll, sampleImage } from "@teu/content/testing/samples";
import { readVerified } from "@teu/content/verified-read";
import { isTeuError } from "@teu/std/error";
import { NodeExchange } from "../http/node-exchange.ts";
import { Registry } from "../registry.ts";
import type { FakeAuth } from "./fake-auth.ts";
import { type FakeOptions, type FakeRegistry, startFakeRegistry } from "./fake-registry.ts";
import type { Fault, FaultRule } from "./faults.ts";

const LAYERS = [3_000_000, 200_000, 0];
/** What is moved. */
export const IMAGE: SampleGraph = sampleImage("chaos", { layerBytes: LAYERS });
/** Is in the request that sends and names the largest layer. */
export const LARGEST: string = IMAGE.content[0]?.descriptor.digest.slice("sha256:".length) ?? "";
/** How long is waited where nothing comes. */
export const QUIET_MS = 250;
/** Where nobody must be sent: the address of cloud metadata. */
export const METADATA = "http://169.254.169.254/latest/meta-data/";

/** What goes wrong, and how a copy ends. */
export interface Scenario {
  readonly name: string;
  readonly rules: readonly FaultRule[];
  /** The code of the one error; nothing where it ends well. */
  readonly code?: string;
  readonly options?: FakeOptions;
  readonly ranges?: number;
}

/** A fault of a request for a blob. */
export const blob = (fault: Fault, more: Partial<FaultRule> = {}): FaultRule => ({
  method: "GET",
  path: "/blobs/",
  fault,
  ...more,
});
/** A fault of a request for a manifest. */
export const manifest = (fault: Fault, more: Partial<FaultRule> = {}): FaultRule => ({
  method: "GET",
  path: "/manifests/",
  fault,
  ...more,
});
/** A fault of a request by this method, whose path has this in it. */
export const on = (method: string, path: string, fault: Fault, more: Partial<FaultRule> = {}): FaultRule => ({
  method,
  path,
  fault,
  ...more,
});
/** An answer of this status. */
export const status = (code: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: "status",
  status: code,
  headers,
});
/** No end of it. */
export const ALWAYS = { times: 1000 };

const SECRET = "canary-7c1e-Secret";
const USER = { username: "me", password: SECRET };

/** What there is at the other end of the copies. */
export interface OtherEnd extends AsyncDisposable {
  readonly store: Source & Target;
}

const inMemory = async (): Promise<OtherEnd> => ({ store: new MemoryStore(), [Symbol.asyncDispose]: async () => {} });

/**
 * Pulls from, or pushes to, a registry that does wrong: it ends with identical bytes or one clear error.
 * @param open Makes the other end. Default: in memory.
 */
export function testChaos(
  action: "pull" | "push",
  scenarios: readonly Scenario[],
  open: () => Promise<OtherEnd> = inMemory,
): void {
  for (const [at, scenario] of scenarios.entries()) {
    test(`${scenario.name}: ${scenario.code ?? "ends well"}`, { timeout: 30_000 }, async () => {
      const auth: FakeAuth = { kind: at % 2 === 0 ? "bearer" : "basic", ...USER };
      await using fake = await startFakeRegistry({ auth, ...scenario.options });
      const patienceMs = patienceFor(scenario);
      using node = new NodeExchange({ headersTimeoutMs: patienceMs, stallTimeoutMs: patienceMs });
      const told: unknown[] = [];
      const store = openRepository({ fake, node, told }, scenario);
      await using here = await open();
      const memory = here.store;
      await putAll(action === "pull" ? store : memory, IMAGE);
      // Who we are is known from here on: what goes wrong does so later.
      await putAll(store, sampleImage("before")).catch(() => {});
      fake.faults.push(...scenario.rules.map((rule) => ({ ...rule })));
      const [source, target] = action === "pull" ? [store, memory] : [memory, store];
      const error = await failureOf(source, target);
      assertNoSecrets(fake, [error, ...told]);
      if (scenario.code === undefined) assert.equal(error, undefined, String(error));
      else assert.equal(codeBehind(error), scenario.code, String(error));
      if (error !== undefined) return assert.equal(await target.has(IMAGE.root), false);
      assert.deepEqual(
        fake.faults.filter(({ skip = 0, times = 1 }) => skip === 0 && times < ALWAYS.times / 2),
        [],
        "went wrong",
      );
      fake.faults.length = 0;
      for (const { descriptor, bytes } of IMAGE.content)
        assert.deepEqual(await readVerified(target, descriptor), bytes);
    });
  }
}

/** Where nothing goes silent, a machine that is busy must not look as if something did. */
function patienceFor({ rules }: Scenario): number {
  const silent = new Set(["stall", "delay", "mute", "cut-request"]);
  return rules.some(({ fault }) => silent.has(fault.kind)) ? QUIET_MS : 20_000;
}

interface Open {
  readonly fake: FakeRegistry;
  readonly node: NodeExchange;
  /** Gets whatever is told on the way. */
  readonly told: unknown[];
}

function openRepository({ fake, node, told }: Open, { ranges }: Scenario): Source & Target {
  const registry = new Registry(fake.url, {
    exchange: node.exchange,
    credential: async () => ({ kind: "basic", ...USER }),
    // The waiting is told, not done.
    retry: { maxTotalMs: 5000, sleep: async (ms) => void told.push(ms) },
    onRetry: (event) => told.push(event),
    onWarning: (text) => told.push(text),
  });
  return registry.repository("team/app", ranges === undefined ? {} : { parallelRanges: ranges, rangeBytes: 500_000 });
}

/** Secrets are in nothing that is told, and went to no other host. */
function assertNoSecrets(fake: FakeRegistry, told: readonly unknown[]): void {
  const sent = fake.requests.map(({ headers }) => headers.authorization).filter((value) => value !== undefined);
  assert.notEqual(sent.length, 0, "nobody was asked who they are");
  const secrets = [SECRET, ...new Set(sent.map((value) => value.replace(/^\w+ /, "")))];
  const text = inspect(told, { depth: 20, showHidden: true, maxStringLength: Infinity });
  for (const secret of secrets) assert.ok(!text.includes(secret), "a secret was told");
  const foreign = fake.requests.filter(({ headers }) => headers.host !== fake.host);
  for (const { path, headers } of foreign) {
    const all = `${path} ${JSON.stringify(headers)}`;
    for (const secret of secrets) assert.ok(!all.includes(secret), `a secret went to ${headers.host}`);
  }
}

async function failureOf(source: Source, target: Target): Promise<unknown> {
  try {
    await copy(source, target, IMAGE.root, { tags: ["v1"] });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The code of what went wrong at the side that the copy names. */
function codeBehind(error: unknown): string {
  if (isTeuError(error) && error.code.startsWith("ERR_COPY_")) return codeBehind(error.cause);
  return isTeuError(error) ? error.code : String(error);
}
