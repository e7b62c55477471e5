import assert from "node:assert/strict";
import { mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { type ResolveOptions, cleanPath, joinInRoot, resolveInRoot } from "@teu/std/safe-path";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import * as fc from "fast-check";

suite("cleanPath()", () => {
  test("gives the shortest form", () => {
    const table = {
      a: "a",
      "a/b": "a/b",
      "a//b/": "a/b",
      "./a": "a",
      "a/./b/.": "a/b",
      "a/../b": "b",
      "a/b/../../c": "c",
      "a/..": ".",
      ".": ".",
      "./": ".",
      "..a": "..a",
      "a..": "a..",
      "...": "...",
      "a b\n": "a b\n",
      "~": "~",
    };
    for (const [path, clean] of Object.entries(table)) assert.equal(cleanPath(path), clean, path);
  });

  test("refuses paths that lead out, even if they come back", () => {
    for (const path of ["..", "../", "../a", "a/../..", "a/../../b", "./../a", "a/b/../../../root/a", "a/../..//"]) {
      assertCode(() => cleanPath(path), "ERR_PATH_ESCAPE");
    }
    assert.equal(
      assertCode(() => cleanPath("a/../../b"), "ERR_PATH_ESCAPE").message,
      'Using path "a/../../b": it leads out of the root folder, expected a path inside it',
    );
  });

  test("refuses an absolute path, or takes it from the root on", () => {
    const root = { absolute: "root" } as const;
    for (const path of ["/", "/a", "//a"]) assertCode(() => cleanPath(path), "ERR_PATH_ESCAPE");
    assert.equal(cleanPath("/a/b", root), "a/b");
    assert.equal(cleanPath("//a", root), "a");
    assert.equal(cleanPath("/", root), ".");
    assert.equal(cleanPath("a", root), "a");
    assertCode(() => cleanPath("/../a", root), "ERR_PATH_ESCAPE");
  });

  test("refuses empty paths and NUL", () => {
    assertCode(() => cleanPath(""), "ERR_PATH_INVALID");
    for (const path of ["\0", "a\0", "a/\0/b"]) assertCode(() => cleanPath(path), "ERR_PATH_INVALID");
    assert.equal(
      assertCode(() => cleanPath("a\0b"), "ERR_PATH_INVALID").message,
      'Using path "a\\u{0}b": NUL in it, expected none',
    );
  });

  test("gives a path without dots that stays as it is", () => {
    const name = fc.constantFrom("a", "b", ".", "..", "", "...");
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (parts) => {
        const clean = attempt(() => cleanPath(`x/${parts.join("/")}`));
        if (clean === undefined) return;
        assert.equal(cleanPath(clean), clean);
        assert.ok(clean === "." || clean.split("/").every((part) => !["", ".", ".."].includes(part)));
      }),
    );
  });
});

test("joinInRoot() joins inside the root", () => {
  assert.equal(joinInRoot("/root", "a/./b"), "/root/a/b");
  assert.equal(joinInRoot("/root", "."), "/root");
  assert.equal(joinInRoot("/root", "/a", { absolute: "root" }), "/root/a");
  assertCode(() => joinInRoot("/root", "../root/a"), "ERR_PATH_ESCAPE");
});

/** A tree with a folder outside of its root, and links of all kinds. */
async function plant(): Promise<TempDir> {
  const dir = await tempDir();
  await dir.write("outside/secret", "");
  await mkdir(dir.join("root/d/e"), { recursive: true });
  await writeFile(dir.join("root/d/file"), "");
  const links = {
    relative: "d/e",
    absolute: "/d/e",
    up: "../../..",
    climb: "../../../../d",
    out: dir.join("outside"),
    "out-relative": "../outside/secret",
    chain: "absolute/../file",
    dangling: "d/new",
    "dangling-far": "/x/../y/z",
    self: "self",
    ping: "pong",
    pong: "ping",
    root: "/",
    dots: "./././d/./",
    "d/e/back": "..",
    "d/abs": "/relative",
  };
  for (const [name, target] of Object.entries(links)) await symlink(target, dir.join("root", name));
  return dir;
}

/** Paths, and where they lead from the root. */
const RESOLVED = {
  ".": "",
  "/": "",
  d: "d",
  "/d/file": "d/file",
  "d//e/./": "d/e",
  relative: "d/e",
  absolute: "d/e",
  "absolute/new/file": "d/e/new/file",
  "absolute/../file": "d/file",
  "absolute/back/file": "d/file",
  "d/abs/back/abs": "d/e",
  up: "",
  climb: "d",
  "..": "",
  "../../outside/secret": "outside/secret",
  "d/../../..": "",
  chain: "d/file",
  dangling: "d/new",
  "dangling-far": "y/z",
  "root/root/root/d": "d",
  dots: "d",
  "missing/x/../y": "missing/y",
  "missing/../d/file": "d/file",
};

suite("resolveInRoot()", () => {
  test("follows links as if the root were /", async () => {
    await using dir = await plant();
    const root = dir.join("root");
    for (const [path, expected] of Object.entries(RESOLVED)) {
      assert.equal(await resolveInRoot(root, path), join(root, expected), path);
    }
  });

  test("never leads out, whatever links point to", async () => {
    await using dir = await plant();
    const root = dir.join("root");
    const hostile = ["out", "out/secret", "out-relative", "up/outside", "../outside", "d/e/back/back/../../outside"];
    for (const path of hostile) {
      const resolved = await resolveInRoot(root, path);
      assert.ok(resolved.startsWith(`${root}/`), `${path} leads to ${resolved}`);
    }
  });

  test("agrees with the kernel on what is there", async () => {
    await using dir = await plant();
    const root = await realpath(dir.join("root"));
    for (const path of ["relative", "relative/back/file", "dots", "d/e/back/e"]) {
      assert.equal(await resolveInRoot(root, path), await realpath(join(root, path)));
    }
  });

  test("leaves a link at the end alone if asked to", async () => {
    await using dir = await plant();
    const root = dir.join("root");
    const options = { followLast: false };
    assert.equal(await resolveInRoot(root, "self", options), join(root, "self"));
    assert.equal(await resolveInRoot(root, "absolute/back", options), join(root, "d/e/back"));
    assert.equal(await resolveInRoot(root, "absolute/x/..", options), join(root, "d/e"));
  });

  test("gives up on too many links", async () => {
    await using dir = await plant();
    const root = dir.join("root");
    const resolve = (path: string, options?: ResolveOptions) => () => resolveInRoot(root, path, options);
    for (const path of ["self", "ping", "pong/x"]) await assertCode(resolve(path), "ERR_PATH_LOOP");
    const many = "root/".repeat(40);
    assert.equal(await resolveInRoot(root, `${many}d`), join(root, "d"));
    await assertCode(resolve(`${many}root/d`), "ERR_PATH_LOOP");
    await assertCode(resolve("relative", { maxLinks: 0 }), "ERR_PATH_LOOP");
  });

  test("refuses empty paths and NUL, and names below a file", async () => {
    await using dir = await plant();
    const root = dir.join("root");
    await assertCode(() => resolveInRoot(root, ""), "ERR_PATH_INVALID");
    await assertCode(() => resolveInRoot(root, "d\0"), "ERR_PATH_INVALID");
    await assertCode(() => resolveInRoot(root, "d/file/x"), "ENOTDIR");
  });
});

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
