import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { type Fixture, memoryRegistry, pushImage } from "../testing/fixture.ts";
import { Dispatcher, type Hook } from "./dispatcher.ts";
import { EVENT_KINDS } from "./event.ts";

interface Told {
  readonly url: string;
  readonly body: string;
  readonly signature: string | null;
}

/** A registry whose changes a hook is told of. */
function setUp(...hooks: readonly Hook[]): Fixture {
  return memoryRegistry({
    settings: { hooks: (_, kind) => hooks.filter(({ events }) => events.includes(kind)).map(({ name }) => name) },
  });
}

const HOOK: Hook = {
  name: "one",
  match: ["**"],
  events: EVENT_KINDS,
  url: "https://hook.test/x",
  secret: async () => "key",
};

/** Runs a dispatcher until what waits was told, or a while passed. */
async function dispatch(fixture: Fixture, hooks: readonly Hook[], fetcher: typeof fetch): Promise<unknown[]> {
  const errors: unknown[] = [];
  const { metadata } = fixture.registry;
  const now = (): number => fixture.clock.now;
  const options = { hooks: () => hooks, metadata, everyMs: 5, fetch: fetcher, now };
  await using _dispatcher = new Dispatcher({ ...options, onError: (error) => void errors.push(error) });
  for (let turn = 0; turn < 40 && (await metadata.events("one", 1)).length > 0; turn += 1)
    await new Promise((resolve) => void setTimeout(resolve, 5));
  return errors;
}

suite("hooks", () => {
  test("are told of every change, in order, signed, once they take it", async () => {
    await using fixture = setUp(HOOK);
    const digest = await pushImage(fixture.ask, "team/app", { tag: "v1" });
    await fixture.ask("DELETE /v2/team/app/manifests/v1");
    await fixture.ask("POST /v2/team/app/_teu/restore?tag=v1");
    await fixture.ask(`DELETE /v2/team/app/manifests/${digest}`);
    const told: Told[] = [];
    const take = (status: number): typeof fetch =>
      (async (url: string, { body, headers }: { body: string; headers: Record<string, string> }) => {
        told.push({ url, body, signature: headers["x-teu-signature-256"] ?? null });
        return new Response(null, { status });
      }) as unknown as typeof fetch;
    const errors = await dispatch(fixture, [HOOK], take(503));
    assert.deepEqual([errors.length, told.length], [1, 1]);
    await dispatch(fixture, [HOOK], take(204));
    const events = told.map(
      ({ body }) => JSON.parse(body) as { id: string; type: string; data: { tags: string[]; digest: string } },
    );
    assert.deepEqual(
      events.map(({ type }) => type.split(".").at(-1)),
      ["push", "push", "untag", "restore", "delete"],
    );
    assert.equal(events[0]?.id, events[1]?.id);
    assert.deepEqual([events[1]?.data.tags, events[1]?.data.digest], [["v1"], digest]);
    const [first] = told;
    const expected = createHmac("sha256", "key")
      .update(first?.body ?? "")
      .digest("hex");
    assert.equal(first?.signature, `sha256=${expected}`);
  });

  test("one that is away keeps no other waiting, and a file has each event as a line", async () => {
    await using dir = await tempDir();
    const file: Hook = { name: "audit", match: ["**"], events: EVENT_KINDS, file: dir.join("audit.log") };
    await using fixture = setUp(HOOK, file);
    await pushImage(fixture.ask, "a", { tag: "v1" });
    await pushImage(fixture.ask, "a", { tag: "v2" });
    const fails = (async () => Promise.reject(new Error("away"))) as typeof fetch;
    await dispatch(fixture, [HOOK, file], fails);
    const lines = (await readFile(dir.join("audit.log"), "utf8")).trim().split("\n");
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { data: { tags: string[] } }).data.tags),
      [["v1"], ["v2"]],
    );
    assert.equal((await fixture.registry.metadata.events("one", 10)).length, 2);
  });
});
