/** Real registries judged: Debian's docker-registry, whose faults are known, and our own, which shall have none. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { certifyRegistry } from "@teu/certify/registry/certify-registry";
import type { Certificate } from "@teu/certify/verdict";
import { needsProgram } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { startDockerRegistry, startOurRegistry } from "../registry-client/programs.ts";
import { startTeu } from "../registry-server/server.ts";
import { text } from "node:stream/consumers";

function broken({ verdicts }: Certificate): string[] {
  const found = verdicts.filter(({ outcome }) => outcome === "broken");
  return found.map(({ clause }) => clause.id.replace("distribution.", "")).sort();
}

suite("certify registry", () => {
  test("the project's own registry breaks no clause", async () => {
    await using dir = await tempDir();
    await using server = await startOurRegistry(dir);
    assert.deepEqual(broken(await certifyRegistry(`http://${server.host}`)), []);
  });

  test("docker-registry 2.8 has the faults it is known for", { skip: needsProgram("docker-registry") }, async () => {
    await using dir = await tempDir();
    await using server = await startDockerRegistry(dir);
    const found = broken(await certifyRegistry(`http://${server.host}`));
    for (const clause of [
      "push.chunk.order.status",
      "tags.n.exact",
      "tags.n.zero",
      "tags.last",
      "push.manifest.limit.status",
    ])
      assert.ok(found.includes(clause), `${clause} is not among ${found.join(", ")}`);
  });

  test("the command tells by its exit code, and writes what other programs read", async () => {
    await using dir = await tempDir();
    await using server = await startOurRegistry(dir);
    const child = startTeu(["certify", "registry", "--quiet", "--format", "junit", `http://${server.host}`]);
    const [code, out] = await Promise.all([
      new Promise((resolve) => void child.once("exit", resolve)),
      text(child.stdout ?? process.stdin),
    ]);
    assert.equal(code, 0);
    assert.match(out, /<testsuites tests="\d{3}" failures="0"/);
  });
});
