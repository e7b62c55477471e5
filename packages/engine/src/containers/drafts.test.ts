import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import type { Engine } from "../engine.ts";
import { writeRecord } from "../files.ts";
import { engineFolders } from "../folders.ts";
import { beginContainer, discardContainer, endDraft, sweepDrafts } from "./drafts.ts";
import { DEFAULT_OPTIONS } from "../config/options.ts";
import { RECORD, containerFolders } from "./record.ts";

const ID = "a".repeat(64);
const OTHER = "b".repeat(64);
/** No process of this number can have begun then. */
const DEAD = { pid: process.pid, start: "1" };

function engineIn(root: string): Engine {
  const env = { TEU_ROOT: root };
  const folders = engineFolders({ env });
  for (const path of [folders.containers, folders.names, folders.volumes, folders.run])
    mkdirSync(path, { recursive: true });
  return { folders, env } as unknown as Engine;
}

function left({ folders }: Engine): readonly string[] {
  return [folders.containers, folders.names, folders.volumes, folders.run].flatMap((path) => readdirSync(path));
}

suite("containers that are not complete", () => {
  test("one that is being made stays, and its name is taken", async () => {
    await using dir = await tempDir();
    const engine = engineIn(dir.path);
    await beginContainer(engine, ID, "one");
    assert.deepEqual(await sweepDrafts(engine), []);
    await assertCode(() => beginContainer(engine, OTHER, "one"), "ERR_CONTAINER_NAME");
    assert.deepEqual(left(engine), [ID, "one"].toSorted());
  });

  test("one whose maker was killed gives its name to the next that wants it", async () => {
    await using dir = await tempDir();
    const engine = engineIn(dir.path);
    await beginContainer(engine, ID, "one");
    writeRecord(join(containerFolders(engine.folders, ID).home, "draft.json"), { ...DEAD, name: "one", volumes: [] });
    await beginContainer(engine, OTHER, "one");
    assert.deepEqual(left(engine), [OTHER, "one"]);
  });

  test("a folder that a killed process worked on goes, with what it says of itself", async () => {
    await using dir = await tempDir();
    const engine = engineIn(dir.path);
    const place = join(engine.folders.containers, `.${DEAD.pid}-${DEAD.start}-${ID}`);
    mkdirSync(join(place, "bundle"), { recursive: true });
    mkdirSync(containerFolders(engine.folders, ID).run, { recursive: true });
    symlinkSync(ID, join(engine.folders.names, "one"));
    writeRecord(join(place, "draft.json"), { ...DEAD, name: "one", volumes: [] });
    assert.deepEqual(await sweepDrafts(engine), ["one"]);
    assert.deepEqual(left(engine), []);
  });

  test("a complete one goes when it is discarded, also by two at once", async () => {
    await using dir = await tempDir();
    const engine = engineIn(dir.path);
    await beginContainer(engine, ID, "one");
    writeRecord(join(containerFolders(engine.folders, ID).home, RECORD), { id: ID, options: DEFAULT_OPTIONS });
    endDraft(engine, ID);
    assert.deepEqual(await sweepDrafts(engine), []);
    const discard = async (): Promise<void> => await discardContainer(engine, ID, { name: "one", volumes: [] });
    await Promise.all([discard(), discard()]);
    assert.deepEqual(left(engine), []);
  });
});
