import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { writeRecord } from "../files.ts";
import { type EngineFolders, engineFolders } from "../folders.ts";
import { findContainer, freeName, listContainers, randomName, takeName } from "./record.ts";
import { isAlive, statusOf } from "./status.ts";
import { readFileSync } from "node:fs";

async function engine(dir: TempDir): Promise<EngineFolders> {
  const folders = engineFolders({ env: { TEU_ROOT: dir.path }, uid: 0 });
  for (const path of [folders.containers, folders.names, folders.run]) await mkdir(path, { recursive: true });
  return folders;
}

async function add(folders: EngineFolders, id: string, name: string): Promise<void> {
  await mkdir(`${folders.containers}/${id}`);
  takeName(folders, name, id);
  writeRecord(`${folders.containers}/${id}/container.json`, { id, name, created: id });
}

const [A, B] = ["ab".repeat(32), "ac".repeat(32)];

/** When this process began, as the kernel counts. */
function ownStart(): string {
  const stat = readFileSync(`/proc/${process.pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

suite("containers on disk", () => {
  test("are found by name, id and the beginning of one", async () => {
    await using dir = await tempDir();
    const folders = await engine(dir);
    await add(folders, A, "one");
    await add(folders, B, "two");
    assert.equal(findContainer(folders, "one").id, A);
    assert.equal(findContainer(folders, B).name, "two");
    assert.equal(findContainer(folders, "ac").name, "two");
    assert.deepEqual(
      listContainers(folders).map(({ name }) => name),
      ["two", "one"],
    );
    for (const text of ["three", "a", "", "../one", "ab/.."])
      await assertCode(async () => void findContainer(folders, text), "ERR_CONTAINER_UNKNOWN");
  });

  test("a name is one container's alone until it is given back", async () => {
    await using dir = await tempDir();
    const folders = await engine(dir);
    takeName(folders, "one", A);
    await assertCode(async () => takeName(folders, "one", B), "ERR_CONTAINER_NAME");
    freeName(folders, "one", B);
    await assertCode(async () => takeName(folders, "one", B), "ERR_CONTAINER_NAME");
    freeName(folders, "one", A);
    takeName(folders, "one", B);
    for (const name of ["", ".x", "a/b", "ä", "x".repeat(129)])
      await assertCode(async () => takeName(folders, name, A), "ERR_CONTAINER_NAME");
    takeName(
      folders,
      randomName(() => 0.999),
      A,
    );
  });

  test("records do not make a process: the kernel does", async () => {
    await using dir = await tempDir();
    const folders = await engine(dir);
    const state = {
      monitorPid: 0,
      monitorStart: "",
      pid: process.pid,
      pidStart: ownStart(),
      status: "running",
      startedAt: "t",
      restarts: 0,
    };
    await mkdir(`${folders.run}/${A}`);
    assert.equal(statusOf(folders, B).status, "created");
    writeRecord(`${folders.run}/${A}/state.json`, state);
    assert.deepEqual([statusOf(folders, A).status, statusOf(folders, A).pid], ["running", process.pid]);
    writeRecord(`${folders.run}/${A}/state.json`, { ...state, pidStart: "1" });
    const gone = statusOf(folders, A);
    assert.deepEqual([gone.status, gone.pid, gone.exitCode, gone.settled], ["exited", 0, 255, false]);
    assert.equal(isAlive(2 ** 30, "1"), false);
  });
});
