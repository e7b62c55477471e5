/**
 * The audit of a real system: this machine's own, as an image. What it finds is held against dpkg, Python and npm's folders,
 * and versions that advisories are about against dpkg's own order.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import type { AuditPackage, AuditReport, PackageKind } from "@teu/trust/audit/types";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import { projectRoot } from "../../tools/project.ts";
import { type Ended, run, teu } from "../registry-client/programs.ts";

const PYTHON = "/usr/bin/python3";
const SITE = "/usr/lib/python3/dist-packages";
const skip = anyOf(
  needsProgram("dpkg-query", "dpkg", "tar"),
  existsSync(PYTHON) && existsSync(SITE) ? false : "needs Debian's Python",
);

describe("an audit of this machine as an image", { skip }, () => {
  let dir: TempDir;
  let report: AuditReport;

  before(async () => {
    dir = await tempDir();
    const system = ["etc/os-release", "usr/lib/os-release", "var/lib/dpkg/status"];
    const python = globSync(["*-info/METADATA", "*-info/PKG-INFO", "*.egg-info"], { cwd: SITE })
      .filter((name) => statSync(join(SITE, name)).isFile())
      .map((name) => join(SITE.slice(1), name));
    await dir.write("system.list", [...system, ...python].join("\n"));
    await dir.write("modules.list", modules().join("\n"));
    await tar("system", "/");
    await tar("modules", projectRoot);
    const layers = ["system.tar", "modules.tar"].map((name) => dir.join(name));
    await works("image", "append", "--quiet", "--output", "oci:image:v1", "scratch", ...layers);
    report = JSON.parse((await runTeu("audit", "--quiet", "--format", "json", "oci:image:v1")).out) as AuditReport;
  });
  after(async () => await dir?.[Symbol.asyncDispose]());

  async function tar(name: string, from: string): Promise<void> {
    const words = ["-C", from, "-cf", dir.join(`${name}.tar`), "-T", dir.join(`${name}.list`)];
    const { code, notes } = await run("tar", words);
    assert.equal(code, 0, notes);
  }

  async function runTeu(...words: readonly string[]): Promise<Ended> {
    return await teu(dir.path, words, { commands: COMMANDS });
  }

  async function works(...words: readonly string[]): Promise<string> {
    const { code, out, notes } = await runTeu(...words);
    assert.equal(code, 0, notes);
    return out;
  }

  const namesOf = (kind: PackageKind, write: (each: AuditPackage) => string): readonly string[] =>
    report.packages
      .filter((each) => each.kind === kind)
      .map(write)
      .toSorted();

  test("finds every package that dpkg has, with its source", () => {
    const format = ["Package", "Version", "Architecture", "source:Package", "source:Version"].map(
      (each) => `\${${each}}`,
    );
    const lines = execFileSync("dpkg-query", ["-W", "-f", `\${db:Status-Status} ${format.join(" ")}\n`], {
      encoding: "utf8",
    }).split("\n");
    const expected = lines
      .filter((line) => line.startsWith("installed "))
      .map((line) => line.slice("installed ".length));
    const found = namesOf("deb", ({ name, version, architecture = "", source }) =>
      [name, version, architecture, source?.name ?? name, source?.version ?? version].join(" "),
    );
    assert.ok(expected.length > 50);
    assert.deepEqual(found, expected.toSorted());
  });

  test("finds every distribution that Python has", () => {
    const program = `
import sys
from importlib import metadata
print("\\n".join(sorted({f"{d.metadata['Name']} {d.version}" for d in metadata.distributions(path=[sys.argv[1]])})))`;
    const lines = execFileSync(PYTHON, ["-c", program, SITE], { encoding: "utf8" }).trim().split("\n");
    const normal = (line: string): string => {
      const [name = "", version = ""] = line.split(" ");
      return `${name.toLowerCase().replaceAll(/[-_.]+/g, "-")} ${version}`;
    };
    const found = namesOf("pypi", ({ name, version }) => normal(`${name} ${version}`));
    assert.deepEqual([...new Set(found)], [...new Set(lines.map(normal))].toSorted());
  });

  test("finds every package of npm that is installed", () => {
    const expected = modules().flatMap((file): readonly string[] => {
      const { name, version } = JSON.parse(readFileSync(join(projectRoot, file), "utf8")) as Record<string, unknown>;
      return typeof name === "string" && typeof version === "string" ? [`${name} ${version}`] : [];
    });
    const found = namesOf("npm", ({ name, version }) => `${name} ${version}`);
    assert.deepEqual([...new Set(found)], [...new Set(expected)].toSorted());
  });

  test("is written as SPDX and CycloneDX with every package in it", async () => {
    const spdx = JSON.parse((await runTeu("audit", "--quiet", "--format", "spdx", "oci:image:v1")).out);
    const cyclone = JSON.parse((await runTeu("audit", "--quiet", "--format", "cyclonedx", "oci:image:v1")).out);
    assert.equal(spdx.spdxVersion, "SPDX-2.3");
    assert.equal(cyclone.bomFormat, "CycloneDX");
    const count = report.packages.length;
    assert.ok(spdx.packages.length >= count, `${spdx.packages.length} of ${count}`);
    assert.ok(cyclone.components.length >= count, `${cyclone.components.length} of ${count}`);
  });

  test("an advisory counts for versions before the one that it says is fixed, as dpkg orders them", async () => {
    const sources = new Map(
      report.packages
        .filter(({ kind }) => kind === "deb")
        .map(({ source, name, version }) => [source?.name ?? name, source?.version ?? version]),
    );
    const cases = [...sources]
      .slice(0, 60)
      .flatMap(([name, version]) =>
        ["", "~", "+deb1", "0", "~rc1", ".1", "a"].map((suffix) => ({ name, version, fixed: `${version}${suffix}` })),
      );
    const advisories = cases.map(({ name, fixed }, at) => ({
      id: `TEST-${at}`,
      modified: "2026-01-01T00:00:00Z",
      affected: [
        {
          package: { ecosystem: "Debian:12", name },
          ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed }] }],
        },
      ],
    }));
    for (const advisory of advisories) await dir.write(`osv/Debian/${advisory.id}.json`, JSON.stringify(advisory));
    for (const ecosystem of ["npm", "PyPI"]) await dir.write(`osv/${ecosystem}/none.txt`, "");
    const words = ["audit", "--quiet", "--format", "json", "--osv", dir.join("osv"), "oci:image:v1"];
    const { out, code } = await runTeu(...words);
    assert.equal(code, 1);
    const { vulnerabilities } = JSON.parse(out) as AuditReport;
    const found = new Set(vulnerabilities.map(({ id }) => id));
    const expected = cases.flatMap(({ version, fixed }, at) => (isBefore(version, fixed) ? [`TEST-${at}`] : []));
    assert.deepEqual([...found].toSorted(), expected.toSorted());
  });
});

/** The descriptions of packages that are installed, and no others, such as those of their tests. */
function modules(): readonly string[] {
  return globSync(["node_modules/*/package.json", "node_modules/@*/*/package.json"], { cwd: projectRoot }).filter(
    (file) => !file.startsWith("node_modules/@teu/") && !file.startsWith("node_modules/teu/"),
  );
}

/** As dpkg has it; suffixes decide, so they are asked for once each. */
const ORDER = new Map<string, boolean>();

function isBefore(version: string, fixed: string): boolean {
  // The end of a version may join with what follows, so its last character counts.
  const key = `1${version.slice(-1)} 1${version.slice(-1)}${fixed.slice(version.length)}`;
  const known = ORDER.get(key);
  if (known !== undefined) return known;
  const [a = "", b = ""] = key.split(" ");
  let isLess = true;
  try {
    execFileSync("dpkg", ["--compare-versions", a, "lt", b]);
  } catch {
    isLess = false;
  }
  ORDER.set(key, isLess);
  return isLess;
}
