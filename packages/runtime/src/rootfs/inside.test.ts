import assert from "node:assert/strict";
import { test } from "node:test";
import { EACCES, EEXIST, ELOOP } from "@teu/kernel/errno";
import { FakeKernel } from "@teu/kernel/fake";
import { O_DIRECTORY, O_PATH, S_IFLNK, S_IFREG, open, statAt } from "@teu/kernel/files";
import { openFolderInside, openPlaceInside, splitPath } from "./inside.ts";

function rootOf(kernel: FakeKernel): number {
  kernel.install();
  return open("/root", O_PATH | O_DIRECTORY);
}

test("folders that are missing are made one by one, each under a plain name", () => {
  const kernel = new FakeKernel({ "/root/a/": "" });
  openFolderInside(rootOf(kernel), "/a/b//./c");
  assert.deepEqual(
    kernel.calls.map(({ name, args }) => `${name} ${String(args[1])}`),
    ["mkdirat b", "mkdirat c"],
  );
  assert.ok(kernel.nodes.has("/root/a/b/c"));
});

test("a place for a file is an empty file in its folder", () => {
  const kernel = new FakeKernel({ "/root/": "" });
  openPlaceInside(rootOf(kernel), "/x/file", false);
  assert.equal(kernel.nodes.get("/root/x/file")?.text, "");
});

test("a file that another has made meanwhile is the place", () => {
  const kernel = new FakeKernel({ "/root/": "" });
  kernel.answers.set("mknodat", () => {
    kernel.nodes.set("/root/file", { mode: S_IFREG | 0o600, text: "theirs" });
    return -EEXIST;
  });
  const place = openPlaceInside(rootOf(kernel), "/file", false);
  assert.equal(statAt(place, "", 0)?.type, S_IFREG);
  assert.equal(kernel.nodes.get("/root/file")?.text, "theirs");
});

test("a link to what is missing is followed below the root", () => {
  const kernel = new FakeKernel({ "/root/": "" });
  kernel.nodes.set("/root/link", { mode: S_IFLNK | 0o777, text: "made/here" });
  openFolderInside(rootOf(kernel), "/link");
  assert.ok(kernel.nodes.has("/root/made/here"));
});

test("links in a circle end, and a refusal names the path", () => {
  const kernel = new FakeKernel({ "/root/": "" });
  kernel.nodes.set("/root/a", { mode: S_IFLNK | 0o777, text: "b" });
  kernel.nodes.set("/root/b", { mode: S_IFLNK | 0o777, text: "a" });
  assert.throws(() => openFolderInside(rootOf(kernel), "/a"), { errno: ELOOP });
  const refusing = new FakeKernel({ "/root/": "" }).refuse("mkdirat", EACCES);
  assert.throws(() => openFolderInside(rootOf(refusing), "/x"), { message: 'mkdir "x": permission denied (EACCES)' });
});

test("a path is cut at its last name", () => {
  assert.deepEqual(splitPath("/a//b/./c/"), { folder: "/a/b", name: "c" });
  assert.deepEqual(splitPath("c"), { folder: "/", name: "c" });
});
