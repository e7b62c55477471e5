import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite } from "node:test";
import { checkEngine } from "./checks.ts";
import { command } from "./command.ts";
import { dockerWords } from "./docker-words.ts";
import { whySkip } from "./engine.ts";
import { writeImage } from "./image.ts";

// Limits that any root may set: one without CAP_SYS_RESOURCE cannot raise those that podman wants by default.
const CONTAINERS_CONF = `[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n`;

const skip = whySkip("podman");

suite("podman", { skip }, () => {
  const folder = skip === false ? mkdtempSync(join(tmpdir(), "teu-podman-")) : "";
  const state = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--tmpdir", join(folder, "tmp")];
  const drivers = ["--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--events-backend=file"];
  const podman = ["podman", ...state, ...drivers];
  const env = { CONTAINERS_CONF: join(folder, "containers.conf") };

  before(async () => {
    await writeFile(env.CONTAINERS_CONF, CONTAINERS_CONF);
    await writeImage(join(folder, "image.tar"));
    const loaded = await command([...podman, "load", "-i", join(folder, "image.tar")], { env });
    assert.equal(loaded.code, 0, loaded.stderr);
  });

  after(async () => {
    await command([...podman, "rm", "--all", "--force", "--time=0"], { env });
    await rm(folder, { recursive: true, force: true });
  });

  checkEngine({
    name: "podman",
    env,
    settings: [
      "detached",
      "terminal",
      "interactive",
      "memoryBytes",
      "cpus",
      "pids",
      "readOnly",
      "seccompProfile",
      "firstUser",
      "user",
      "folder",
      "shared",
      "sysctl",
    ],
    // What the runtime says has no other code of its own.
    failures: { missing: 127, noProgram: 126, refused: 126 },
    ...dockerWords(podman, (runtime) => [...podman, "--runtime", runtime, "run"]),
  });
});
