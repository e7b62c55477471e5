import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite } from "node:test";
import { checkEngine } from "./checks.ts";
import { command } from "./command.ts";
import { startContainerd } from "./containerd-daemon.ts";
import type { Daemon } from "./daemon.ts";
import { dockerWords } from "./docker-words.ts";
import { startDockerd } from "./dockerd-daemon.ts";
import { RUNTIMES, whySkip } from "./engine.ts";
import { writeImage } from "./image.ts";

const skip = whySkip("dockerd", "docker", "containerd", "ctr", "containerd-shim-runc-v2");

suite("docker", { skip }, () => {
  const folder = skip === false ? mkdtempSync(join(tmpdir(), "teu-docker-")) : "";
  const docker = ["docker", "--config", join(folder, "client"), "--host", `unix://${folder}/docker.sock`];
  let containerd: Daemon | undefined;
  let dockerd: Daemon | undefined;

  before(async () => {
    containerd = await startContainerd(folder);
    const { runc: _, ...ours } = RUNTIMES;
    dockerd = await startDockerd(folder, docker, { runtimes: ours });
    await writeImage(join(folder, "image.tar"));
    const loaded = await command([...docker, "load", "-i", join(folder, "image.tar")]);
    assert.equal(loaded.code, 0, loaded.stderr);
  });

  after(async () => {
    await dockerd?.stop();
    await containerd?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  checkEngine({
    name: "docker",
    settings: [
      "detached",
      "terminal",
      "interactive",
      "memoryBytes",
      "cpus",
      "pids",
      "readOnly",
      "seccompProfile",
      "user",
      "folder",
      "shared",
      "sysctl",
    ],
    failures: { missing: 127, missingLater: 126, noProgram: 126, refused: 125 },
    ...dockerWords(docker, (runtime) => [...docker, "run", "--runtime", nameOf(runtime)]),
  });
});

// The daemon knows runtimes by name, and runc by itself.
function nameOf(runtime: string): string {
  return Object.entries(RUNTIMES).find(([, path]) => path === runtime)?.[0] ?? "";
}
