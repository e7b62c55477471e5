/** Layouts and archives go from us to oras, crane and docker and back. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { copy } from "@teu/content/copy";
import { parseFilePlace } from "@teu/content/image-place";
import { openTarget } from "@teu/content/open-place";
import { anyOf, needsLinux, needsProgram, needsRoot } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { realImage } from "../content/peers.ts";
import { Daemon } from "../engines/daemon.ts";
import { peerPath, startDockerRegistry } from "../registry-client/programs.ts";
import { type Run, command } from "./teu.ts";

const run = promisify(execFile);
const NAME = "example.com/app/image:v1";
const IMAGE = realImage();
const isLong = process.env["TEU_LONG_TESTS"] === "1";

async function write(place: string): Promise<void> {
  await using opened = await openTarget(parseFilePlace(place));
  await copy(IMAGE.store, opened.target, IMAGE.root, { tags: opened.tags });
  await opened.commit();
}

async function assertSame(cwd: string, place: string): Promise<void> {
  const { code, out, notes }: Run = await command(["image", "config", place], { cwd });
  assert.equal(code, 0, notes);
  assert.deepEqual(
    (JSON.parse(out) as { readonly rootfs: { readonly diff_ids: unknown } }).rootfs.diff_ids,
    IMAGE.diffIds,
  );
  const validated = await command(["image", "validate", place], { cwd });
  assert.match(validated.out, /, 0 broken/);
}

function needsPeer(name: string): string | false {
  return peerPath(name) === undefined && `needs ${name}: sh tools/peers/install.sh`;
}

suite("oras", { skip: needsPeer("oras") }, () => {
  const oras = peerPath("oras") ?? "";

  test("reads our layout and archive, and we read its layout", async () => {
    await using dir = await tempDir();
    await write(`oci:${dir.path}/ours:v1`);
    await write(`oci-archive:${dir.path}/ours.tar:v1`);
    for (const source of ["ours", "ours.tar"]) {
      const target = `${dir.path}/of-${source}`;
      await run(oras, [
        "cp",
        "--no-tty",
        "--from-oci-layout",
        `${dir.path}/${source}:v1`,
        "--to-oci-layout",
        `${target}:v1`,
      ]);
      await assertSame(dir.path, `oci:${target}:v1`);
      const { stdout } = await run(oras, ["resolve", "--oci-layout", `${target}:v1`]);
      assert.equal(stdout.trim(), IMAGE.root.digest);
    }
  });

  test("writes an artifact into a layout of ours, and we go on with it", async () => {
    await using dir = await tempDir();
    await write(`oci:${dir.path}/l:v1`);
    await dir.write("note.txt", "note");
    const words = ["--no-tty", "--oci-layout", `${dir.path}/l:v1`, "--artifact-type", "application/vnd.example.note"];
    await run(oras, ["attach", ...words, "note.txt:text/plain"], { cwd: dir.path });
    await assertSame(dir.path, `oci:${dir.path}/l:v1`);
    const { code, notes } = await command(["image", "annotate", "oci:l:v1", "com.example.a=b", "-o", "oci:l:v2"], {
      cwd: dir.path,
    });
    assert.equal(code, 0, notes);
    const { stdout } = await run(oras, ["discover", "--oci-layout", `${dir.path}/l:v1`, "--format", "json"]);
    assert.match(stdout, /vnd\.example\.note/);
  });
});

suite("crane", { skip: anyOf(needsPeer("crane"), needsProgram("docker-registry")) }, () => {
  const crane = peerPath("crane") ?? "";

  test("pushes our archive and layout, and we read what it pulls", async () => {
    await using dir = await tempDir();
    await using registry = await startDockerRegistry(dir);
    const name = (tag: string): string => `${registry.host}/app/image:${tag}`;
    await write(`oci:${dir.path}/ours:v1`);
    await write(`docker-archive:${dir.path}/ours.tar:${NAME}`);
    await run(crane, ["push", "--insecure", dir.join("ours"), name("layout")]);
    await run(crane, ["push", "--insecure", dir.join("ours.tar"), name("archive")]);
    for (const tag of ["layout", "archive"]) {
      await run(crane, ["validate", "--insecure", "--remote", name(tag)]);
      await run(crane, ["pull", "--insecure", "--format", "oci", name(tag), dir.join(`${tag}-oci`)]);
      await run(crane, ["pull", "--insecure", "--format", "tarball", name(tag), dir.join(`${tag}.tar`)]);
      await assertSame(dir.path, `oci:${tag}-oci`);
      await assertSame(dir.path, `docker-archive:${tag}.tar`);
    }
  });

  test("finds no fault with our archive", async () => {
    await using dir = await tempDir();
    await write(`docker-archive:${dir.path}/ours.tar:${NAME}`);
    await run(crane, ["validate", "--tarball", dir.join("ours.tar")]);
  });
});

const needsTime = !isLong && "a long form: set TEU_LONG_TESTS=1";

suite("docker", { skip: anyOf(needsTime, needsLinux(), needsRoot(), needsProgram("docker", "dockerd")) }, () => {
  test("loads our archives, and we read what it saves", async () => {
    await using dir = await tempDir();
    const socket = `unix://${dir.path}/docker.sock`;
    const docker = ["docker", "--config", dir.join("client"), "--host", socket];
    const state = ["--data-root", dir.join("data"), "--exec-root", dir.join("exec"), "--pidfile", dir.join("pid")];
    const network = ["--bridge=none", "--iptables=false", "--ip6tables=false"];
    const words = ["dockerd", "--host", socket, ...state, ...network, "--storage-driver", "vfs"];
    const daemon = await Daemon.start(words, dir.join("log"), [...docker, "version"]);
    try {
      await exchange(dir, docker);
    } finally {
      await daemon.stop();
    }
  });
});

async function exchange(
  dir: { readonly path: string; join(name: string): string },
  docker: readonly string[],
): Promise<void> {
  const [program = "", ...words] = docker;
  const ask = async (...more: readonly string[]): Promise<string> => (await run(program, [...words, ...more])).stdout;
  await write(`docker-archive:${dir.path}/ours.tar:${NAME}`);
  assert.match(await ask("load", "-i", dir.join("ours.tar")), /Loaded image: example\.com\/app\/image:v1/);
  await ask("save", "-o", dir.join("theirs.tar"), NAME);
  await assertSame(dir.path, `docker-archive:theirs.tar:${NAME}`);
  const loaded = await command(["load", "-i", "theirs.tar"], { cwd: dir.path });
  assert.equal(loaded.out, `Loaded image: ${NAME}\n`);
  const saved = await command(["save", NAME, "-o", "saved.tar"], { cwd: dir.path });
  assert.equal(saved.code, 0, saved.notes);
  await ask("rmi", NAME);
  assert.match(await ask("load", "-i", dir.join("saved.tar")), /Loaded image: example\.com\/app\/image:v1/);
}
