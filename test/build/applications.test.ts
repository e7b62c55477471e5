/** Applications of published packages, from their folders to answers: in teu's own engine, in docker and in podman. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdtempSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { readPipConfig } from "@teu/build/python/pip-config";
import { type FakeIndex, type FakeWheel, startFakeIndex } from "@teu/build/testing/fake-wheels";
import { type SkipReason, anyOf, needsProgram, programPath } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { startContainerd } from "../engines/containerd-daemon.ts";
import type { Daemon } from "../engines/daemon.ts";
import { startDockerd } from "../engines/dockerd-daemon.ts";
import { EngineSession, skipEngine } from "../engine/session.ts";
import {
  type Application,
  LOCAL_WHEEL,
  NODE_APPLICATIONS,
  PYTHON_APPLICATIONS,
  localPythonApplications,
} from "./applications.ts";

const run = promisify(execFile);
const needsTime: SkipReason = process.env["TEU_LONG_TESTS"] !== "1" && "a long form: set TEU_LONG_TESTS=1";
const DEBIAN_WHEELS = "/usr/share/python-wheels";
const needsWheels: SkipReason =
  !existsSync(DEBIAN_WHEELS) && "needs Debian's python3-pip-whl and python3-setuptools-whl";
const needsPip: SkipReason =
  needsTime === false && spawnSync("python3", ["-m", "pip", "--version"]).status !== 0 && "needs pip";

/** Wheels by the name of their project. */
const WHEELS: ReadonlyMap<string, FakeWheel> = new Map([
  ...globSync(`${DEBIAN_WHEELS}/*.whl`).map((file): [string, FakeWheel] => {
    const bytes = readFileSync(file);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return [basename(file).split("-")[0] ?? "", { filename: basename(file), bytes, sha256 }];
  }),
  ["tiny-server", LOCAL_WHEEL],
]);

suite(
  "real applications",
  { skip: anyOf(needsTime, skipEngine, needsProgram("npm", "docker", "dockerd", "podman", "runc")) },
  () => {
    const engine = new EngineSession();
    const folder = needsTime === false ? mkdtempSync(join(tmpdir(), "teu-applications-")) : "";
    const docker = ["docker", "--config", join(folder, "client"), "--host", `unix://${folder}/docker.sock`];
    const podman = [
      "podman",
      "--root",
      join(folder, "podman"),
      "--runroot",
      join(folder, "podman-run"),
      "--storage-driver=overlay",
      "--runtime",
      programPath("runc") ?? "runc",
    ];
    const daemons: Daemon[] = [];
    let index: FakeIndex | undefined;

    before(async () => {
      // Limits of podman's own may be more than this machine's root may set.
      const limits = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n';
      await writeFile(join(folder, "containers.conf"), limits);
      engine.env["CONTAINERS_CONF"] = join(folder, "containers.conf");
      daemons.push(await startContainerd(folder), await startDockerd(folder, docker, { driver: "overlay2" }));
      index = await startFakeIndex([...WHEELS.values()]);
      engine.env["PIP_EXTRA_INDEX_URL"] = [...readPipConfig(process.env).indexes, index.url].join(" ");
    });
    after(async () => {
      await index?.[Symbol.asyncDispose]();
      for (const daemon of daemons.toReversed()) await daemon.stop();
      // Podman leaves a mount over its own store, and dockerd the network namespace of the host.
      for (const left of ["podman/overlay", "exec/netns/default"])
        await run("umount", ["-l", join(folder, left)]).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    });

    for (const app of NODE_APPLICATIONS) test(app.name, async () => await journey(app));
    for (const app of PYTHON_APPLICATIONS) test(app.name, { skip: needsPip }, async () => await journey(app));
    for (const app of localPythonApplications(WHEELS))
      test(app.name, { skip: app.name.startsWith("a server") ? false : needsWheels }, async () => await journey(app));

    /** Builds, validates, and runs in three engines. */
    async function journey(app: Application): Promise<void> {
      await using dir = await tempDir();
      const port = await freePort();
      await write(app, dir, port);
      const built = await engine.here("build", dir.path, "--tag", "app:v1", ...(app.options ?? []));
      assert.equal(built.status, 0, built.stderr);
      const checked = await engine.here("image", "validate", "store:app:v1");
      assert.deepEqual([checked.status, / 0 broken/.test(checked.stdout)], [0, true], checked.stdout);
      const teu = [process.execPath, ...engine.words];
      await prove(app, port, { words: teu, image: "app:v1" });
      const archive = dir.join("app.tar");
      const saved = await engine.here("copy", "store:app:v1", `docker-archive:${archive}:localhost/app:v1`);
      assert.equal(saved.status, 0, saved.stderr);
      for (const words of [docker, podman]) {
        await run(words[0] ?? "", [...words.slice(1), "load", "-i", archive], { env: engine.env });
        await prove(app, port, { words, image: "localhost/app:v1" });
        await run(words[0] ?? "", [...words.slice(1), "rmi", "-f", "localhost/app:v1"]);
      }
    }

    async function prove({ proof }: Application, port: number, place: Place): Promise<void> {
      const [program = "", ...words] = place.words;
      const start = async (...more: readonly string[]): Promise<{ readonly stdout: string }> =>
        await run(program, [...words, ...more], { env: engine.env, timeout: 60_000 });
      if ("prints" in proof) {
        assert.match((await start("run", "--rm", "--network", "none", place.image)).stdout, proof.prints);
        return;
      }
      await start("run", "-d", "--name", "app", "--network", "host", "-e", `PORT=${port}`, place.image);
      try {
        assert.match(await ask(`http://127.0.0.1:${port}${proof.path}`), proof.answers);
      } catch (error) {
        throw new Error((await start("logs", "app")).stdout, { cause: error });
      } finally {
        await start("rm", "-f", "app");
      }
    }
  },
);

interface Place {
  readonly words: readonly string[];
  readonly image: string;
}

async function write({ files, locks }: Application, dir: TempDir, port: number): Promise<void> {
  for (const [path, text] of Object.entries(files)) await dir.write(path, text.replaceAll("@PORT@", String(port)));
  if (locks === "npm")
    await run("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit"], { cwd: dir.path });
  if (locks === "pip") await dir.write("requirements.txt", await pinned(dir.join("requirements.in")));
  if (locks === "pnpm") await run("npm", ["exec", "--yes", "pnpm@10", "install", "--lockfile-only"], { cwd: dir.path });
}

const RESOLVE = "install --dry-run --quiet --ignore-installed --only-binary=:all: --report - --requirement".split(" ");

/** What pip would install, as a lockfile. */
async function pinned(wanted: string): Promise<string> {
  const { stdout } = await run("python3", ["-m", "pip", ...RESOLVE, wanted], {
    maxBuffer: 64 * 2 ** 20,
    timeout: 120_000,
  });
  const { install } = JSON.parse(stdout) as { readonly install: readonly Resolved[] };
  return install
    .map(({ metadata, download_info: { archive_info: archive } }) => {
      const sha256 = archive.hashes?.["sha256"] ?? archive.hash?.replace("sha256=", "") ?? "";
      return `${metadata.name}==${metadata.version} --hash=sha256:${sha256}\n`;
    })
    .join("");
}

/** An entry of pip's installation report. @see {@link https://pip.pypa.io/en/stable/reference/installation-report/} */
interface Resolved {
  readonly metadata: { readonly name: string; readonly version: string };
  readonly download_info: {
    readonly archive_info: { readonly hash?: string; readonly hashes?: Readonly<Record<string, string>> };
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Asks until there is an answer. */
async function ask(url: string): Promise<string> {
  for (let left = 150; ; left -= 1) {
    try {
      return await (await fetch(url, { headers: { connection: "close" } })).text();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(200);
    }
  }
}
