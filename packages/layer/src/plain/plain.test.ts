import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, readdir, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { concatBytes } from "@teu/std/bytes";
import { assertCode } from "@teu/testing/assert-code";
import { needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type NewMember, writeTar } from "@teu/tar/write-tar";
import { archiveFolder } from "./archive-folder.ts";
import { extractFolder } from "./extract-folder.ts";

async function sample(dir: TempDir): Promise<string> {
  await dir.write("in/b.txt", "b");
  await dir.write("in/a/deep.txt", "deep");
  await dir.write("in/a/.wh.empty", "");
  await chmod(dir.join("in/b.txt"), 0o777);
  await mkdir(dir.join("in/none"));
  await symlink("a/deep.txt", dir.join("in/link"));
  await writeFile(Buffer.concat([Buffer.from(`${dir.join("in")}/`), Buffer.from([0xff, 0x62])]), "no text");
  return dir.join("in");
}

async function archive(path: string, options: Parameters<typeof archiveFolder>[1]): Promise<Uint8Array> {
  return concatBytes(await Array.fromAsync(archiveFolder(path, options)));
}

const folder = (name: string): NewMember => ({ entry: { name, type: "directory" } });
const file = (name: string, text = "x"): NewMember => ({
  entry: { name, size: text.length },
  content: new TextEncoder().encode(text),
});
const link = (name: string, linkname: string): NewMember => ({ entry: { name, type: "symlink", linkname } });
const hardLink = (name: string, linkname: string): NewMember => ({ entry: { name, type: "hard-link", linkname } });

const HOSTILE: readonly (readonly [what: string, code: string, members: readonly NewMember[]])[] = [
  ["a path out of the folder", "ERR_LAYER_PATH", [file("in/../x")]],
  ["a path beside the folder", "ERR_LAYER_PATH", [file("other/x")]],
  ["an absolute path", "ERR_LAYER_PATH", [file("/in/x")]],
  ["a file in the place of the folder", "ERR_LAYER_PATH", [file("in")]],
  ["a link in the place of the folder", "ERR_LAYER_PATH", [link("in", "x")]],
  ["a link to an absolute path", "ERR_LAYER_PATH", [link("in/x", "/etc")]],
  ["a link out of the folder", "ERR_LAYER_PATH", [link("in/a/x", "../../y")]],
  ["a link with steps up behind a name", "ERR_LAYER_PATH", [link("in/a/x", "b/../c")]],
  ["a file through a link", "ERR_LAYER_PARENT", [folder("in/d/"), link("in/l", "d"), file("in/l/x")]],
  ["a file below a file", "ERR_LAYER_PARENT", [file("in/f"), file("in/f/x")]],
  ["a file in the place of a folder", "ERR_LAYER_PARENT", [file("in/f/x"), file("in/f")]],
  ["a hard link out of the folder", "ERR_LAYER_PATH", [hardLink("in/x", "../y")]],
  ["a hard link to nothing", "ERR_LAYER_LINK", [hardLink("in/x", "in/y")]],
  ["a hard link to a link", "ERR_LAYER_LINK", [link("in/l", "y"), hardLink("in/x", "in/l")]],
  ["a hard link through a link", "ERR_LAYER_LINK", [file("in/d/y"), link("in/l", "d"), hardLink("in/x", "in/l/y")]],
  [
    "a device",
    "ERR_LAYER_ENTRY",
    [{ entry: { name: "in/null", type: "character-device", deviceMajor: 1, deviceMinor: 3 } }],
  ],
];

suite("plain archives of folders", () => {
  test("give the folder back as it was, and the same bytes for the same files", async () => {
    await using dir = await tempDir();
    const path = await sample(dir);
    const bytes = await archive(path, { title: "in" });
    await dir.write("in/b.txt", "b");
    assert.deepEqual(await archive(path, { title: "in" }), bytes);
    assert.notDeepEqual(await archive(path, { title: "in", epoch: { seconds: 1, nanoseconds: 0 } }), bytes);
    await extractFolder([bytes], { path: dir.join("out"), title: "in" });
    assert.equal(await readFile(dir.join("out/a/deep.txt"), "utf8"), "deep");
    assert.equal((await readFile(dir.join("out/a/.wh.empty"))).length, 0);
    // Who wrote the archive does not say who else may write here.
    assert.equal((await stat(dir.join("out/b.txt"))).mode & 0o777, 0o755);
    assert.equal((await stat(dir.join("out"))).mode & 0o777, 0o755);
    assert.equal((await stat(dir.join("out/b.txt"))).mtimeMs, 0);
    assert.equal(await readlink(dir.join("out/link")), "a/deep.txt");
    assert.deepEqual(await readdir(dir.join("out/none")), []);
    assert.ok((await readdir(dir.join("out"), { encoding: "latin1" })).includes("\u00ffb"));
  });

  test("replace files of a folder that is there, and leave others", async () => {
    await using dir = await tempDir();
    const bytes = await archive(await sample(dir), { title: "in" });
    await dir.write("out/b.txt", "old");
    await dir.write("out/a/other.txt", "other");
    await extractFolder([bytes], { path: dir.join("out"), title: "in" });
    assert.equal(await readFile(dir.join("out/b.txt"), "utf8"), "b");
    assert.equal(await readFile(dir.join("out/a/other.txt"), "utf8"), "other");
    await dir.write("more/b.txt/x", "a folder in the place of a file");
    const more = { path: dir.join("more"), title: "in" };
    await assertCode(() => extractFolder([bytes], more), "ERR_FILE_EXISTS");
  });

  test("may name a file twice, and link to one", async () => {
    await using dir = await tempDir();
    const members = [
      file("a/b/x", "first"),
      hardLink("a/b/y", "a/b/x"),
      file("a/b/x", "last"),
      link("a/b/c/up", "../x"),
    ];
    await extractFolder(writeTar(members), { path: dir.join("out"), title: "a/b" });
    assert.equal(await readFile(dir.join("out/x"), "utf8"), "last");
    assert.equal(await readFile(dir.join("out/y"), "utf8"), "first");
    assert.equal(await readFile(dir.join("out/c/up"), "utf8"), "last");
  });

  for (const [what, code, members] of HOSTILE)
    test(`are refused with ${what}, and nothing is written`, async () => {
      await using dir = await tempDir();
      await assertCode(() => extractFolder(writeTar(members), { path: dir.join("out"), title: "in" }), code);
      assert.deepEqual(await readdir(dir.path), []);
    });

  test("do not hold pipes", { skip: needsProgram("mkfifo") }, async () => {
    await using dir = await tempDir();
    await mkdir(dir.join("in"));
    execFileSync("mkfifo", [dir.join("in/pipe")], { timeout: 10_000 });
    await assertCode(() => archive(dir.join("in"), { title: "in" }), "ERR_LAYER_ENTRY");
  });
});
