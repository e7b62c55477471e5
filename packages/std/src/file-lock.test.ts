import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readFile, readdir, stat } from "node:fs/promises";
import { suite, test } from "node:test";
import { Worker } from "node:worker_threads";
import { type LockMode, lockFile } from "@teu/std/file-lock";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";

const AT_ONCE = { timeoutMs: 0 };

test("lockFile() excludes what the mode says", async () => {
  const table = [
    ["exclusive", "exclusive", false],
    ["exclusive", "shared", false],
    ["shared", "exclusive", false],
    ["shared", "shared", true],
  ] as const;
  for (const [first, second, together] of table) {
    await using dir = await tempDir();
    await using _held = await lockFile(dir.join("lock"), { mode: first });
    assert.equal(await canLock(dir.join("lock"), second), together, `${second} beside ${first}`);
  }
});

test("FileLock is free once it is disposed of, and not before", async () => {
  await using dir = await tempDir();
  const path = dir.join("lock");
  for (const mode of ["exclusive", "shared"] as const) {
    const lock = await lockFile(path, { mode });
    assert.deepEqual([lock.path, lock.mode], [path, mode]);
    assert.equal(await canLock(path, "exclusive"), false);
    await lock[Symbol.asyncDispose]();
    await lock[Symbol.asyncDispose]();
    assert.equal(await canLock(path, "exclusive"), true);
  }
});

test("FileLock stays when another handle on the same file closes", async () => {
  await using dir = await tempDir();
  await using _first = await lockFile(dir.join("lock"), { mode: "shared" });
  {
    await using _second = await lockFile(dir.join("lock"), { mode: "shared" });
  }
  assert.equal(await canLock(dir.join("lock"), "exclusive"), false);
});

test("lockFile() waits until the lock is free", async () => {
  await using dir = await tempDir();
  const first = await lockFile(dir.join("lock"));
  const waiting = lockFile(dir.join("lock"));
  setTimeout(() => void first[Symbol.asyncDispose](), 30);
  await using second = await waiting;
  assert.equal(second.mode, "exclusive");
});

test("lockFile() gives up in time", async () => {
  await using dir = await tempDir();
  const path = dir.join("lock");
  await using _held = await lockFile(path);
  const start = performance.now();
  const error = await assertCode(() => lockFile(path, { timeoutMs: 50 }), "ERR_LOCK_TIMEOUT");
  assert.ok(performance.now() - start >= 49);
  assert.equal(error.message, `Locking file "${path}": held by others for more than 50 ms, expected it to become free`);
  assert.deepEqual(error.detail, { mode: "exclusive", timeoutMs: 50 });
});

test("lockFile() ends with its signal, and leaves nothing behind", async () => {
  await using dir = await tempDir();
  const reason = new Error("enough");
  const controller = new AbortController();
  const held = await lockFile(dir.join("lock"));
  const waiting = lockFile(dir.join("lock"), { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(lockFile(dir.join("other"), { signal: controller.signal }), reason);
  await held[Symbol.asyncDispose]();
  assert.equal(await canLock(dir.join("lock"), "exclusive"), true);
  assert.deepEqual(await readdir(dir.path), ["lock"]);
});

test("lockFile() makes an empty file and leaves it empty, without another beside it", async () => {
  await using dir = await tempDir();
  for (const mode of ["shared", "exclusive"] as const) {
    await using _lock = await lockFile(dir.join(mode), { mode });
    assert.equal((await stat(dir.join(mode))).size, 0);
  }
  assert.deepEqual((await readdir(dir.path)).sort(), ["exclusive", "shared"]);
});

test("lockFile() takes names that SQLite would take for something else", async () => {
  await using dir = await tempDir();
  for (const name of ["file:x?mode=memory", ":memory:", "a b%20?#ü"]) {
    await using _lock = await lockFile(dir.join(name));
    assert.equal(await canLock(dir.join(name), "shared"), false);
  }
  assert.equal((await readdir(dir.path)).length, 3);
});

test("lockFile() shares the lock on a file that it may only read", async () => {
  await using dir = await tempDir();
  const path = await dir.write("lock", "");
  await chmod(path, 0o444);
  await using _lock = await lockFile(path, { mode: "shared" });
  assert.equal(await canLock(path, "shared"), true);
});

test("lockFile() refuses what cannot be a lock file", async () => {
  await using dir = await tempDir();
  const text = await dir.write("text", "x".repeat(1000));
  for (const mode of ["exclusive", "shared"] as const) {
    for (const path of [text, dir.path, dir.join("missing/lock"), dir.join("nul\0")]) {
      await assertCode(() => lockFile(path, { mode }), "ERR_LOCK_FAILED");
    }
  }
  assert.equal((await readFile(text)).length, 1000);
});

suite("lockFile() between processes", () => {
  test("is freed by the kernel when its holder is killed", async () => {
    for (const mode of ["exclusive", "shared"] as const) {
      await using dir = await tempDir();
      const path = dir.join("lock");
      const holder = runChild(`
        await lockFile(${JSON.stringify(path)}, { mode: "${mode}" });
        globalThis.gc();
        console.log("held");
        setInterval(() => {}, 1000);
      `);
      await once(holder.stdout ?? assert.fail("no output"), "data");
      await assertCode(() => lockFile(path, { timeoutMs: 30 }), "ERR_LOCK_TIMEOUT");
      assert.equal(await canLock(path, "shared"), mode === "shared");
      holder.kill("SIGKILL");
      await once(holder, "close");
      assert.equal(await canLock(path, "exclusive"), true);
      assert.deepEqual(await readdir(dir.path), ["lock"]);
    }
  });

  test("keeps 8 processes apart that count to 800 in one file", async () => {
    await using dir = await tempDir();
    const counter = await dir.write("counter", "0");
    const children = Array.from({ length: 8 }, () =>
      runChild(`
        import { readFileSync, writeFileSync } from "node:fs";
        for (let round = 0; round < 100; round += 1) {
          await using lock = await lockFile(${JSON.stringify(dir.join("lock"))});
          const count = Number(readFileSync(${JSON.stringify(counter)}, "utf8"));
          if (round % 10 === 0) await new Promise(setImmediate);
          writeFileSync(${JSON.stringify(counter)}, String(count + 1));
        }
      `),
    );
    const codes = await Promise.all(children.map(async (child): Promise<unknown> => (await once(child, "close"))[0]));
    assert.deepEqual(codes, Array(8).fill(0));
    assert.equal(await readFile(counter, "utf8"), "800");
  });

  test("holds between threads of one process", async () => {
    await using dir = await tempDir();
    const path = dir.join("lock");
    const code = `${IMPORT}
      import { parentPort } from "node:worker_threads";
      await using lock = await lockFile(${JSON.stringify(path)});
      parentPort.postMessage("held");
      await new Promise((resolve) => parentPort.once("message", resolve));
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    await once(worker, "message");
    assert.equal(await canLock(path, "shared"), false);
    worker.postMessage("free it");
    await once(worker, "exit");
    assert.equal(await canLock(path, "exclusive"), true);
  });
});

async function canLock(path: string, mode: LockMode): Promise<boolean> {
  try {
    await using _lock = await lockFile(path, { ...AT_ONCE, mode });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_LOCK_TIMEOUT") return false;
    throw error;
  }
}

const IMPORT = `import { lockFile } from ${JSON.stringify(import.meta.resolve("@teu/std/file-lock"))};`;

/** Runs a module in a process of its own, in which `lockFile` is at hand. */
function runChild(code: string): ChildProcess {
  const flags = ["--conditions=@teu/source", "--expose-gc", "--input-type=module"];
  return spawn(process.execPath, [...flags, "-e", IMPORT + code], { stdio: ["ignore", "pipe", "inherit"] });
}
