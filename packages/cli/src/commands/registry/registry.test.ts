import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { suite, test } from "node:test";
import { parseConfig } from "@teu/registry-server/config/config";
import { openData } from "@teu/registry-server/data";
import { createHandler } from "@teu/registry-server/handler";
import { makeTokenKey } from "@teu/registry-server/auth/tokens";
import { startService } from "@teu/registry-server/operate/service";
import { serveRegistry } from "@teu/registry-server/serve";
import { type Ask, askHandler, memoryRegistry, pushBlob, pushImage } from "@teu/registry-server/testing/fixture";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { run } from "../../run.ts";
import { REGISTRY_COMMANDS } from "./table.ts";

interface Seen {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

/** Runs a command of the registry on the configuration `registry.yaml` and the data in `data`. */
async function teu(dir: TempDir, command: string, words: readonly string[] = [], input = ""): Promise<Seen> {
  const seen = { out: "", notes: "" };
  const host = {
    out: (text: string) => void (seen.out += text),
    bytes: async () => {},
    note: (line: string) => void (seen.notes += `${line}\n`),
    env: {},
    cwd: dir.path,
    signal: new AbortController().signal,
    input: (async function* () {
      yield Buffer.from(input);
    })(),
  };
  const place = command === "robot" ? [] : ["--config", "registry.yaml", "--root", "data"];
  return { code: await run(["registry", command, ...place, ...words], REGISTRY_COMMANDS, host), ...seen };
}

async function withData<T>(dir: TempDir, work: (ask: Ask) => Promise<T>): Promise<T> {
  await using data = await openData(dir.join("data"));
  return await work(askHandler(createHandler({ registry: data.registry })));
}

/** Data with an image under three tags of one repository, and a blob that nobody needs. */
async function fill(dir: TempDir): Promise<string> {
  await using data = await openData(dir.join("data"), { settings: { leaseMs: 1 } });
  const ask = askHandler(createHandler({ registry: data.registry }));
  for (const tag of ["v1", "v2", "stable"]) await pushImage(ask, "team/app", { tag, seed: tag });
  return await pushBlob(ask, "team/app", "loose");
}

suite("teu registry", () => {
  test("shows what there is, keeps what the configuration says, collects, scrubs and rebuilds", async () => {
    await using dir = await tempDir();
    await dir.write(
      "registry.yaml",
      `undelete: 0s\nrepositories: [{ match: "**", retention: { keepTags: [stable] } }]\n`,
    );
    const loose = await fill(dir);
    const stats = await teu(dir, "stats", ["--format", "json"]);
    assert.deepEqual(
      JSON.parse(stats.out).map(({ name, tags }: Record<string, unknown>) => [name, tags]),
      [["team/app", 3]],
    );
    const shown = await teu(dir, "retention");
    assert.match(shown.out, /^(team\/app@sha256:[0-9a-f]{64} v[12]\n){2}2 manifests would be deleted/);
    assert.match((await teu(dir, "stats")).out, /team\/app {2}3 tags, 3 manifests/);
    assert.match((await teu(dir, "retention", ["--apply"])).out, /2 manifests deleted\n$/);
    assert.match((await teu(dir, "stats")).out, /team\/app {2}1 tags, 1 manifests/);
    // Times are told apart by the millisecond.
    await new Promise((resolve) => void setTimeout(resolve, 5));
    assert.match((await teu(dir, "gc")).out, /^5 blobs removed, .*; 2 manifests, 5 links/);
    assert.match((await teu(dir, "scrub")).out, /^2 blobs checked, .*; 0 missing, 0 damaged, 0 healed, 0 strays\n$/);
    const rebuilt = await teu(dir, "rebuild");
    assert.deepEqual([rebuilt.code, /5 blobs were collected since, 0 are lost/.test(rebuilt.out)], [0, true]);
    await rm(dir.join("data/blobs"), { recursive: true });
    const scrubbed = await teu(dir, "scrub");
    assert.deepEqual([scrubbed.code, scrubbed.out.match(/^missing /gm)?.length], [1, 2]);
    assert.ok(!scrubbed.out.includes(loose));
    const lost = await teu(dir, "rebuild");
    assert.deepEqual([lost.code, lost.out.match(/^lost team\/app@sha256:/gm)?.length], [1, 2]);
  });

  test("heals what is damaged from an upstream, and has clients push again what no upstream has", async () => {
    await using dir = await tempDir();
    await using origin = memoryRegistry();
    await using server = await serveRegistry({ registry: origin.registry, port: 0 });
    await dir.write("registry.yaml", `upstreams: [{ match: ["hub/**"], strip: hub/, url: "${server.url}" }]\n`);
    const known = await pushBlob(origin.ask, "app", "known");
    const own = await withData(dir, async (ask) => {
      await pushBlob(ask, "hub/app", "known");
      return pushBlob(ask, "own", "own");
    });
    for (const digest of [known, own])
      await dir.write(`data/blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}`, "damaged");
    const seen = await teu(dir, "scrub");
    assert.match(seen.out, /2 damaged, 0 healed/);
    const { code, out } = await teu(dir, "scrub", ["--repair"]);
    assert.deepEqual([code, out.includes(`healed ${known}\n`), / 1 healed,/.test(out)], [1, true, true]);
    await withData(dir, async (ask) => {
      assert.equal((await ask(`GET /v2/hub/app/blobs/${known}`)).text, "known");
      assert.equal((await ask(`HEAD /v2/own/blobs/${own}`)).status, 404);
      await pushBlob(ask, "own", "own");
    });
    assert.equal((await teu(dir, "scrub")).code, 0);
  });

  test("makes users, tokens and robots that the registry knows", async () => {
    await using dir = await tempDir();
    assert.equal((await teu(dir, "robot", ["ci", "--days", "0"])).code, 2);
    const robot = await teu(dir, "robot", ["ci"]);
    const [line = ""] = /- \{ .* \}/.exec(robot.notes) ?? [];
    await dir.write("key.pem", makeTokenKey());
    const rules = `rules: [{ repositories: ["**"], who: [alice, ci], allow: [pull] }]`;
    const text = `users: users\ntokenKey: key.pem\nport: 0\n${rules}\nrobots:\n  ${line}\n`;
    await dir.write("registry.yaml", text);
    assert.equal((await teu(dir, "user", ["alice"], "secret\n")).code, 0);
    assert.equal((await teu(dir, "user", ["alice"], "")).code, 2);
    assert.equal((await teu(dir, "user", ["al:ice"], "secret")).code, 2);
    const token = (await teu(dir, "token", ["alice", "--scope", "repository:a:pull"])).out.trim();
    const options = { config: parseConfig(text), folder: dir.path, root: dir.join("data") };
    await using service = await startService(options);
    const status = async (authorization: string): Promise<number> =>
      (await fetch(`${service.url}/v2/a/tags/list`, { headers: { authorization } })).status;
    const basic = (user: string, password: string): string => `Basic ${btoa(`${user}:${password}`)}`;
    assert.equal(await status(basic("alice", "secret")), 404);
    assert.equal(await status(basic("ci", robot.out.trim())), 404);
    assert.equal(await status(`Bearer ${token}`), 404);
    assert.equal(await status(basic("alice", "wrong")), 401);
    assert.equal((await teu(dir, "user", ["alice", "--remove"])).code, 0);
    await service.reload();
    assert.equal((await teu(dir, "token", ["alice"])).code, 2);
  });
});
