/**
 * Hooks of a registry that is killed: what was acknowledged is told after the next start.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { type Server, startServiceNode } from "./server.ts";

async function push(node: Server, tag: string): Promise<void> {
  const config = "{}";
  const digest = `sha256:${createHash("sha256").update(config).digest("hex")}`;
  const blob = await fetch(`${node.url}/v2/app/blobs/uploads/?digest=${digest}`, { method: "POST", body: config });
  assert.equal(blob.status, 201);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const descriptor = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 2 };
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers: [], annotations: { tag } });
  const headers = { "content-type": mediaType };
  const put = await fetch(`${node.url}/v2/app/manifests/${tag}`, { method: "PUT", body, headers });
  assert.equal(put.status, 201);
}

suite("hooks of a process", () => {
  test("are told what was acknowledged before it was killed", async () => {
    await using dir = await tempDir();
    const told: string[] = [];
    let open = false;
    const hook = createServer((request, response) => {
      const take = async (): Promise<void> => {
        const body = await text(request);
        if (open) told.push(...(JSON.parse(body) as { data: { tags: string[] } }).data.tags);
        response.writeHead(open ? 204 : 503).end();
      };
      void take();
    });
    hook.listen(0, "127.0.0.1");
    await once(hook, "listening");
    const { port } = hook.address() as AddressInfo;
    const config = await dir.write("registry.yaml", `hooks: [{ name: test, url: "http://127.0.0.1:${port}/" }]\n`);
    const first = await startServiceNode(config, dir.join("data"));
    for (const tag of ["v1", "v2", "v3"]) await push(first, tag);
    const ended = once(first.process, "exit");
    first.process.kill("SIGKILL");
    await ended;
    open = true;
    await using _second = await startServiceNode(config, dir.join("data"));
    for (let turn = 0; turn < 100 && told.length < 3; turn += 1)
      await new Promise((resolve) => void setTimeout(resolve, 50));
    assert.deepEqual(told, ["v1", "v2", "v3"]);
    hook.closeAllConnections();
    hook.close();
  });
});
