/**
 * A registry before another one, each a process of its own: many clients at once, one request behind.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { suite, test } from "node:test";
import { hashPassword } from "@teu/registry-server/auth/hash-password";
import { tempDir } from "@teu/testing/temp-dir";
import { freePort } from "../registry-client/programs.ts";
import { startServer } from "./server.ts";

suite("a registry before another", () => {
  test("pulls once for thirty clients, with a password of its own, and has it when the other is gone", async () => {
    await using dir = await tempDir();
    const users = await dir.write("users", `mirror:${await hashPassword("secret")}\n`);
    const rules = `rules: [{ repositories: ["**"], who: [mirror], allow: [pull, push] }]`;
    const origin = await startServer([
      "--root",
      dir.join("a"),
      "--config",
      await dir.write("a.yaml", `users: ${users}\n${rules}`),
    ]);
    const [bytes, basic] = [randomBytes(3_000_000), `Basic ${btoa("mirror:secret")}`];
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const pushed = await fetch(`${origin.url}/v2/app/blobs/uploads/?digest=${digest}`, {
      method: "POST",
      headers: { authorization: basic },
      body: bytes,
    });
    assert.equal(pushed.status, 201);
    await dir.write("password", "secret\n");
    const upstream = `{ match: "up/**", strip: up/, url: "${origin.url}", user: mirror, passwordFile: password }`;
    const config = await dir.write("b.yaml", `upstreams: [${upstream}]\n`);
    await using proxy = await startServer(["--root", dir.join("b"), "--config", config]);
    const pull = async (): Promise<void> => {
      const response = await fetch(`${proxy.url}/v2/up/app/blobs/${digest}`);
      assert.equal(response.status, 200);
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
    };
    await Promise.all(Array.from({ length: 30 }, pull));
    const metrics = await (await fetch(`${origin.url}/metrics`)).text();
    const sent = Number(/^teu_registry_sent_bytes_total (\d+)$/m.exec(metrics)?.[1]);
    assert.ok(sent >= bytes.length && sent < bytes.length * 1.1, `${sent} bytes left the upstream`);
    const gone = once(origin.process, "exit");
    origin.process.kill("SIGKILL");
    await gone;
    await pull();
    assert.equal((await fetch(`${proxy.url}/v2/up/app/manifests/v1`)).status, 503);
  });

  test("that is also behind it asks in no circle", async () => {
    await using dir = await tempDir();
    const ports = [await freePort(), await freePort(), await freePort()];
    await using cleanup = new AsyncDisposableStack();
    for (const [index, port] of ports.entries()) {
      const upstream = `{ match: "**", url: "http://127.0.0.1:${ports[(index + 1) % 3]}" }`;
      const config = await dir.write(`${index}.yaml`, `upstreams: [${upstream}]\n`);
      const words = ["--root", dir.join(`${index}`), "--config", config, "--quiet", "--port", `${port}`];
      cleanup.use(await startServer(words));
    }
    const start = performance.now();
    const paths = ["manifests/v1", `blobs/sha256:${"0".repeat(64)}`];
    const answers = paths.map(async (path) => (await fetch(`http://127.0.0.1:${ports[0]}/v2/app/${path}`)).status);
    assert.deepEqual(await Promise.all(answers), [404, 404]);
    assert.ok(performance.now() - start < 20_000);
  });
});
