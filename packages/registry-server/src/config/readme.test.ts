import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { withEnvironment } from "./environment.ts";
import { parseConfig } from "./config.ts";

const README = new URL("../../README.md", import.meta.url);
const GUIDE = new URL("../../../../docs/guides/registry.md", import.meta.url);

suite("configuration in documents", () => {
  test("the example of the README can be read", async () => {
    const [, example = ""] = /```yaml\n(.*?)```/s.exec(await readFile(README, "utf8")) ?? [];
    const whole = example.replace("…, clientCa", "key, clientCa").replace('"…"', `"${"0".repeat(64)}"`);
    const config = parseConfig(whole);
    assert.deepEqual(
      [config.upstreams.length, config.hooks.length, config.issuers.length, config.robots.length],
      [1, 2, 1, 1],
    );
  });

  test("the example of the guide can be read", async () => {
    const [, example = ""] = /```yaml\n(.*?)```/s.exec(await readFile(GUIDE, "utf8")) ?? [];
    const { rules, acme, upstreams } = parseConfig(example);
    assert.deepEqual([rules.length, acme?.domains, upstreams.length], [3, ["registry.example"], 1]);
  });

  test("the environment goes before the file", () => {
    const config = parseConfig("port: 1\nhost: a\ns3: { bucket: x, region: r, redirect: 5m }");
    const env = { TEU_REGISTRY_PORT: "2", TEU_REGISTRY_S3_BUCKET: "y", TEU_REGISTRY_TOKEN_TIME: "2m", OTHER: "x" };
    const merged = withEnvironment(config, env);
    assert.deepEqual([merged.port, merged.host, merged.tokenMs], [2, "a", 120_000]);
    assert.deepEqual([merged.s3?.bucket, merged.s3?.region, merged.s3?.redirectMs], ["y", "r", 300_000]);
    assert.equal(withEnvironment(config, {}), config);
    assert.throws(() => withEnvironment(config, { TEU_REGISTRY_PORT: "x" }), { code: "ERR_SERVER_CONFIG" });
  });
});
