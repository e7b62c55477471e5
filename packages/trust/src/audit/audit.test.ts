import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { DatabaseSync } from "node:sqlite";
import { readFile } from "node:fs/promises";
import { tempDir } from "@teu/testing/temp-dir";
import { assertCode } from "@teu/testing/assert-code";
import { AuditCollector, type Collected } from "./collector.ts";
import { readGoBuildInfo } from "./go-build-info.ts";
import { readNodeProgram } from "./node-program.ts";
import { isLicenceExpression } from "./licence.ts";
import { matchOsv } from "./osv.ts";
import { readApk, readDpkg, readPython } from "./package-files.ts";
import { ecosystemOf, packageUrl } from "./purl.ts";
import { toSarif } from "./sarif.ts";
import { toCycloneDx, toSpdx } from "./sbom.ts";
import { findSecrets } from "./secrets.ts";
import type { AuditFile, AuditPackage, AuditReport, OperatingSystem } from "./types.ts";
import { applyVex, readVex } from "./vex.ts";
import { readZip } from "./zip.ts";

const DEBIAN: OperatingSystem = { id: "debian", versionId: "12", name: "Debian" };

type Layer = Readonly<Record<string, string | Uint8Array>>;

function fileOf(path: string, layer: number, more: Partial<AuditFile> = {}): AuditFile {
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, size: 1, layer, ...more };
}

/** Collects from layers of files; what a layer has as an empty text, it takes away. */
async function collect(layers: readonly Layer[], modes: Readonly<Record<string, number>> = {}): Promise<Collected> {
  const collector = new AuditCollector();
  const last = new Map<string, AuditFile>();
  for (const [layer, files] of layers.entries())
    for (const [path, content] of Object.entries(files)) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      if (bytes.length === 0) last.delete(path);
      else {
        const file = fileOf(path, layer, { size: bytes.length, mode: modes[path] ?? 0o644 });
        if (collector.wants(file)) await collector.take(file, bytes);
        last.set(path, file);
      }
    }
  return collector.finish([...last.values()]);
}

function dpkg(...packages: readonly string[]): string {
  return packages
    .map((each) => {
      const [name, version, source] = each.split(" ");
      const more = source === undefined ? "" : `Source: ${source}\n`;
      return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\n${more}Version: ${version}\n`;
    })
    .join("\n");
}

describe("packages", () => {
  test("of dpkg come with the layer that brought them", async () => {
    const path = "var/lib/dpkg/status";
    const { packages, system } = await collect([
      { [path]: dpkg("a 1", "b 1"), "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n' },
      { "etc/x": "y" },
      { [path]: dpkg("a 1", "b 2", "libc6 2 glibc") },
    ]);
    assert.deepEqual(
      packages.map(({ name, version, layer, source }) => [name, version, layer, source?.name]),
      [
        ["a", "1", 0, "a"],
        ["b", "2", 2, "b"],
        ["libc6", "2", 2, "glibc"],
      ],
    );
    assert.deepEqual(system, { id: "debian", versionId: "12", name: "Debian 12" });
    assert.equal(packageUrl(packages[2] as AuditPackage, system), "pkg:deb/debian/libc6@2?arch=amd64&distro=debian-12");
  });

  test("of dpkg that are gone, or never were there, are none", async () => {
    assert.deepEqual(readDpkg("Package: a\nStatus: deinstall ok config-files\nVersion: 1\n"), []);
    const gone = await collect([
      { "var/lib/dpkg/status.d/a": "Package: a\nVersion: 1\n" },
      { "var/lib/dpkg/status.d/a": "" },
    ]);
    assert.deepEqual(gone.packages, []);
    const [part] = (await collect([{ "var/lib/dpkg/status.d/a": "Package: a\nVersion: 1\nSource: s (2)\n" }])).packages;
    assert.deepEqual(part?.source, { name: "s", version: "2" });
  });

  test("of apk, npm and Python", async () => {
    assert.deepEqual(readApk("P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\n\nP:zlib\nV:1\n")[0], {
      kind: "apk",
      name: "musl",
      version: "1.2.5-r0",
      source: { name: "musl", version: "1.2.5-r0" },
      architecture: "x86_64",
      licence: "MIT",
    });
    const { packages } = await collect([
      {
        "app/node_modules/@s/x/package.json": '{"name":"@s/x","version":"1.0.0","license":"MIT"}',
        "app/node_modules/y/package.json": "not JSON",
        "app/package.json": '{"name":"app","version":"1.0.0"}',
        "usr/lib/python3/dist-packages/Foo_Bar-1.dist-info/METADATA":
          "Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 1.0\n\nVersion: 2\n",
      },
    ]);
    assert.deepEqual(
      packages.map((each) => packageUrl(each, undefined)),
      ["pkg:npm/%40s/x@1.0.0", "pkg:pypi/foo-bar@1.0"],
    );
    assert.deepEqual(readPython("nothing"), []);
  });

  test("of Go, out of programs", () => {
    const modules =
      "path\tx\nmod\tgithub.com/a/b\tv1.2.3\th1:\ndep\tgithub.com/c/d\tv0.1.0\th1:\ndep\te\tv1\n=>\tf\tv2\th1:\n";
    const wrapped = "s".repeat(16) + modules + "e".repeat(16);
    const text = (value: string): Buffer => {
      const { length } = value;
      const head = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
      return Buffer.concat([Buffer.from(head), Buffer.from(value)]);
    };
    const head = Buffer.alloc(32);
    head.write("\u00ff Go buildinf:", "latin1");
    head[14] = 8;
    head[15] = 2;
    const elf = Buffer.concat([
      Buffer.from([0x7f, 0x45, 0x4c, 0x46]),
      Buffer.alloc(60),
      head,
      text("go1.22.1"),
      text(wrapped),
    ]);
    assert.deepEqual(
      readGoBuildInfo(elf).map(({ name, version }) => `${name} ${version}`),
      ["stdlib 1.22.1", "github.com/a/b v1.2.3", "github.com/c/d v0.1.0", "f v2"],
    );
    for (let length = 0; length < elf.length; length += 7) readGoBuildInfo(elf.subarray(0, length));
    assert.deepEqual(readGoBuildInfo(new TextEncoder().encode("text")), []);
  });

  test("Node.js, out of the program itself", async () => {
    const program = await readFile(process.execPath);
    const version = process.versions.node;
    assert.deepEqual(readNodeProgram(program), [{ kind: "generic", name: "node", version }]);
    assert.deepEqual(readNodeProgram(Buffer.from("see /node-v1.2.3.tar.gz, /node-vX-headers.tar.gz")), []);
  });

  test("of rpm, out of SQLite; other databases are told, not passed over", async () => {
    await using dir = await tempDir();
    const path = dir.join("rpmdb.sqlite");
    {
      using database = new DatabaseSync(path);
      database.exec("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)");
      const insert = database.prepare("INSERT INTO Packages (blob) VALUES (?)");
      const values: Readonly<Record<number, string>> = {
        1000: "bash",
        1001: "5.1",
        1002: "2.el9",
        1014: "GPLv3+",
        1022: "x86_64",
        1044: "bash-5.1-2.el9.src.rpm",
      };
      insert.run(headerOf(values));
      insert.run(headerOf({ 1000: "gpg-pubkey", 1001: "1" }));
    }
    const database = await readFile(path);
    const { packages, findings } = await collect([
      { "var/lib/rpm/rpmdb.sqlite": database, "var/lib/rpm/Packages.db": "x" },
    ]);
    const [bash, none] = packages;
    assert.equal(none, undefined);
    assert.deepEqual([bash?.name, bash?.version, bash?.source?.version], ["bash", "5.1-2.el9", "5.1-2.el9"]);
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ["package-database"],
    );
    const broken = await collect([{ "var/lib/rpm/rpmdb.sqlite": "no database at all, to be sure" }]);
    assert.deepEqual(
      broken.findings.map(({ rule }) => rule),
      ["package-database"],
    );
  });
});

function headerOf(values: Readonly<Record<number, string>>): Uint8Array {
  const entries: Buffer[] = [];
  let data = Buffer.alloc(0);
  for (const [tag, value] of Object.entries(values)) {
    const entry = Buffer.alloc(16);
    entry.writeUInt32BE(Number(tag), 0);
    entry.writeUInt32BE(6, 4);
    entry.writeUInt32BE(data.length, 8);
    entry.writeUInt32BE(1, 12);
    entries.push(entry);
    data = Buffer.concat([data, Buffer.from(`${value}\0`)]);
  }
  const head = Buffer.alloc(8);
  head.writeUInt32BE(entries.length, 0);
  head.writeUInt32BE(data.length, 4);
  return new Uint8Array(Buffer.concat([head, ...entries, data]));
}

test("findings: set-id programs, open paths, secrets in layers that others hide", async () => {
  const key = `-----BEGIN PRIVATE KEY-----\n${"A".repeat(64)}\n-----END PRIVATE KEY-----\n`;
  const { findings } = await collect(
    [
      { "root/.ssh/id": `x\n${key}`, "usr/bin/su": "#", "srv/open": "x", "usr/share/doc/k": key },
      { "root/.ssh/id": "" },
    ],
    { "usr/bin/su": 0o4755, "srv/open": 0o666 },
  );
  assert.deepEqual(
    findings.map(({ rule, path, deleted }) => [rule, path, deleted]),
    [
      ["set-id", "usr/bin/su", undefined],
      ["world-writable", "srv/open", undefined],
      ["secret", "root/.ssh/id", true],
    ],
  );
  assert.match(findings[2]?.message ?? "", /a private key in root\/\.ssh\/id, line 2, which a later layer took away/);
  assert.ok(!JSON.stringify(findings).includes("AAAA"));
  const line = (text: string): number => findSecrets(new TextEncoder().encode(text)).length;
  assert.equal(line(`key AKIA${"A".repeat(16)} end`), 1);
  assert.equal(line("postgres://user:secret@db.example/x"), 1);
  assert.equal(line("postgres://user:${PASSWORD}@db.example/x"), 0);
  assert.equal(line("-----BEGIN PRIVATE KEY-----"), 0);
});

function packageOf(kind: AuditPackage["kind"], name: string, version: string, source?: string): AuditPackage {
  const from = source === undefined ? {} : { source: { name: source, version } };
  return { kind, name, version, path: "p", layer: 0, ...from };
}

describe("advisories", () => {
  // oxlint-disable-next-line max-params -- the rows of a table
  const advisory = (
    id: string,
    ecosystem: string,
    name: string,
    events: readonly object[],
    more: object = {},
  ): object => ({
    id,
    summary: id,
    affected: [{ package: { ecosystem, name }, ranges: [{ type: "ECOSYSTEM", events }] }],
    ...more,
  });
  const FIXED = [{ introduced: "0" }, { fixed: "2.36-9+deb12u4" }];

  test("are matched by the source, the release and the order of the ecosystem", async () => {
    await using dir = await tempDir();
    const all = [
      advisory("D-1", "Debian:12", "glibc", FIXED, { aliases: ["CVE-1"] }),
      advisory("D-2", "Debian:11", "glibc", FIXED),
      advisory("D-3", "Debian:12", "glibc", FIXED, { withdrawn: "2026-01-01T00:00:00Z" }),
    ];
    for (const [at, each] of all.entries()) await dir.write(`Debian/${at}.json`, JSON.stringify(each));
    const npm = advisory("N-1", "npm", "x", [{ introduced: "1.0.0" }, { last_affected: "1.4.0" }]);
    const enumerated = { id: "N-2", affected: [{ package: { ecosystem: "npm", name: "x" }, versions: ["1.10.0"] }] };
    await dir.write(
      "osv-scanner/npm/all.zip",
      zipOf({ "N-1.json": JSON.stringify(npm), "N-2.json": JSON.stringify(enumerated) }),
    );
    const packages = [
      packageOf("deb", "libc6", "2.36-9+deb12u3", "glibc"),
      packageOf("deb", "libc-bin", "2.36-9+deb12u10", "glibc"),
      packageOf("npm", "x", "1.4.0"),
      packageOf("npm", "x", "1.10.0"),
    ];
    const found = await matchOsv(dir.path, packages, DEBIAN);
    assert.deepEqual(
      found.map(({ id, package: about, fixed }) => [id, about.name, about.version, fixed]),
      [
        ["D-1", "libc6", "2.36-9+deb12u3", "2.36-9+deb12u4"],
        ["N-1", "x", "1.4.0", undefined],
        ["N-2", "x", "1.10.0", undefined],
      ],
    );
    await assert.rejects(matchOsv(dir.path, [packageOf("pypi", "y", "1")], undefined), {
      code: "ERR_DATABASE_INVALID",
    });
  });

  test("have their own ecosystem for each system", () => {
    const of = (id: string, versionId: string): string | undefined =>
      ecosystemOf(packageOf("deb", "a", "1"), { id, versionId, name: "" });
    assert.equal(of("debian", "12"), "Debian:12");
    assert.equal(of("alpine", "3.20.3"), "Alpine:v3.20");
    assert.equal(of("ubuntu", "22.04"), "Ubuntu:22.04");
    assert.equal(of("rocky", "9.4"), "Rocky Linux:9");
    assert.equal(of("unheard-of", "1"), undefined);
  });

  test("do not count where a VEX document says so", () => {
    const about = packageOf("deb", "libc6", "1");
    const vulnerability = { id: "D-1", aliases: ["CVE-1"], summary: "", package: about };
    const digest = `sha256:${"a".repeat(64)}`;
    const document = (statement: object): string =>
      JSON.stringify({ "@context": "https://openvex.dev/ns/v0.2.0", statements: [statement] });
    const waived = (statement: object): string | undefined =>
      applyVex([vulnerability], readVex(document(statement), "f"), { system: DEBIAN, digest })[0]?.waived;
    const good = {
      vulnerability: { name: "CVE-1" },
      products: [{ "@id": "pkg:deb/debian/libc6@1" }],
      status: "not_affected",
      justification: "component_not_present",
    };
    assert.equal(waived(good), "not_affected, component_not_present");
    assert.equal(waived({ ...good, status: "affected" }), undefined);
    assert.equal(waived({ ...good, products: [{ "@id": "pkg:deb/debian/libc6@2" }] }), undefined);
    assert.equal(waived({ ...good, vulnerability: { name: "CVE-2" } }), undefined);
    const image = { "@id": `pkg:oci/app@${digest}` };
    assert.ok(waived({ ...good, products: [image] }));
    assert.equal(
      waived({ ...good, products: [{ ...image, subcomponents: [{ "@id": "pkg:deb/debian/other" }] }] }),
      undefined,
    );
    assertCode(() => readVex("{}", "f"), "ERR_DATABASE_INVALID");
  });
});

function zipOf(files: Readonly<Record<string, string>>): Uint8Array {
  const [parts, central]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const packed = deflateRawSync(text);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(Buffer.byteLength(text), 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    parts.push(local, Buffer.from(name), packed);
    central.push(entry, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...parts, directory, end]));
}

test("ZIP archives are read, and broken ones refused", () => {
  const archive = zipOf({ a: "text", b: "more" });
  const names = [...readZip(archive, 100)].map(({ name, bytes }) => `${name} ${Buffer.from(bytes).toString()}`);
  assert.deepEqual(names, ["a text", "b more"]);
  assertCode(() => [...readZip(archive, 3)], "ERR_DATABASE_INVALID");
  assertCode(() => [...readZip(new Uint8Array(10), 3)], "ERR_DATABASE_INVALID");
});

test("documents name every package, its layer and its licence", () => {
  const digest = `sha256:${"b".repeat(64)}`;
  const one = { ...packageOf("npm", "@s/x", "1.0.0"), licence: "MIT OR Apache-2.0" };
  const report: AuditReport = {
    image: "app",
    digest,
    system: DEBIAN,
    user: "",
    layers: [{ digest }],
    packages: [one, { ...packageOf("deb", "a", "1"), licence: "see the file" }],
    findings: [{ rule: "secret", level: "error", message: "m", path: "a b" }],
    vulnerabilities: [{ id: "V", aliases: [], summary: "s", package: one, waived: "fixed" }],
  };
  const at = "2026-01-01T00:00:00Z";
  const spdx = JSON.stringify(toSpdx(report, at));
  assert.match(spdx, /"licenseDeclared":"MIT OR Apache-2.0"/);
  assert.match(spdx, /"licenseDeclared":"NOASSERTION"/);
  assert.match(spdx, /pkg:npm\/%40s\/x@1.0.0/);
  assert.equal(spdx, JSON.stringify(toSpdx(report, at)));
  const cyclone = JSON.stringify(toCycloneDx(report, at));
  assert.match(cyclone, /"specVersion":"1.6"/);
  assert.match(cyclone, /"state":"not_affected"/);
  const sarif = JSON.stringify(toSarif(report));
  assert.match(sarif, /"uri":"a%20b"/);
  assert.match(sarif, /"suppressions"/);
  assert.ok(!isLicenceExpression("GPL v2 or later"));
});
