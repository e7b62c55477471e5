import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { type SkipReason, anyOf, needsProgram, needsRoot } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { startContainerd } from "../engines/containerd-daemon.ts";
import type { Daemon } from "../engines/daemon.ts";
import { whySkip } from "../engines/engine.ts";
import { startDockerd } from "./dockerd.ts";
import { differences, realImage, writeLayout } from "./graphs.ts";
import { type Ended, type RunningRegistry, run, startDockerRegistry, startOurRegistry, teu } from "./programs.ts";

const REGISTRIES = [
  { name: "docker-registry", start: startDockerRegistry, skip: needsProgram("docker-registry") },
  { name: "teu registry serve", start: startOurRegistry, skip: false as SkipReason },
];

function ok({ code, out, notes }: Ended): string {
  assert.equal(code, 0, notes);
  return out;
}

/** An engine's command line for one word such as `pull`. */
type Engine = (...words: readonly string[]) => Promise<Ended>;

/**
 * What we push the engine pulls, and is the image that it says it is; what it then pushes we pull, with the digest that it
 * tells, and every digest in it right. Its layers may be compressed anew.
 */
async function exchange(
  engine: Engine,
  registry: RunningRegistry,
  idOf: (image: string) => Promise<string>,
): Promise<void> {
  await using dir = await tempDir();
  const graph = await realImage();
  await writeLayout(dir.join("layout"), { v1: graph });
  const [ours, theirs] = [`${registry.host}/teu/real:v1`, `${registry.host}/engine/real:v1`];
  ok(await teu(dir.path, ["push", "-q", `oci:${dir.join("layout")}:v1`, `docker://${ours}`]));
  ok(await engine("pull", ours));
  const [, config] = graph.content;
  assert.equal((await idOf(ours)).replace("sha256:", ""), config?.descriptor.digest.replace("sha256:", ""));
  ok(await engine("tag", ours, theirs));
  ok(await engine("push", theirs));
  const digest = ok(await teu(dir.path, ["copy", "-q", theirs, `oci:${dir.join("back")}:v1`])).trim();
  const head = JSON.parse(ok(await teu(dir.path, ["manifest", "head", theirs]))) as { readonly digest: string };
  assert.equal(head.digest, digest);
  // The configuration, and with it what the layers are, has stayed the same.
  const same = { root: graph.root, content: config === undefined ? [] : [config] };
  assert.deepEqual(
    (await differences(dir.join("back"), same, "v1")).filter((line) => !line.startsWith("the root is")),
    [],
  );
}

suite("exchange with podman", { skip: anyOf(needsProgram("podman"), needsRoot()) }, () => {
  for (const { name, start, skip } of REGISTRIES) {
    test(`through ${name}`, { skip, timeout: 60_000 }, async () => {
      await using dir = await tempDir();
      await using registry = await start(dir);
      const place = ["--root", dir.join("root"), "--runroot", dir.join("run"), "--storage-driver", "vfs"];
      const podman: Engine = async (word, ...more) => {
        const plain = word === "pull" || word === "push" ? ["--tls-verify=false", "-q"] : [];
        return await run("podman", [...place, word ?? "", ...plain, ...more], { env: { HOME: dir.path } });
      };
      await exchange(podman, registry, async (image) =>
        ok(await podman("inspect", "--format", "{{.Id}}", image)).trim(),
      );
    });
  }
});

suite("exchange with docker", { skip: whySkip("dockerd", "docker", "containerd", "ctr") }, () => {
  let folder = "";
  let daemons: Daemon[] = [];
  const docker: Engine = async (...words) =>
    await run("docker", ["--config", join(folder, "client"), "--host", `unix://${folder}/docker.sock`, ...words]);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "teu-docker-"));
    await writeFile(join(folder, "daemon.json"), "{}");
    daemons = [await startContainerd(folder), await startDockerd(folder)];
  });

  after(async () => {
    for (const daemon of daemons.toReversed()) await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const { name, start, skip } of REGISTRIES) {
    test(`through ${name}`, { skip, timeout: 60_000 }, async () => {
      await using dir = await tempDir();
      await using registry = await start(dir);
      await exchange(docker, registry, async (image) =>
        ok(await docker("inspect", "--format", "{{.Id}}", image)).trim(),
      );
    });
  }
});
