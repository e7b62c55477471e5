import assert from "node:assert/strict";
import * as files from "node:fs/promises";
import { suite, test } from "node:test";
import { type AtomicFileOptions, createFileAtomic, stageFile, writeFileAtomic } from "@teu/std/atomic-file";
import { assertCode } from "@teu/testing/assert-code";
import { dribble, failAfter, hang, withFault } from "@teu/testing/fault";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";

const CHUNKS = [Buffer.from("new "), Buffer.from("content")];
const QUICK = { durable: false };

/** A folder in which the file `a` has old content. */
async function folderWithOldFile(): Promise<TempDir> {
  const dir = await tempDir();
  await dir.write("a", "old");
  return dir;
}

async function contents(dir: TempDir): Promise<Record<string, string>> {
  const names = (await files.readdir(dir.path)).sort();
  const texts = await Promise.all(names.map((name) => files.readFile(dir.join(name), "utf8")));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
}

async function modeOf(path: string): Promise<number> {
  return (await files.stat(path)).mode & 0o7777;
}

suite("writeFileAtomic()", () => {
  test("writes text, bytes and streams", async () => {
    await using dir = await tempDir();
    await writeFileAtomic(dir.join("text"), "grüß");
    await writeFileAtomic(dir.join("bytes"), Buffer.from("bytes"));
    await writeFileAtomic(dir.join("list"), CHUNKS);
    await writeFileAtomic(dir.join("stream"), dribble(CHUNKS));
    await writeFileAtomic(dir.join("web"), new Blob(CHUNKS).stream());
    await writeFileAtomic(dir.join("empty"), []);
    assert.deepEqual(await contents(dir), {
      bytes: "bytes",
      empty: "",
      list: "new content",
      stream: "new content",
      text: "grüß",
      web: "new content",
    });
  });

  test("replaces a file, and a link but not what it points to", async () => {
    await using dir = await folderWithOldFile();
    await files.symlink("a", dir.join("link"));
    await writeFileAtomic(dir.join("link"), "new", QUICK);
    assert.deepEqual(await contents(dir), { a: "old", link: "new" });
    await writeFileAtomic(dir.join("a"), "new", QUICK);
    assert.deepEqual(await contents(dir), { a: "new", link: "new" });
  });

  test("gives the mode asked for, whatever the umask, and the usual one else", async () => {
    await using dir = await tempDir();
    const umask = process.umask();
    for (const mode of [0o600, 0o666, 0o755]) {
      await writeFileAtomic(dir.join("a"), "", { ...QUICK, mode });
      assert.equal(await modeOf(dir.join("a")), mode);
    }
    await writeFileAtomic(dir.join("b"), "", QUICK);
    assert.equal(await modeOf(dir.join("b")), 0o666 & ~umask);
  });

  test("brings content and name to the disk, in this order", async () => {
    await using dir = await tempDir();
    const { target, calls } = withFault(files);
    await writeFileAtomic(dir.join("a"), "x", { operations: target, mode: 0o600 });
    const expected = ["open", "open.chmod", "open.write", "open.sync", "open.close", "rename", "open", "open.sync"];
    assert.deepEqual(calls, [...expected, "open.close"]);
  });

  test("leaves the disk alone where that is not asked for", async () => {
    await using dir = await tempDir();
    const { target, calls } = withFault(files);
    await writeFileAtomic(dir.join("a"), "x", { operations: target, durable: false });
    assert.deepEqual(calls, ["open", "open.write", "open.close", "rename"]);
  });

  test("writes on after short writes", async () => {
    await using dir = await tempDir();
    const operations = { ...files, open: openWithShortWrites } as typeof files;
    await writeFileAtomic(dir.join("a"), CHUNKS, { operations, durable: false });
    assert.deepEqual(await contents(dir), { a: "new content" });
  });

  test("fails where the folder is missing, or the path is a folder", async () => {
    await using dir = await tempDir();
    await files.mkdir(dir.join("folder"));
    await assertCode(() => writeFileAtomic(dir.join("missing/a"), ""), "ENOENT");
    await assertCode(() => writeFileAtomic(dir.join("folder"), ""), "EISDIR");
    assert.deepEqual(await files.readdir(dir.path), ["folder"]);
  });
});

suite("writeFileAtomic() that fails", () => {
  test("leaves the old content, and nothing else, when any operation fails", async () => {
    const { length } = await callsOf({ mode: 0o600 });
    assert.equal(length, 10);
    for (let failAt = 1; failAt <= length; failAt += 1) {
      await using dir = await folderWithOldFile();
      const { target, calls } = withFault(files, { failAt });
      const writing = () => writeFileAtomic(dir.join("a"), CHUNKS, { operations: target, mode: 0o600 });
      await assertCode(writing, "ERR_INJECTED_FAULT");
      const renamed = calls.slice(0, failAt - 1).includes("rename");
      assert.deepEqual(await contents(dir), { a: renamed ? "new content" : "old" }, `call ${failAt}`);
    }
  });

  test("leaves the old content when the source fails", async () => {
    for (const chunks of [0, 1, 2]) {
      await using dir = await folderWithOldFile();
      await assertCode(() => writeFileAtomic(dir.join("a"), failAfter(CHUNKS, chunks)), "ERR_INJECTED_FAULT");
      assert.deepEqual(await contents(dir), { a: "old" });
    }
  });

  test("leaves the old content when it is aborted", async () => {
    await using dir = await folderWithOldFile();
    const reason = new Error("enough");
    const controller = new AbortController();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("new");
      controller.abort(reason);
      yield* hang([Buffer.from("more")]);
    }
    await assert.rejects(writeFileAtomic(dir.join("a"), source(), { signal: controller.signal }), reason);
    await assert.rejects(writeFileAtomic(dir.join("a"), "new", { signal: controller.signal }), reason);
    assert.deepEqual(await contents(dir), { a: "old" });
  });

  test("tells both failures when the temporary file cannot be removed either", async () => {
    await using dir = await folderWithOldFile();
    const { target } = withFault(files, { name: "unlink", failAt: 1 });
    const broken = failAfter([], 0, new Error("broken"));
    await assert.rejects(writeFileAtomic(dir.join("a"), broken, { operations: target }), (error) => {
      assert.ok(error instanceof SuppressedError);
      assert.equal(String(error.suppressed), "Error: broken");
      assert.match(String(error.error), /unlink/);
      return true;
    });
  });
});

suite("createFileAtomic()", () => {
  test("creates a file where there is none, and leaves no other", async () => {
    await using dir = await tempDir();
    await createFileAtomic(dir.join("a"), CHUNKS, { mode: 0o640 });
    assert.deepEqual(await contents(dir), { a: "new content" });
    assert.equal(await modeOf(dir.join("a")), 0o640);
    assert.equal((await files.stat(dir.join("a"))).nlink, 1);
  });

  test("leaves alone what is there, links included", async () => {
    await using dir = await folderWithOldFile();
    await files.symlink("nowhere", dir.join("link"));
    for (const name of ["a", "link"]) {
      const error = await assertCode(() => createFileAtomic(dir.join(name), "new", QUICK), "ERR_FILE_EXISTS");
      assert.equal(error.message, `Creating file "${dir.join(name)}": it exists, expected nothing there`);
    }
    assert.deepEqual((await files.readdir(dir.path)).sort(), ["a", "link"]);
    assert.equal(await files.readFile(dir.join("a"), "utf8"), "old");
  });

  test("lets one of many writers win", async () => {
    await using dir = await tempDir();
    const writers = Array.from({ length: 20 }, (_, index) => createFileAtomic(dir.join("a"), `${index}`, QUICK));
    const outcomes = await Promise.allSettled(writers);
    const winners = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
    assert.equal(winners.length, 1);
    assert.deepEqual(await contents(dir), { a: `${winners[0]}` });
  });
});

suite("stageFile()", () => {
  test("holds content until its name is known", async () => {
    await using dir = await tempDir();
    await using staged = await stageFile(dir.path, CHUNKS);
    assert.match(staged.path, /\/\.teu-tmp-[0-9a-f]{24}$/);
    assert.equal(await files.readFile(staged.path, "utf8"), "new content");
    await staged.replace(dir.join("name"));
    assert.deepEqual(await contents(dir), { name: "new content" });
  });

  test("is gone with its scope if no name came", async () => {
    await using dir = await tempDir();
    {
      await using _staged = await stageFile(dir.path, CHUNKS, QUICK);
    }
    assert.deepEqual(await files.readdir(dir.path), []);
  });
});

async function callsOf(options: AtomicFileOptions): Promise<readonly string[]> {
  await using dir = await tempDir();
  const { target, calls } = withFault(files);
  await writeFileAtomic(dir.join("a"), CHUNKS, { ...options, operations: target });
  return calls;
}

/** Opens files whose writes take three bytes at a time. */
async function openWithShortWrites(path: string, flags: string, mode: number): Promise<files.FileHandle> {
  const handle = await files.open(path, flags, mode);
  const write = handle.write.bind(handle);
  const short = (bytes: Uint8Array, offset: number) => write(bytes, offset, Math.min(3, bytes.length - offset));
  return Object.assign(handle, { write: short });
}
