/**
 * Pushes, mounts, deletions, moves of tags and collections at once, on files and SQLite: no push fails, and no manifest
 * loses a blob. With TEU_LONG_TESTS=1 for 100,000 events.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { collectGarbage } from "@teu/registry-server/collect/collector";
import { createHandler } from "@teu/registry-server/handler";
import { openSqlite } from "@teu/registry-server/metadata/sqlite";
import { Registry } from "@teu/registry-server/registry";
import { fileDriver } from "@teu/registry-server/storage/file-driver";
import { type Ask, askHandler, manifestOf, pushManifest } from "@teu/registry-server/testing/fixture";
import { tempDir } from "@teu/testing/temp-dir";

const LONG = process.env["TEU_LONG_TESTS"] === "1";
const EVENTS = LONG ? 100_000 : 1500;
const LANES = 24;
const LEASE_MS = 1_000_000;
/** How far the clock goes with each event, so that leases end all the time. */
const STEP_MS = 30_000;
const REPOS = ["a", "b/c", "d"] as const;
const LAYERS = 400;

test("no push fails and no manifest loses a blob while everything is collected", async () => {
  await using dir = await tempDir();
  await using soak = await startSoak(dir.path);
  await Promise.all([collecting(soak), ...Array.from({ length: LANES }, () => lane(soak))]);
  assert.deepEqual([soak.failures, soak.errors], [[], []]);
  assert.ok(soak.counts.removed > 0, `${soak.counts.removed} blobs were removed`);
  const whole = await assertWhole(soak);
  if (LONG) console.error(JSON.stringify({ ...soak.counts, whole }));
});

interface Soak extends AsyncDisposable {
  readonly registry: Registry;
  readonly ask: Ask;
  readonly clock: { now: number };
  /** When pushes under way began: a lease must not end before its push does. */
  readonly begun: Set<{ readonly at: number }>;
  readonly failures: string[];
  readonly errors: unknown[];
  readonly counts: Record<"events" | "pushes" | "mounts" | "collections" | "removed", number>;
}

async function startSoak(folder: string): Promise<Soak> {
  const storage = await fileDriver(folder);
  const metadata = openSqlite({ path: `${folder}/metadata.db`, journal: storage });
  const clock = { now: Date.UTC(2026, 0, 1) };
  const registry = new Registry({ storage, metadata, settings: { leaseMs: LEASE_MS }, now: () => clock.now });
  const errors: unknown[] = [];
  const ask = askHandler(createHandler({ registry, onError: (error) => void errors.push(error) }));
  const counts = { events: 0, pushes: 0, mounts: 0, collections: 0, removed: 0 };
  const dispose = (): Promise<void> => registry[Symbol.asyncDispose]();
  return { registry, ask, clock, begun: new Set(), failures: [], errors, counts, [Symbol.asyncDispose]: dispose };
}

async function lane(soak: Soak): Promise<void> {
  const { counts, clock, begun } = soak;
  while (counts.events < EVENTS) {
    counts.events += 1;
    const earliest = Math.min(...Array.from(begun, ({ at }) => at));
    clock.now = Math.min(clock.now + STEP_MS, earliest + LEASE_MS * 0.45);
    await perform(soak, Math.random());
  }
}

async function perform(soak: Soak, chance: number): Promise<void> {
  const [repo, tag] = [pick(REPOS), `t${pick([1, 2, 3, 4, 5, 6, 7, 8])}`];
  if (chance < 0.55) return push(soak, repo, tag);
  if (chance > 0.95) return void (await soak.ask(`DELETE /v2/${repo}/manifests/${tag}`));
  // Those without a tag too, which hold their blobs as any other.
  const standing = await soak.registry.metadata.aged(repo);
  if (standing.length > 0) await soak.ask(`DELETE /v2/${repo}/manifests/${pick(standing).digest}`);
}

/** As clients push: what is there already is not sent, what another repository may have is mounted. */
async function push(soak: Soak, repo: string, tag: string): Promise<void> {
  const mark = { at: soak.clock.now };
  soak.begun.add(mark);
  const [config, layer] = [`{"seed":${pick(numbers)}}`, `layer ${pick(numbers)}`];
  for (const content of [config, layer]) {
    const digest = digestBytes(Buffer.from(content));
    if ((await soak.ask(`HEAD /v2/${repo}/blobs/${digest}`)).status === 200) continue;
    const mount = await soak.ask(`POST /v2/${repo}/blobs/uploads/?mount=${digest}`);
    if (mount.status === 201) {
      soak.counts.mounts += 1;
      continue;
    }
    const put = await soak.ask(`PUT ${mount.headers.get("location")}?digest=${digest}`, { body: content });
    if (put.status !== 201) soak.failures.push(`blob: ${put.status} ${put.text}`);
  }
  const { status, text } = await pushManifest(soak.ask, `${repo}/manifests/${tag}`, manifestOf(config, layer));
  if (status !== 201) soak.failures.push(`manifest: ${status} ${text}`);
  soak.counts.pushes += 1;
  soak.begun.delete(mark);
}

const numbers = Array.from({ length: LAYERS }, (_, index) => index);

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T;
}

async function collecting({ registry, counts, errors }: Soak): Promise<void> {
  while (counts.events < EVENTS) {
    try {
      const { blobs } = await collectGarbage(registry, { undeleteMs: LEASE_MS / 50, doomedMs: LEASE_MS / 100 });
      counts.removed += blobs;
      counts.collections += 1;
    } catch (error) {
      errors.push(error);
    }
  }
}

/** Every manifest that stands has all its blobs, and their bytes. Returns how many there are. */
async function assertWhole({ registry, ask }: Soak): Promise<number> {
  let whole = 0;
  for (const repo of await registry.metadata.repositories({ limit: 10 })) {
    for (const { digest } of await registry.metadata.aged(repo)) {
      const { text } = await ask(`GET /v2/${repo}/manifests/${digest}`);
      const { config, layers } = JSON.parse(text) as { config: { digest: string }; layers: { digest: string }[] };
      for (const blob of [config, ...layers]) {
        const { status, bytes } = await ask(`GET /v2/${repo}/blobs/${blob.digest}`);
        assert.deepEqual([status, digestBytes(bytes)], [200, blob.digest]);
      }
      whole += 1;
    }
  }
  return whole;
}
