import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, copyFileSync, readFileSync, readdirSync } from "node:fs";
import { suite, test } from "node:test";
import { readAptHost } from "@teu/build/base/apt/host";
import { parseSources } from "@teu/build/base/apt/sources";
import { openDeb } from "@teu/build/base/deb/deb-file";
import { makeBase } from "@teu/build/base/make-base";
import { DEBIAN_PACKAGES, DEBIAN_WITHOUT, nodeBaseRequest, pythonBaseRequest } from "@teu/build/base/presets";
import { buildTree } from "@teu/build/base/root/build-tree";
import { assertCode } from "@teu/testing/assert-code";
import { type SkipReason, anyOf, needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";

const needsTime: SkipReason = process.env["TEU_LONG_TESTS"] !== "1" && "a long form: set TEU_LONG_TESTS=1";
const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };

/** Packages with scripts, beside those of the usual bases. */
const MORE = [
  "bash",
  "curl",
  "git",
  "libc-bin",
  "openssl",
  "perl-base",
  "procps",
  "readline-common",
  "sqlite3",
  "wget",
];

const RELEASES = {
  bookworm: [...MORE, "base-passwd", "dash", "debianutils", "libglib2.0-0", "login", "nodejs"],
  trixie: [...MORE, "base-passwd", "dash", "debianutils", "gzip", "libglib2.0-0t64", "nodejs"],
} as const;

/** A mirror of Debian that this machine uses. */
async function mirror(): Promise<string | undefined> {
  const { sources } = await readAptHost();
  return sources.find(({ suite: name, components }) => /^(bookworm|trixie)$/.test(name) && components.includes("main"))
    ?.uri;
}

/** The archives of a release as apt would name them. */
async function aptOf(release: string): Promise<Awaited<ReturnType<typeof readAptHost>>> {
  const own = await readAptHost();
  const uri = (await mirror()) ?? "";
  const lines = [release, `${release}-updates`].map(
    (name) => `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri} ${name} main`,
  );
  return { ...own, sources: parseSources(lines.join("\n"), "list") };
}

async function needsMirror(): Promise<SkipReason> {
  return (await mirror()) === undefined && "needs a mirror of Debian among apt's sources";
}

const skip = anyOf(needsTime, needsProgram("apt-get", "dpkg-deb"), await needsMirror());

suite("scripts of Debian's packages", { skip }, () => {
  for (const [release, packages] of Object.entries(RELEASES)) {
    test(`those of ${release} are known, for two architectures`, async () => {
      await using folder = await tempDir();
      const context = { apt: await aptOf(release), cacheFolder: folder.path, env: process.env };
      const platforms = [AMD64, ARM64];
      const requests = [
        { ...nodeBaseRequest(platforms), node: undefined },
        pythonBaseRequest(platforms),
        {
          platforms,
          packages: [...DEBIAN_PACKAGES, ...packages],
          without: ["awk", "debconf", "libpam-modules", "libpam-runtime", "passwd", "usrmerge"],
        },
      ];
      for (const request of requests) {
        await using made = await makeBase(request, { compression: "zstd" }, context);
        assert.equal(made.images.length, 2);
      }
    });

    test(`a changed script of ${release} is not taken for the known one`, async () => {
      await using folder = await tempDir();
      const context = { apt: await aptOf(release), cacheFolder: folder.path, env: process.env };
      const request = { platforms: [AMD64], packages: ["ca-certificates"], without: DEBIAN_WITHOUT };
      await using made = await makeBase(request, {}, context);
      const locked = made.lock.platforms[0]?.packages.find(({ name }) => name === "ca-certificates");
      copyFileSync(folder.join("downloads/blobs/sha256", locked?.sha256 ?? ""), folder.join("known.deb"));
      const options = { keepsDocs: false, ignoreScriptsOf: [], acceptScripts: [], time: 1 };
      const tree = async (append: string): ReturnType<typeof buildTree> => {
        const deb = await openDeb(repack(folder, append), "ca-certificates");
        return await buildTree([deb], options);
      };
      assert.ok((await tree("# another comment\n\n")).has("etc/ssl/certs/ca-certificates.crt"));
      for (const line of ["update-ca-certificates --new-format", "adduser --system ca", "rm -f /etc/ssl/cert.pem"]) {
        const error = await assertCode(async () => await tree(`${line}\n`), "ERR_BASE_SCRIPT");
        assert.match(error.message, /^Installing package "ca-certificates \d+\S*": its postinst has effects /);
      }
    });
  }
});

/** The package with something more at the end of its script. */
function repack(folder: TempDir, append: string): Uint8Array {
  const name = `root-${readdirSync(folder.path).length}`;
  execFileSync("dpkg-deb", ["-R", folder.join("known.deb"), folder.join(name)]);
  appendFileSync(folder.join(name, "DEBIAN/postinst"), append);
  execFileSync("dpkg-deb", ["-Zgzip", "--root-owner-group", "-b", folder.join(name), folder.join(`${name}.deb`)]);
  const bytes = readFileSync(folder.join(`${name}.deb`));
  return bytes;
}
