import assert from "node:assert/strict";
import { open, readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { type AppendedFile, FileAppender } from "./file-appender.ts";

const MEBIBYTE = 1024 * 1024;

suite("FileAppender", () => {
  test("writes from a position on and brings all of it to the disk, some of it early", async () => {
    await using dir = await tempDir();
    const path = await dir.write("file", "begin");
    const chunk = new Uint8Array(40 * MEBIBYTE).fill(7);
    let [flushes, syncs] = [0, 0];
    {
      await using file = await open(path, "r+");
      const watched: AppendedFile = {
        fd: file.fd,
        write: file.write.bind(file),
        datasync: async () => {
          flushes += 1;
          await file.datasync();
        },
        sync: async () => {
          syncs += 1;
          await file.sync();
        },
      };
      const appender = new FileAppender(watched, { position: 5, durable: true });
      await appender.append(chunk);
      await appender.append(new Uint8Array([8]));
      await appender.finish();
    }
    assert.deepEqual([flushes, syncs], [1, 1]);
    const written = await readFile(path);
    assert.equal(written.length, 5 + chunk.length + 1);
    assert.equal(written.subarray(0, 6).toString("latin1"), "begin\u0007");
    assert.equal(written.at(-1), 8);
  });

  test("tells of a flush that failed although the last one succeeds", async () => {
    await using dir = await tempDir();
    await using file = await open(dir.join("file"), "w");
    const problem = new Error("the disk has gone");
    const failing: AppendedFile = {
      fd: file.fd,
      write: file.write.bind(file),
      datasync: () => Promise.reject(problem),
      sync: async () => {},
    };
    const appender = new FileAppender(failing, { position: 0, durable: true });
    await appender.append(new Uint8Array(33 * MEBIBYTE));
    await appender.stop();
    await assert.rejects(appender.finish(), problem);
  });

  test("asks nothing of the disk where nothing has to last", async () => {
    await using dir = await tempDir();
    await using file = await open(dir.join("file"), "w");
    const refusing = (): never => assert.fail("asked");
    const plain: AppendedFile = {
      fd: file.fd,
      write: file.write.bind(file),
      datasync: refusing,
      sync: refusing,
    };
    const appender = new FileAppender(plain, { position: 0, durable: false });
    await appender.append(new Uint8Array(33 * MEBIBYTE));
    await appender.finish();
    assert.equal((await file.stat()).size, 33 * MEBIBYTE);
  });
});
