import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { hashPassword } from "../auth/hash-password.ts";
import { type RegistryConfig, parseConfig } from "../config/config.ts";
import { type Service, startService } from "./service.ts";

interface Running extends AsyncDisposable {
  readonly service: Service;
  readonly lines: string[];
  /** Writes another configuration and has it read. */
  readonly change: (text: string) => Promise<void>;
  readonly status: (path: string, headers?: Record<string, string>) => Promise<number>;
}

async function start(dir: TempDir, text: string, overrides: Partial<RegistryConfig> = {}): Promise<Running> {
  const configFile = await dir.write("registry.yaml", text);
  const config = { ...parseConfig(text), port: 0, ...overrides };
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const service = await startService({
    config,
    overrides,
    configFile,
    folder: dir.path,
    root: dir.join("data"),
    log,
  });
  return {
    service,
    lines,
    change: async (next) => {
      await dir.write("registry.yaml", next);
      await service.reload();
    },
    status: async (path, headers = {}) => (await fetch(service.url + path, { headers })).status,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

const ALICE = { authorization: `Basic ${btoa("alice:secret")}` };

suite("a service", () => {
  test("takes users, rules and limits from a file that is read again, and leaves all as it was at a fault", async () => {
    await using dir = await tempDir();
    await using running = await start(dir, "metrics: true\n");
    const { status, change } = running;
    assert.deepEqual([await status("/v2/"), await status("/metrics")], [200, 200]);
    await dir.write("users", `alice:${await hashPassword("secret")}\n`);
    await change("users: users\nmetrics: false\n");
    assert.deepEqual([await status("/v2/"), await status("/v2/", ALICE), await status("/metrics")], [401, 200, 404]);
    assert.equal(await status("/v2/a/tags/list", ALICE), 403);
    const rules = `rules: [{ repositories: ["a"], who: [alice], allow: [pull] }]\n`;
    await change(`users: users\n${rules}`);
    assert.equal(await status("/v2/a/tags/list", ALICE), 404);
    await assert.rejects(change("users: users\nrules: nothing\n"), { code: "ERR_SERVER_CONFIG" });
    await assert.rejects(change("users: others\n"), { code: "ENOENT" });
    assert.equal(await status("/v2/a/tags/list", ALICE), 404);
    await change("requestsPerSecond: 1\n");
    const sent = await Promise.all(Array.from({ length: 15 }, () => status("/v2/")));
    assert.ok(sent.includes(200) && sent.includes(429), sent.join(" "));
  });

  test("forgets what another file no longer says, and keeps what the command says", async () => {
    await using dir = await tempDir();
    await using running = await start(dir, "maxManifest: 1 KiB\n", { url: "https://registry.test" });
    const { registry } = running.service;
    assert.equal(registry.settings.maxManifestBytes, 1024);
    await dir.write("users", `alice:${await hashPassword("secret")}\n`);
    await running.change("users: users\n");
    assert.equal(registry.settings.maxManifestBytes, 4 * 1024 * 1024);
    const { headers } = await fetch(`${running.service.url}/v2/`);
    assert.match(headers.get("www-authenticate") ?? "", /realm="https:\/\/registry\.test\/token"/);
  });

  test("tells of each request in one line, with who sent it, whatever stands in it", async () => {
    await using dir = await tempDir();
    await dir.write("users", `alice:${await hashPassword("secret")}\n`);
    const text = `users: users\nrules: [{ repositories: ["**"], who: [alice], allow: [pull] }]\n`;
    await using running = await start(dir, text);
    const agent = 'x" {"status":200}\t';
    assert.equal(await running.status("/v2/a/tags/list?token=hidden", { ...ALICE, "user-agent": agent }), 404);
    assert.equal(await running.status("/v2/%0A%22/tags/list"), 400);
    const [first = "", second = ""] = running.lines;
    assert.equal(running.lines.length, 2);
    const { time, ms, client, ...rest } = JSON.parse(first) as Record<string, unknown>;
    assert.deepEqual([typeof time, typeof ms, client], ["string", "number", "127.0.0.1"]);
    const expected = { actor: "alice", method: "GET", path: "/v2/a/tags/list", status: 404, agent: agent.trim() };
    assert.deepEqual(rest, { ...expected, bytes: rest["bytes"] });
    assert.ok(!/\n|hidden|secret/.test(first + second));
    // Who gets a token is told, but not what somebody only says to be.
    const wrong = { authorization: `Basic ${btoa("alice:guessed")}` };
    assert.deepEqual([await running.status("/token", ALICE), await running.status("/token", wrong)], [200, 401]);
    const actors = running.lines.slice(2).map((line) => (JSON.parse(line) as { readonly actor?: string }).actor);
    assert.deepEqual(actors, ["alice", undefined]);
  });

  test("counts what it answers", async () => {
    await using dir = await tempDir();
    await using running = await start(dir, "{}");
    for (const path of ["/v2/", "/v2/", "/v2/a/tags/list"]) await running.status(path);
    const metrics = await (await fetch(`${running.service.url}/metrics`)).text();
    for (const line of [
      'teu_registry_requests_total{method="GET",status="200"} 2',
      'teu_registry_requests_total{method="GET",status="404"} 1',
      'teu_registry_request_seconds_bucket{method="GET",le="+Inf"} 3',
      "teu_registry_uploads 0",
    ])
      assert.ok(metrics.includes(`${line}\n`), `${line} in ${metrics}`);
    const isLine = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+|)$/;
    for (const line of metrics.split("\n")) assert.match(line, isLine);
  });
});
