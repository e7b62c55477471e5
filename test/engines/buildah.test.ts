import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite } from "node:test";
import { checkEngine } from "./checks.ts";
import { command } from "./command.ts";
import { type Job, whySkip } from "./engine.ts";
import { writeImage } from "./image.ts";

const skip = whySkip("buildah");

suite("buildah", { skip }, () => {
  const folder = skip === false ? mkdtempSync(join(tmpdir(), "teu-buildah-")) : "";
  const state = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--storage-driver=vfs"];
  const buildah = ["buildah", ...state];
  const container = "teu-test";

  before(async () => {
    const image = join(folder, "image.tar");
    await writeImage(image);
    // Limits are those of the container made here: a root without CAP_SYS_RESOURCE cannot raise the usual ones.
    const limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"];
    const made = await command([...buildah, "from", "--name", container, ...limits, `docker-archive:${image}`]);
    assert.equal(made.code, 0, made.stderr);
  });

  after(async () => {
    await command([...buildah, "rm", "--all"]);
    await rm(folder, { recursive: true, force: true });
  });

  checkEngine({
    name: "buildah",
    settings: ["terminal", "interactive", "user", "folder", "shared"],
    run: (job) => [...buildah, "run", "--isolation=oci", ...jobWords(job), container, "--", ...job.args],
    exec: () => [],
    inspect: () => [],
    verbs: {},
    failures: { missing: 1, noProgram: 1, refused: 1 },
    // It asks for ambient capabilities that are not inheritable: runtime-spec 1.3 wants a warning of that.
    warnings: /^teu-runtime: warning: can't raise ambient capability CAP_CHOWN: .*\n/,
  });
});

function jobWords(job: Job): string[] {
  const option = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  return [
    `--runtime=${job.runtime}`,
    "--network=none",
    ...(job.terminal === true ? ["--terminal"] : []),
    ...option("user", job.user),
    ...option("workingdir", job.folder),
    ...option("volume", job.shared === undefined ? undefined : `${job.shared}:/shared:ro`),
  ];
}
