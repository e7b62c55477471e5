import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import { decompress } from "@teu/content/decompress";
import { openVerified } from "@teu/content/verified-read";
import { parsePlatform } from "@teu/spec/platform";
import { collect } from "@teu/std/streams";
import { readTar } from "@teu/tar/read-tar";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import * as fc from "fast-check";
import { type BuiltImage, buildImage } from "../build-image.ts";
import { makePlan } from "../plan/make-plan.ts";
import { folderProject } from "../plan/project.ts";
import { fakeWheel, fakeZip, startFakeIndex } from "../testing/fake-wheels.ts";
import { tinyBase } from "../testing/tiny-base.ts";
import { compareVersions, markerEnvironment, markerHolds } from "./markers.ts";
import { parsePipConfig, readPipConfig } from "./pip-config.ts";
import { readPythonLock } from "./python-lock.ts";
import { chooseWheel } from "./tags.ts";
import { readPrograms } from "./wheel-layers.ts";
import { readPage } from "./wheels.ts";
import { ZipFile } from "./zip.ts";

const AMD64 = parsePlatform("linux/amd64", { os: "linux", architecture: "amd64" });
const ARM64 = parsePlatform("linux/arm64", { os: "linux", architecture: "amd64" });
const environment = markerEnvironment("3.11", AMD64);
const LONG = "# long enough to be compressed\n".repeat(10);

suite("conditions", () => {
  const rows: readonly (readonly [marker: string, expected: boolean])[] = [
    ["python_version >= '3.8'", true],
    ["python_version < '3.8'", false],
    ["python_version == '3.*' and sys_platform == \"linux\"", true],
    ["python_full_version != '3.11.0' or (os_name == 'nt' or platform_machine == 'x86_64')", true],
    ["sys_platform == 'win32' or python_version < '3' and os_name == 'posix'", false],
    ["'linux' in sys_platform", true],
    ["platform_machine not in 'x86_64 i686'", false],
    ["python_version ~= '3.9'", true],
    ["extra == 'test'", false],
  ];
  for (const [marker, expected] of rows) {
    test(marker, () => assert.equal(markerHolds(marker, environment, "f"), expected));
  }

  for (const marker of [
    "",
    "python_version",
    "python_version >= ",
    "(os_name == 'nt'",
    "os_name == 'a' b",
    "nobody == 'a'",
    "'",
  ]) {
    test(`malformed: ${marker}`, () =>
      void assertCode(() => markerHolds(marker, environment, "f"), "ERR_LOCKFILE_INVALID"));
  }

  test("versions by their numbers", () => {
    assert.deepEqual(["3.10", "3.9", "3.9.1", "4"].toSorted(compareVersions), ["3.9", "3.9.1", "3.10", "4"]);
    assert.equal(compareVersions("3", "3.0"), 0);
  });
});

suite("wheels by their tags", () => {
  const files = [
    "a-1-py3-none-any.whl",
    "a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "a-1-cp311-cp311-manylinux_2_99_x86_64.whl",
    "a-1-cp38-abi3-manylinux_2_28_aarch64.whl",
    "a-1-cp311-cp311-musllinux_1_2_x86_64.whl",
    "a-1-cp312-cp312-manylinux_2_17_x86_64.whl",
    "a-1.tar.gz",
  ].map((filename) => ({ filename }));
  const choose = (python: string, platform: typeof AMD64, libc: "glibc" | "musl"): string | undefined =>
    chooseWheel(files, { python, platform, libc })?.filename;

  test("the nearest one that fits", () => {
    assert.equal(choose("3.11", AMD64, "glibc"), files[1]?.filename);
    assert.equal(choose("3.11", AMD64, "musl"), files[4]?.filename);
    assert.equal(choose("3.12", AMD64, "glibc"), files[5]?.filename);
    assert.equal(choose("3.11", ARM64, "glibc"), files[3]?.filename);
    assert.equal(choose("3.7", ARM64, "glibc"), files[0]?.filename);
    assert.equal(chooseWheel(files.slice(4), { python: "3.10", platform: ARM64, libc: "glibc" }), undefined);
  });
});

suite("lockfiles of Python", () => {
  const hash = "a".repeat(64);
  const read = (
    kind: "uv" | "poetry" | "pipenv" | "requirements",
    source: string,
    project?: string,
  ): readonly string[] =>
    readPythonLock(kind, source, { file: "f", environment, project }).map(
      ({ name, version, files, sha256s }) => `${name} ${version} ${files.length + sha256s.length}`,
    );

  test("requirements.txt", () => {
    const source = `--index-url https://index.example/simple\n# no\nFlask==3.0.0 ; python_version >= "3.8" \\\n    --hash=sha256:${hash} \\\n    --hash=sha256:${"b".repeat(64)}\nwin==1 ; sys_platform == 'win32' --hash=sha256:${hash}\nx[y]==1.0 --hash=sha256:${hash}  # via z\nd @ https://h/d-2-py3-none-any.whl#sha256=${hash}\n`;
    assert.deepEqual(read("requirements", source), ["d 2 1", "flask 3.0.0 2", "x 1.0 1"]);
    assertCode(() => read("requirements", "a>=1"), "ERR_LOCKFILE_INVALID");
    assertCode(() => read("requirements", "-r other.txt"), "ERR_LOCKFILE_INVALID");
    assertCode(() => read("requirements", "a==1"), "ERR_PACKAGE_INTEGRITY");
  });

  const wheel = (name: string): string =>
    `wheels = [{ url = "https://h/${name}-1-py3-none-any.whl", hash = "sha256:${hash}" }]`;
  const pkg = (name: string, more = ""): string =>
    `[[package]]\nname = "${name}"\nversion = "1"\nsource = { registry = "https://index.example/simple" }\n${more}\n${wheel(name)}\n`;

  test("uv.lock: what is reached, by conditions and extras", () => {
    const source = `version = 1\n[[package]]\nname = "app"\nversion = "0"\nsource = { virtual = "." }\ndependencies = [{ name = "a", extra = ["fast"] }, { name = "w", marker = "sys_platform == 'win32'" }]\n[package.dev-dependencies]\ndev = [{ name = "pytest" }]\n${pkg("a", 'dependencies = [{ name = "b" }]')}\n[package.optional-dependencies]\nfast = [{ name = "c" }]\n${pkg("b", 'dependencies = [{ name = "a" }]')}${pkg("c")}${pkg("w")}${pkg("pytest")}`;
    assert.deepEqual(read("uv", source), ["a 1 1", "b 1 1", "c 1 1"]);
    const from = source.replace(
      'name = "b"\nversion = "1"\nsource = { registry',
      'name = "b"\nversion = "1"\nsource = { git',
    );
    assertCode(() => read("uv", from), "ERR_PACKAGE_SOURCE");
    assertCode(() => read("uv", "x = ["), "ERR_LOCKFILE_INVALID");
    assertCode(() => read("uv", source.replace(wheel("c"), "")), "ERR_PACKAGE_PLATFORM");
  });

  test("poetry.lock with either kind of pyproject.toml", () => {
    const one = (name: string, more = ""): string =>
      `[[package]]\nname = "${name}"\nversion = "1"\noptional = false\nfiles = [{ file = "${name}-1-py3-none-any.whl", hash = "sha256:${hash}" }]\n${more}`;
    const source =
      one(
        "A_b",
        '[package.dependencies]\nc = {version = ">=1", markers = "os_name == \'posix\'"}\nd = {version = "*", optional = true}\n',
      ) +
      one("c") +
      one("d");
    const expected = ["a-b 1 1", "c 1 1"];
    assert.deepEqual(read("poetry", source, '[tool.poetry.dependencies]\npython = "^3.11"\na-b = "^1"\n'), expected);
    assert.deepEqual(
      read("poetry", source, "[project]\ndependencies = [\"a.b[x] (>=1) ; python_version > '3'\"]\n"),
      expected,
    );
    assertCode(() => read("poetry", source, '[project]\ndependencies = ["e"]\n'), "ERR_LOCKFILE_INVALID");
  });

  test("Pipfile.lock", () => {
    const one = { version: "==1", hashes: [`sha256:${hash}`] };
    const source = JSON.stringify({
      default: { A: one, w: { ...one, markers: "sys_platform == 'win32'" } },
      develop: { t: one },
    });
    assert.deepEqual(read("pipenv", source), ["a 1 1"]);
    assertCode(() => read("pipenv", "{}"), "ERR_LOCKFILE_INVALID");
    assertCode(() => read("pipenv", JSON.stringify({ default: { a: { git: "x" } } })), "ERR_PACKAGE_SOURCE");
  });
});

suite("pip's configuration", () => {
  test("sections, values over several lines, and the environment", () => {
    const source =
      "[global]\nindex_url = https://i/simple\nextra-index-url =\n    https://a/\n    https://b/\n[list]\nindex-url: no\n";
    const values = parsePipConfig(source);
    assert.deepEqual(
      [...values],
      [
        ["index-url", "https://i/simple"],
        ["extra-index-url", "https://a/ https://b/"],
      ],
    );
    const { indexes, settings } = readPipConfig({ HOME: "/nowhere", PIP_INDEX_URL: "https://u:p%40@h/simple" });
    assert.deepEqual(indexes, ["https://h/simple/"]);
    assert.equal(settings.get("//h/:_auth"), Buffer.from("u:p@").toString("base64"));
    const error = assertCode(
      () => readPipConfig({ HOME: "/nowhere", PIP_INDEX_URL: "ftp://u:secret@h/" }),
      "ERR_PIP_CONFIG",
    );
    assert.doesNotMatch(error.message, /secret/);
  });

  test("further indexes are asked beside that of pip, named ones instead of it", () => {
    const env = { PIP_CONFIG_FILE: "/dev/null", PIP_EXTRA_INDEX_URL: "file:///srv/simple https://h/x" };
    const { indexes, standard } = readPipConfig(env);
    assert.deepEqual(indexes, ["file:///srv/simple/", "https://h/x/"]);
    assert.notEqual(standard, undefined);
    assert.equal(readPipConfig({ ...env, PIP_INDEX_URL: "https://h/y" }).standard, undefined);
  });
});

suite("zip archives", () => {
  test("each file, compressed or not", async () => {
    await using dir = await tempDir();
    const path = await dir.write("a.zip", fakeZip({ a: "1", "b/c": LONG, empty: "" }));
    await using zip = await ZipFile.open(path, "x");
    const texts = await Promise.all(
      zip.entries.map(async (entry) =>
        new TextDecoder().decode(await collect(zip.content(entry), { maxBytes: 1000, what: "x" })),
      ),
    );
    assert.deepEqual(texts, ["1", LONG, ""]);
  });

  test("damage anywhere is found, or does not matter", async () => {
    await using dir = await tempDir();
    const whole = fakeZip({ a: "1", "b/c": LONG });
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(at) ^ change, at);
        const path = await dir.write("a.zip", bytes);
        try {
          await using zip = await ZipFile.open(path, "x");
          for (const entry of zip.entries)
            for await (const chunk of zip.content(entry)) assert.ok(chunk.length <= 1000);
        } catch (error) {
          assert.equal((error as { readonly code?: string }).code, "ERR_PACKAGE_INVALID", String(error));
        }
      }),
      { numRuns: 60 },
    );
  });
});

test("programs of entry points", () => {
  const source = "[gui_scripts]\ng = a:b\n\n[console_scripts]\none = a.b:main\ntwo=c:D.run [x]\n\n[other]\nx = y:z\n";
  assert.deepEqual(
    [...readPrograms(source)],
    [
      ["one", "a.b:main"],
      ["two", "c:D.run"],
    ],
  );
});

async function pathsOf({ images: [only] }: BuiltImage): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { descriptor, store } of only?.image.layers.slice(1) ?? []) {
    for await (const { entry } of readTar(decompress(openVerified(store, descriptor), "gzip")))
      if (entry.type === "file") found.push(`${entry.nameText} ${entry.mode.toString(8)}`);
  }
  return found.sort();
}

suite("applications in Python", () => {
  const NATIVE = fakeWheel("speedy_up-2.0-cp311-cp311-manylinux2014_x86_64.whl", { "speedy_up/_c.so": LONG });
  const FOREIGN = fakeWheel("speedy_up-2.0-cp311-cp311-manylinux2014_aarch64.whl", { "speedy_up/_c.so": "arm" });
  const SERVER = fakeWheel("server-1.0-py3-none-any.whl", {
    "server/__init__.py": LONG,
    "server-1.0.data/scripts/helper": "#!python\n",
    "server-1.0.data/headers/h.h": "no",
    "server-1.0.dist-info/entry_points.txt": "[console_scripts]\nserve = server:main\n",
  });
  const LOCK = `speedy-up==2.0 --hash=sha256:${NATIVE.sha256} --hash=sha256:${FOREIGN.sha256}\nserver==1.0 --hash=sha256:${SERVER.sha256}\n`;

  async function built(lock: string, form: "html" | "json", wheels = [NATIVE, FOREIGN, SERVER]) {
    const cleanup = new AsyncDisposableStack();
    const dir = cleanup.use(await tempDir());
    const index = cleanup.use(await startFakeIndex(wheels, form));
    await dir.write("app/main.py", "x = 1\n");
    await dir.write("app/requirements.txt", lock);
    await dir.write("app/teu.build.json", '{ "python": "3.11", "start": "serve --loud" }');
    const folder = dir.join("app");
    const env = { HOME: dir.join("home"), PIP_INDEX_URL: index.url, PATH: "/nowhere" };
    const build = async (more: Readonly<Record<string, string | undefined>> = {}): Promise<BuiltImage> =>
      cleanup.use(
        await buildImage({
          folder,
          plan: makePlan(folderProject(folder)),
          platforms: [AMD64],
          base: (platform) => tinyBase(platform),
          cache: dir.join("cache"),
          env: { ...env, ...more },
        }),
      );
    return { build, index, dir, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
  }

  for (const form of ["html", "json"] as const) {
    test(`wheels of the platform from an index with pages of ${form}`, async () => {
      await using here = await built(LOCK, form);
      const image = await here.build();
      assert.deepEqual(await pathsOf(image), [
        "app/.python-packages/bin/helper 755",
        "app/.python-packages/bin/serve 755",
        "app/.python-packages/server-1.0.dist-info/entry_points.txt 644",
        "app/.python-packages/server/__init__.py 644",
        "app/.python-packages/speedy_up/_c.so 644",
        "app/main.py 644",
        "app/requirements.txt 644",
      ]);
      const { Cmd } = Object(image.images[0]?.image.config["config"]) as { readonly Cmd: readonly string[] };
      assert.deepEqual(Cmd, ["python3", "/app/.python-packages/bin/serve", "--loud"]);
      const asked = here.index.asked.length;
      assert.equal((await here.build()).graph.root.digest, image.graph.root.digest);
      assert.equal(here.index.asked.length, asked, "nothing is asked for twice");
    });
  }

  test("an index in a folder of this machine", async () => {
    await using here = await built(LOCK, "html");
    for (const { filename, bytes, sha256 } of [NATIVE, SERVER]) {
      const project = (filename.split("-")[0] ?? "").replaceAll("_", "-");
      await here.dir.write(`index/files/${filename}`, bytes);
      const page = `<a href="../../files/${filename}#sha256=${sha256}">${filename}</a>`;
      await here.dir.write(`index/simple/${project}/index.html`, page);
    }
    const [none, local] = ["none", "simple"].map((name) => pathToFileURL(here.dir.join("index", name)).href);
    const image = await here.build({ PIP_INDEX_URL: none, PIP_EXTRA_INDEX_URL: local });
    assert.ok((await pathsOf(image)).includes("app/.python-packages/server/__init__.py 644"));
    assert.deepEqual(here.index.asked, []);
  });

  test("a page from the network names no file of this machine", () => {
    const page = '<a href="file:///etc/a-1-py3-none-any.whl">a-1-py3-none-any.whl</a>';
    assert.deepEqual(readPage(page, "https://h/simple/a/"), []);
    assert.equal(readPage(page, "file:///srv/simple/a/").length, 1);
  });

  test("a wheel that is not what was locked, and one that is not there", async () => {
    await using other = await built(LOCK.replace(SERVER.sha256, "0".repeat(64)), "html");
    await assertCode(() => other.build(), "ERR_PACKAGE_PLATFORM");
    const changed = { ...SERVER, bytes: Buffer.concat([SERVER.bytes, Buffer.from("x")]) };
    await using here = await built(LOCK, "html", [NATIVE, changed]);
    const error = await assertCode(() => here.build(), "ERR_PACKAGE_INTEGRITY");
    assert.match(error.message, /"server==1\.0": its digest is sha256:[0-9a-f]{64}, expected sha256:/);
    const kept = await readdir(here.dir.join("cache"), { recursive: true });
    assert.ok(!kept.some((name) => name.includes(SERVER.sha256.slice(2))));
  });
});
