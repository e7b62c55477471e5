import assert from "node:assert/strict";
import { open, readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import type { GrowingFile } from "../growing-file.ts";
import type { ByteStream } from "../store.ts";
import { sampleOf } from "../testing/samples.ts";
import { ContentCheck } from "../verified-read.ts";
import { CheckedFile } from "./checked-file.ts";
import { FileAppender } from "./file-appender.ts";
import { type SourceHealth, watchSource } from "./watched-source.ts";

const { bytes: BYTES, descriptor } = sampleOf(22);

interface Opened extends AsyncDisposable {
  readonly file: CheckedFile;
}

async function opened(dir: TempDir, mode = "w"): Promise<Opened> {
  const handle = await open(dir.join("file"), mode);
  const appender = new FileAppender(handle, { position: 0, durable: false });
  const file = new CheckedFile({ appender, check: new ContentCheck(descriptor) });
  return { file, [Symbol.asyncDispose]: () => handle.close() };
}

/** A stream that goes into files by itself, by `work`. */
function flowing(work: NonNullable<ByteStream["intoFile"]>): ByteStream {
  return {
    [Symbol.asyncIterator]: () => assert.fail("read in chunks"),
    intoFile: work,
  };
}

suite("CheckedFile", () => {
  test("takes chunks, and what goes into it by itself", async () => {
    for (const source of [
      [BYTES.subarray(0, 5), BYTES.subarray(5)],
      flowing(async (file, onBytes) => {
        await file.append(BYTES.slice(0, 7));
        onBytes?.(7);
        await file.append(BYTES.slice(7));
        onBytes?.(BYTES.length - 7);
      }),
    ]) {
      await using dir = await tempDir();
      await using here = await opened(dir);
      const seen: number[] = [];
      await here.file.appendAll(watchSource(source, { failed: false }, (total) => seen.push(total)));
      assert.deepEqual(await readFile(dir.join("file")), Buffer.from(BYTES));
      assert.deepEqual(seen, [seen[0], BYTES.length]);
    }
  });

  test("refuses what is too short, too long or something else, in either way", async () => {
    const wrong: readonly (readonly [Uint8Array, "ERR_BLOB_DIGEST" | "ERR_BLOB_SIZE"])[] = [
      [BYTES.slice(1), "ERR_BLOB_SIZE"],
      [new Uint8Array(BYTES.length + 1), "ERR_BLOB_SIZE"],
      [new Uint8Array(BYTES.length), "ERR_BLOB_DIGEST"],
    ];
    for (const [bytes, code] of wrong)
      for (const source of [[bytes.slice()], flowing(async (file) => await file.append(bytes.slice()))]) {
        await using dir = await tempDir();
        await using here = await opened(dir);
        await assert.rejects(here.file.appendAll(source), { code });
      }
  });

  test("has no thread for its hash in Node, and says so before anything is written", async () => {
    await using dir = await tempDir();
    await using here = await opened(dir);
    assert.equal(await here.file.appendBeside(() => assert.fail("written")), false);
  });

  test("tells its own failures from those of the source", async () => {
    await using dir = await tempDir();
    await dir.write("file", "");
    const broken = new Error("the source has gone");
    const fails = async (work: (file: GrowingFile) => Promise<void>): Promise<SourceHealth> => {
      await using here = await opened(dir, "r");
      const health = { failed: false };
      await assert.rejects(here.file.appendAll(watchSource(flowing(work), health)));
      return health;
    };
    assert.deepEqual(await fails(async () => Promise.reject(broken)), { failed: true });
    // It is open for reading alone.
    assert.deepEqual(await fails(async (file) => await file.append(BYTES.slice())), { failed: false });
  });
});
