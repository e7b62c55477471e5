import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { sampleImage } from "@teu/content/testing/samples";
import { type FakeRegistry, startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { parseChunkRange } from "@teu/spec/distribution/chunk-range";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { front, needsFront } from "../start/front.ts";
import { writeLayout } from "./graphs.ts";
import { type RunOptions, teuProcess } from "./programs.ts";

const KILLS = process.env["TEU_LONG_TESTS"] === "1" ? 20 : 4;
const CHUNK_BYTES = 500_000;
// More than can go out before the last kill.
const CHUNKS = 8 * KILLS;
const CHUNK_MS = 15;

const FRONT = { skip: needsFront, teu: front };
const NODE = {
  skip: false,
  teu: (dir: TempDir, words: readonly string[], options?: RunOptions) => teuProcess(dir.path, words, options),
};

for (const [program, { skip, teu }] of Object.entries({ Node: NODE, "teu-front": FRONT }))
  test(
    `a push by ${program} that is killed ${KILLS} times goes on, and sends at most one chunk again each time`,
    { timeout: 120_000, skip },
    async () => {
      await using dir = await tempDir();
      await using fake = await startFakeRegistry();
      const size = CHUNKS * CHUNK_BYTES - 7;
      const image = sampleImage("killed", { layerBytes: [size] });
      await writeLayout(dir.join("layout"), { v1: image });
      const words = ["push", "-q", "--chunk-size", `${CHUNK_BYTES}`];
      const command = [...words, `oci:${dir.join("layout")}:v1`, `docker://${fake.host}/team/app:v1`];
      fake.faults.push({ method: "PATCH", times: 10_000, fault: { kind: "delay", ms: CHUNK_MS } });
      for (let at = 0; at < KILLS; at += 1) {
        const before = fake.count("PATCH");
        let kill = (): void => {};
        const ended = teu(dir, command, { onStart: (child) => (kill = () => void child.kill("SIGKILL")) });
        while (fake.count("PATCH") <= before) await sleep(1);
        await sleep(Math.random() * 5 * CHUNK_MS);
        kill();
        assert.equal((await ended).code, null, "the push ended before it was killed");
      }
      fake.faults.length = 0;
      const last = await teu(dir, command);
      assert.equal(last.code, 0, last.notes);
      checkChunks(fake, size);
      const [layer] = image.content;
      assert.deepEqual(fake.content.repository("team/app").blobs.get(layer?.descriptor.digest ?? ""), layer?.bytes);
      const home = program === "Node" ? dir.path : dir.join("front");
      const left = await readdir(join(home, ".local/state/teu/uploads"));
      assert.deepEqual(
        left.filter((name) => name.endsWith(".json")),
        [],
      );
    },
  );

for (const [program, { skip, teu }] of Object.entries({ Node: NODE, "teu-front": FRONT }))
  test(`a push by ${program} that sends all at once and is killed sends nothing twice`, { skip }, async () => {
    await using dir = await tempDir();
    await using fake = await startFakeRegistry();
    const size = 80_000_000;
    const image = sampleImage("killed at once", { layerBytes: [size] });
    await writeLayout(dir.join("layout"), { v1: image });
    const command = ["push", "-q", `oci:${dir.join("layout")}:v1`, `docker://${fake.host}/team/app:v1`];
    const path = image.content[0]?.descriptor.digest.slice("sha256:".length) ?? "";
    const sent = (): number => fake.requests.findLast((each) => each.path.includes(path))?.bodyBytes ?? 0;
    let kill = (): void => {};
    const ended = teu(dir, command, { onStart: (child) => (kill = () => void child.kill("SIGKILL")) });
    while (sent() === 0) await sleep(0);
    kill();
    assert.equal((await ended).code, null, "the push ended before it was killed");
    const last = await teu(dir, command);
    assert.equal(last.code, 0, last.notes);
    const puts = fake.requests.filter(({ method, path: to }) => method === "PUT" && to.includes(path));
    const [rest] = fake.requests.filter(({ method }) => method === "PATCH");
    const before = puts[0]?.bodyBytes ?? 0;
    assert.ok(before > 0 && before < size, `${before} bytes before the push was killed`);
    assert.equal(rest?.headers["content-range"], `${before}-${size - 1}`);
    assert.equal(before + rest.bodyBytes, size);
    assert.equal(puts.at(-1)?.bodyBytes, 0);
  });

/** Nothing is sent again but the chunk that was on its way when the push was killed. */
function checkChunks(fake: FakeRegistry, size: number): void {
  const patches = fake.requests.filter(({ method }) => method === "PATCH");
  assert.equal(new Set(patches.map(({ path }) => path.split("?", 1)[0])).size, 1, "one upload for the layer");
  let next = 0;
  for (const { headers } of patches) {
    const { first, last } = parseChunkRange(String(headers["content-range"]));
    assert.ok(first <= next && first >= next - CHUNK_BYTES, `a chunk from ${first} after one up to ${next}`);
    next = last + 1;
  }
  assert.equal(next, size);
  const sent = patches.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  assert.ok(sent <= size + KILLS * CHUNK_BYTES, `${sent} bytes were sent for ${size}`);
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
