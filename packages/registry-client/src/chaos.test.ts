import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { inspect } from "node:util";
import { copy } from "@teu/content/copy";
import { openLayout } from "@teu/content/layout-store";
import { MemoryStore } from "@teu/content/memory-store";
import type { Source, Target } from "@teu/content/store";
import { type SampleGraph, putAll, sampleImage } from "@teu/content/testing/samples";
import { readVerified } from "@teu/content/verified-read";
import { isTeuError } from "@teu/std/error";
import { tempDir } from "@teu/testing/temp-dir";
import { NodeExchange } from "./http/node-exchange.ts";
import { Registry } from "./registry.ts";
import type { FakeAuth } from "./testing/fake-auth.ts";
import { type FakeOptions, type FakeRegistry, startFakeRegistry } from "./testing/fake-registry.ts";
import type { Fault, FaultRule } from "./testing/faults.ts";

const LAYERS = [3_000_000, 200_000, 0];
const IMAGE: SampleGraph = sampleImage("chaos", { layerBytes: LAYERS });
/** Is in the request that sends and names the largest layer. */
const LARGEST = IMAGE.content[0]?.descriptor.digest.slice("sha256:".length) ?? "";
const QUIET_MS = 250;
/** Where nobody must be sent: the address of cloud metadata. */
const METADATA = "http://169.254.169.254/latest/meta-data/";

interface Scenario {
  readonly name: string;
  readonly action: "pull" | "push";
  readonly rules: readonly FaultRule[];
  /** The code of the one error; nothing where it ends well. */
  readonly code?: string;
  readonly options?: FakeOptions;
  readonly ranges?: number;
  /** Whether what is pushed comes from files, which can be read again. */
  readonly isFromFiles?: boolean;
}

const blob = (fault: Fault, more: Partial<FaultRule> = {}): FaultRule => ({
  method: "GET",
  path: "/blobs/",
  fault,
  ...more,
});
const manifest = (fault: Fault, more: Partial<FaultRule> = {}): FaultRule => ({
  method: "GET",
  path: "/manifests/",
  fault,
  ...more,
});
const on = (method: string, path: string, fault: Fault, more: Partial<FaultRule> = {}): FaultRule => ({
  method,
  path,
  fault,
  ...more,
});
const status = (code: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: "status",
  status: code,
  headers,
});
const ALWAYS = { times: 1000 };
const BUSY: Fault = {
  kind: "status",
  status: 400,
  body: JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_INVALID", message: "under way" }] }),
};

const SCENARIOS: readonly Scenario[] = [
  {
    name: "connections dropped",
    action: "pull",
    rules: [blob({ kind: "drop" }, { times: 3 }), manifest({ kind: "drop" })],
  },
  { name: "a body that breaks off once", action: "pull", rules: [blob({ kind: "cut", after: 100_000 })] },
  {
    name: "bodies that break off five times",
    action: "pull",
    rules: [blob({ kind: "cut", after: 50_000 }, { times: 5 })],
  },
  { name: "a manifest that breaks off", action: "pull", rules: [manifest({ kind: "cut", after: 20 })] },
  {
    name: "bodies that always break off at once",
    action: "pull",
    rules: [blob({ kind: "cut", after: 0 }, ALWAYS)],
    code: "ERR_NETWORK",
  },
  { name: "a body that goes silent", action: "pull", rules: [blob({ kind: "stall", after: 70_000 })] },
  {
    name: "bodies that always go silent",
    action: "pull",
    rules: [blob({ kind: "stall", after: 10 }, ALWAYS)],
    code: "ERR_NETWORK_TIMEOUT",
  },
  { name: "an answer that comes late", action: "pull", rules: [blob({ kind: "delay", ms: QUIET_MS / 2 })] },
  {
    name: "an answer that never comes",
    action: "pull",
    rules: [manifest({ kind: "delay", ms: 3 * QUIET_MS }, ALWAYS)],
    code: "ERR_NETWORK_TIMEOUT",
  },
  { name: "503 twice", action: "pull", rules: [blob(status(503), { times: 2 })] },
  { name: "500, 502 and 504", action: "pull", rules: [500, 502, 504].map((code) => manifest(status(code))) },
  { name: "503 for ever", action: "pull", rules: [manifest(status(503), ALWAYS)], code: "ERR_REGISTRY_STATUS" },
  { name: "429 with Retry-After", action: "pull", rules: [blob(status(429, { "retry-after": "1" }))] },
  {
    name: "429 with a day to wait",
    action: "pull",
    rules: [manifest(status(429, { "retry-after": "86400" }), ALWAYS)],
    code: "ERR_RATE_LIMITED",
  },
  { name: "429 with nonsense", action: "pull", rules: [manifest(status(429, { "retry-after": "soon" }))] },
  { name: "a flipped bit in a blob", action: "pull", rules: [blob({ kind: "flip", at: 5 })], code: "ERR_BLOB_DIGEST" },
  {
    name: "a flipped bit in a manifest",
    action: "pull",
    rules: [manifest({ kind: "flip", at: 5 })],
    code: "ERR_BLOB_DIGEST",
  },
  { name: "a blob too short", action: "pull", rules: [blob({ kind: "resize", to: 1000 })], code: "ERR_BLOB_SIZE" },
  { name: "a blob too long", action: "pull", rules: [blob({ kind: "resize", to: 4_000_000 })], code: "ERR_BLOB_SIZE" },
  { name: "a manifest without end", action: "pull", rules: [manifest({ kind: "endless" })], code: "ERR_BLOB_SIZE" },
  { name: "a blob without end", action: "pull", rules: [blob({ kind: "endless" })], code: "ERR_BLOB_SIZE" },
  {
    name: "an error without end",
    action: "pull",
    rules: [manifest({ kind: "status", status: 400, body: new Uint8Array(5_000_000).fill(65) })],
    code: "ERR_REGISTRY_STATUS",
  },
  {
    name: "ranges that the registry does not know",
    action: "pull",
    rules: [blob({ kind: "cut", after: 500_000 }), blob({ kind: "headers", headers: {} }, { skip: 3 })],
  },
  {
    name: "a range that begins elsewhere",
    action: "pull",
    rules: [
      blob({ kind: "cut", after: 500_000 }, { times: 3 }),
      blob({ kind: "headers", headers: { "content-range": "bytes 7-9/3000000" } }, ALWAYS),
    ],
    code: "ERR_REGISTRY_ANSWER",
  },
  { name: "blobs that are gone", action: "pull", rules: [blob(status(404))], code: "ERR_BLOB_MISSING" },
  {
    name: "redirects in a circle",
    action: "pull",
    rules: [
      blob({ kind: "redirect", to: "/v2/team/app/blobs/x" }, ALWAYS),
      on("GET", "blobs/x", { kind: "redirect", to: "/v2/team/app/blobs/x" }, ALWAYS),
    ],
    code: "ERR_REDIRECT",
  },
  {
    name: "a redirect to a cloud's secrets",
    action: "pull",
    rules: [blob({ kind: "redirect", to: METADATA })],
    code: "ERR_ADDRESS_REFUSED",
  },
  {
    name: "a redirect to a file",
    action: "pull",
    rules: [blob({ kind: "redirect", to: "file:///etc/passwd" })],
    code: "ERR_ADDRESS_REFUSED",
  },
  {
    name: "a redirect to nowhere",
    action: "pull",
    rules: [blob({ kind: "status", status: 307 })],
    code: "ERR_REDIRECT",
  },
  {
    name: "a redirect with a password in it",
    action: "pull",
    rules: [blob({ kind: "redirect", to: "http://me:pw@127.0.0.1:1/" })],
    code: "ERR_REDIRECT",
  },
  { name: "a refusal", action: "pull", rules: [manifest(status(403))], code: "ERR_FORBIDDEN" },
  {
    name: "a challenge that is none",
    action: "pull",
    rules: [manifest(status(401, { "www-authenticate": '""' }))],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "parallel ranges that break off",
    action: "pull",
    ranges: 3,
    rules: [blob({ kind: "cut", after: 30_000 }, { times: 4 })],
  },
  {
    name: "parallel ranges with a flipped bit",
    action: "pull",
    ranges: 3,
    rules: [blob({ kind: "flip", at: 9 }, { times: 3 })],
    code: "ERR_BLOB_DIGEST",
  },
  {
    name: "an upload cut short",
    action: "push",
    rules: [on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 })],
  },
  {
    name: "an upload cut short, and again",
    action: "push",
    rules: [
      on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }),
      on("PATCH", "", { kind: "cut-request", after: 500_000 }, { times: 2 }),
    ],
  },
  {
    name: "an upload cut short, of which nothing is kept",
    action: "push",
    options: { dropsBrokenChunks: true },
    rules: [on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }, { times: 2 })],
  },
  {
    name: "an upload cut short and forgotten",
    action: "push",
    rules: [on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }), on("GET", "/uploads/", status(404))],
  },
  {
    name: "uploads that get only so far, and are forgotten then",
    action: "push",
    rules: [
      on("PUT", LARGEST, { kind: "cut-request", after: 2_000_000 }, ALWAYS),
      on("PATCH", "", { kind: "drop" }, ALWAYS),
      // Every other time.
      ...Array.from({ length: 30 }, (_, at) => on("GET", "/uploads/", status(404), { skip: at + 1 })),
    ],
    code: "ERR_NETWORK",
  },
  { name: "an upload whose answer is lost", action: "push", rules: [on("PUT", LARGEST, { kind: "mute" })] },
  ...[400, 404, 410].map((code) => ({
    name: `an upload whose answer is lost, and ${code} afterwards`,
    action: "push" as const,
    rules: [on("PUT", LARGEST, { kind: "mute" }), on("GET", "/uploads/", status(code))],
  })),
  {
    name: "chunks cut short",
    action: "push",
    options: { chunkMinBytes: 500_000 },
    rules: [on("PATCH", "", { kind: "cut-request", after: 100_000 }, { times: 3, skip: 1 })],
  },
  {
    name: "a chunk whose answer is lost",
    action: "push",
    options: { chunkMinBytes: 1_000_000 },
    rules: [on("PATCH", "", { kind: "mute" }, { skip: 1 })],
  },
  {
    name: "a push whose answer is lost",
    action: "push",
    rules: [on("PUT", "/uploads/", { kind: "mute" }, { times: 2 })],
  },
  {
    name: "small content that breaks off",
    action: "push",
    rules: [on("PUT", "/uploads/", { kind: "cut-request", after: 100 }, { times: 3 })],
  },
  { name: "a manifest whose answer is lost", action: "push", rules: [on("PUT", "/manifests/", { kind: "mute" })] },
  {
    name: "an upload that is forgotten",
    action: "push",
    rules: [on("PUT", LARGEST, status(404)), on("GET", "/uploads/", status(404))],
  },
  {
    name: "chunks that are forgotten",
    action: "push",
    options: { chunkMinBytes: 1_000_000 },
    rules: [on("PATCH", "", status(404), { skip: 1 }), on("GET", "/uploads/", status(404))],
  },
  {
    name: "uploads that others write to",
    action: "push",
    rules: [
      on("PUT", LARGEST, BUSY, { times: 2 }),
      on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }),
      on("PATCH", "", BUSY, { times: 2 }),
    ],
  },
  {
    name: "uploads that are always forgotten",
    action: "push",
    rules: [on("PUT", LARGEST, status(404), ALWAYS), on("GET", "/uploads/", status(404), ALWAYS)],
    code: "ERR_REGISTRY_STATUS",
  },
  { name: "uploads that begin badly", action: "push", rules: [on("POST", "", status(503), { times: 2 })] },
  {
    name: "uploads without an address",
    action: "push",
    rules: [on("POST", "", { kind: "headers", headers: { location: "" } })],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "an upload at a cloud's secrets",
    action: "push",
    rules: [on("POST", "", { kind: "headers", headers: { location: METADATA } })],
    code: "ERR_ADDRESS_REFUSED",
  },
  {
    name: "an upload at a file",
    action: "push",
    rules: [on("POST", "", { kind: "headers", headers: { location: "file:///tmp/x" } })],
    code: "ERR_REGISTRY_ANSWER",
  },
  { name: "an upload at another host", action: "push", options: { uploadHost: "localhost" }, rules: [] },
  {
    name: "progress that never comes",
    action: "push",
    options: { chunkMinBytes: 1_000_000 },
    rules: [on("PATCH", "", { kind: "headers", headers: { range: "0-0" } }, ALWAYS)],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "progress beyond the end",
    action: "push",
    options: { chunkMinBytes: 1_000_000 },
    rules: [on("PATCH", "", { kind: "headers", headers: { range: "0-99999999" } })],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "progress of a broken upload beyond the end",
    action: "push",
    rules: [
      on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }),
      on("GET", "/uploads/", { kind: "headers", headers: { range: "0-99999999" } }),
    ],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "chunks of a size beyond memory",
    action: "push",
    options: { chunkMinBytes: 1e12 },
    rules: [],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "another digest stored",
    action: "push",
    rules: [
      on("PUT", "/uploads/", { kind: "headers", headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` } }),
    ],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "a full registry",
    action: "push",
    rules: [on("PUT", "/manifests/", status(413))],
    code: "ERR_REGISTRY_STATUS",
  },
  {
    name: "429 in the middle of a push",
    action: "push",
    rules: [on("PUT", LARGEST, status(429, { "retry-after": "0" })), on("PUT", "/manifests/", status(429))],
  },
];

const FROM_FILES: readonly Scenario[] = SCENARIOS.filter(({ action }) => action === "push").map((scenario) => ({
  ...scenario,
  name: `${scenario.name}, from files`,
  isFromFiles: true,
}));

const SECRET = "canary-7c1e-Secret";
const USER = { username: "me", password: SECRET };

suite("a registry that does wrong", { concurrency: 8 }, () => {
  for (const [at, scenario] of [...SCENARIOS, ...FROM_FILES].entries()) {
    const title = `${scenario.action}: ${scenario.name}: ${scenario.code ?? "ends well"}`;
    test(title, { timeout: 30_000 }, async () => {
      const auth: FakeAuth = { kind: at % 2 === 0 ? "bearer" : "basic", ...USER };
      await using fake = await startFakeRegistry({ auth, ...scenario.options });
      const patienceMs = patienceFor(scenario);
      using node = new NodeExchange({ headersTimeoutMs: patienceMs, stallTimeoutMs: patienceMs });
      const told: unknown[] = [];
      const store = openRepository({ fake, node, told }, scenario);
      await using dir = await tempDir();
      const memory =
        scenario.isFromFiles === true ? await openLayout(dir.join("layout"), { create: true }) : new MemoryStore();
      await putAll(scenario.action === "pull" ? store : memory, IMAGE);
      // Who we are is known from here on: what goes wrong does so later.
      await putAll(store, sampleImage("before")).catch(() => {});
      fake.faults.push(...scenario.rules.map((rule) => ({ ...rule })));
      const [source, target] = scenario.action === "pull" ? [store, memory] : [memory, store];
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

  test("at least 40 scenarios", () => assert.ok(SCENARIOS.length >= 40));
});

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
