import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { readAptHost } from "@teu/build/base/apt/host";
import { parseSources } from "@teu/build/base/apt/sources";
import { type MadeBases, type MakeOptions, makeBase } from "@teu/build/base/make-base";
import type { BaseRequest } from "@teu/build/base/options";
import { DEBIAN_PACKAGES, DEBIAN_WITHOUT, nodeBaseRequest } from "@teu/build/base/presets";
import { openImage } from "@teu/content/mutate/image";
import { validate } from "@teu/content/validate/validate";
import { unpack } from "@teu/layer/unpack";
import { type SkipReason, anyOf, needsProgram, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";

const PLATFORM = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" };
const isLong = process.env["TEU_LONG_TESTS"] === "1";
const needsTime: SkipReason = !isLong && "a long form: set TEU_LONG_TESTS=1";
const needsDebian: SkipReason = needsProgram("apt-get", "dpkg-deb", "tar");

/** What a file is, without the time of a directory, which the last file in it may set. */
function describe(path: string): string {
  const { mode, uid, gid, mtimeMs } = lstatSync(path);
  const facts = `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
  switch (mode & 0o170000) {
    case 0o040000:
      return `directory ${facts}`;
    case 0o120000:
      return `link ${readlinkSync(path)}`;
    default:
      return `file ${facts} ${mtimeMs / 1000} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
  }
}

/** All files below a folder, by their paths. Links are not followed, which the recursive form of `readdir` would do. */
function listTree(root: string, folder = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(join(root, folder)).sort()) {
    const path = join(folder, name);
    found.set(path, describe(join(root, path)));
    if (!lstatSync(join(root, path)).isDirectory()) continue;
    for (const [inside, facts] of listTree(root, path)) found.set(inside, facts);
  }
  return found;
}

/** The same packages in a folder as dpkg's own tools unpack them, where the usual directories are merged. */
function unpackByDpkg(debs: readonly string[], root: string): void {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const deb of debs) {
    const tar = execFileSync("dpkg-deb", ["--fsys-tarfile", deb], { maxBuffer: 2 ** 30 });
    execFileSync("tar", ["-x", "-p", "--keep-directory-symlink", "-C", root], { input: tar });
  }
}

async function unpackBase(made: MadeBases, folder: string): Promise<void> {
  const [base] = made.images;
  assert.ok(base);
  const image = await openImage({ root: base.descriptor, store: base.reader });
  await unpack(image, folder, { privileged: true });
}

/** What is in one tree alone, or differs, but for what is expected to; the first of it, since there may be thousands. */
function differences(
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
  ...expected: readonly RegExp[]
): string {
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  return paths
    .filter((path) => ours.get(path) !== theirs.get(path) && !expected.some((known) => known.test(path)))
    .map((path) => `${path}: ${ours.get(path) ?? "absent"}, by dpkg ${theirs.get(path) ?? "absent"}`)
    .slice(0, 20)
    .join("\n");
}

/** What a base adds to its packages. */
const ADDED =
  /^(etc\/(passwd|group)|home(\/nonroot)?|root|tmp|var|var\/lib|var\/lib\/dpkg|var\/lib\/dpkg\/status\.d(\/.*)?|etc)$/;

/** What scripts of the default packages do. */
const DONE = new RegExp(
  `^(${[
    "etc/(profile|motd|localtime|timezone|networks|ca-certificates.conf|opt|dpkg/origins/default)",
    "etc/ssl(/certs(/.*)?)?",
    "root/.(profile|bashrc)",
    "(mnt|srv|opt|media|run/lock)",
    "usr/local(/.*)?",
    "var/(opt|mail|run|lock|spool/mail)",
  ].join("|")})$`,
);

async function makeHere(folder: TempDir, request: Partial<BaseRequest>, options: MakeOptions): Promise<MadeBases> {
  const whole = { platforms: [PLATFORM], packages: DEBIAN_PACKAGES, without: DEBIAN_WITHOUT, ...request };
  const context = { apt: await readAptHost(), cacheFolder: folder.path, env: process.env };
  return await makeBase(whole, options, context);
}

suite("bases and dpkg", { skip: anyOf(needsRoot(), needsProgram("dpkg-deb", "tar", "xz")) }, () => {
  /** Makes a package by dpkg's own tool, and an index of it. */
  function pack(folder: TempDir, name: string, compression: string, fill: (root: string) => void): string {
    const root = folder.join("source", name);
    mkdirSync(join(root, "DEBIAN"), { recursive: true });
    const control = `Package: ${name}\nVersion: 1:1.0-1\nArchitecture: ${PLATFORM.architecture}\nMaintainer: nobody <n@test.invalid>\nDescription: for tests\n`;
    fill(root);
    // Its time is that of the package: nothing in a package is newer than that.
    writeFileSync(join(root, "DEBIAN/control"), control);
    const file = `pool/${name}.deb`;
    mkdirSync(folder.join("pool"), { recursive: true });
    execFileSync("dpkg-deb", ["--root-owner-group", `-Z${compression}`, "-b", root, folder.join(file)], {
      stdio: "ignore",
    });
    const bytes = readFileSync(folder.join(file));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return `${control.trimEnd()}\nFilename: ${file}\nSize: ${bytes.length}\nSHA256: ${sha256}\n`;
  }

  test("packages of every compression unpack as dpkg unpacks them", async () => {
    await using folder = await tempDir();
    const stanzas = [
      pack(folder, "plain", "none", (root) => {
        mkdirSync(join(root, "usr/bin"), { recursive: true });
        writeFileSync(join(root, "usr/bin/tool"), "tool\n");
        chmodSync(join(root, "usr/bin/tool"), 0o4755);
        linkSync(join(root, "usr/bin/tool"), join(root, "usr/bin/a-second-name"));
        symlinkSync("tool", join(root, "usr/bin/link"));
      }),
      pack(folder, "gz", "gzip", (root) => {
        mkdirSync(join(root, "lib/deep"), { recursive: true });
        writeFileSync(join(root, "lib/deep/empty"), "");
        writeFileSync(join(root, `lib/deep/${"long-".repeat(30)}name`), "long");
        mkdirSync(join(root, "srv/private"), { recursive: true });
        chmodSync(join(root, "srv/private"), 0o1770);
      }),
      pack(folder, "xz", "xz", (root) => {
        mkdirSync(join(root, "usr/share/doc/xz"), { recursive: true });
        writeFileSync(join(root, "usr/share/doc/xz/größe"), "ü".repeat(100_000));
        mkdirSync(join(root, "bin"));
        writeFileSync(
          join(root, "bin/program"),
          Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) % 251)),
        );
      }),
    ];
    mkdirSync(folder.join("dists/test/main", `binary-${PLATFORM.architecture}`), { recursive: true });
    const index = stanzas.join("\n");
    const path = `main/binary-${PLATFORM.architecture}/Packages`;
    writeFileSync(folder.join("dists/test", path), index);
    const listed = ` ${createHash("sha256").update(index).digest("hex")} ${Buffer.byteLength(index)} ${path}`;
    const release = `Suite: test\nDate: ${new Date().toUTCString()}\nArchitectures: ${PLATFORM.architecture}\nSHA256:\n${listed}\n`;
    writeFileSync(folder.join("dists/test/Release"), release);
    const sources = parseSources(`deb [trusted=yes] file://${folder.path} test main`, "list");
    const apt = { sources, keyrings: [], settings: new Map<string, string>(), logins: [] };
    const request = { platforms: [PLATFORM], packages: ["plain", "gz", "xz"], without: [] };
    const context = { apt, cacheFolder: folder.join("cache"), env: {} };
    await using made = await makeBase(request, { keepsDocs: true, maxLayers: 2 }, context);
    await unpackBase(made, folder.join("ours"));
    const debs = ["plain", "gz", "xz"].map((name) => folder.join(`pool/${name}.deb`));
    unpackByDpkg(debs, folder.join("theirs"));
    const [ours, theirs] = [listTree(folder.join("ours")), listTree(folder.join("theirs"))];
    assert.equal(differences(ours, theirs, ADDED, /^(usr\/)?lib64$/), "");
    const tool = lstatSync(folder.join("ours/usr/bin/tool"));
    assert.equal(tool.ino, lstatSync(folder.join("ours/usr/bin/a-second-name")).ino);
  });
});

suite("bases from this machine's archives", { skip: anyOf(needsTime, needsDebian, needsRoot()) }, () => {
  test("the files of the default packages are those that dpkg unpacks, and what scripts do", async () => {
    await using folder = await tempDir();
    await using made = await makeHere(folder, {}, { keepsDocs: true });
    await unpackBase(made, folder.join("ours"));
    const debs =
      made.lock.platforms[0]?.packages.map(({ sha256 }) => folder.join("downloads/blobs/sha256", sha256)) ?? [];
    unpackByDpkg(debs, folder.join("theirs"));
    const [ours, theirs] = [listTree(folder.join("ours")), listTree(folder.join("theirs"))];
    assert.equal(differences(ours, theirs, ADDED, DONE), "");
    const bundle = readFileSync(folder.join("ours/etc/ssl/certs/ca-certificates.crt"), "latin1");
    assert.ok(bundle.split("-----BEGIN CERTIFICATE-----").length > 100);
  });

  test("Node.js runs in its base, which is the same each time and passes every clause", async () => {
    await using folder = await tempDir();
    const request = nodeBaseRequest([PLATFORM]);
    await using made = await makeHere(folder, request, {});
    await unpackBase(made, folder.join("root"));
    const script =
      'console.log(process.version, new Intl.DateTimeFormat("de", { timeZone: "Europe/Berlin" }).format(0))';
    const output = execFileSync("chroot", [folder.join("root"), "/usr/local/bin/node", "-e", script], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "" },
    });
    assert.equal(output, `v${made.lock.platforms[0]?.node?.version} 1.1.1970\n`);
    const [base] = made.images;
    assert.ok(base);
    for (const root of [base.descriptor, base.sbom]) {
      for await (const { findings } of validate(base.reader, root)) assert.deepEqual(findings, []);
    }
    await using other = await tempDir();
    await using again = await makeHere(other, request, { lock: made.lock });
    assert.deepEqual(again.images[0]?.descriptor, base.descriptor);
    assert.deepEqual(again.images[0]?.sbom, base.sbom);
  });
});
