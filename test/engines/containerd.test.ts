import { mkdtempSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite } from "node:test";
import { checkEngine } from "./checks.ts";
import { containerdSocket, loadImages, startContainerd } from "./containerd-daemon.ts";
import type { Daemon } from "./daemon.ts";
import { type Job, whySkip } from "./engine.ts";
import { IMAGE, writeImage } from "./image.ts";

const skip = whySkip("containerd", "ctr", "containerd-shim-runc-v2");

suite("containerd", { skip }, () => {
  const folder = skip === false ? mkdtempSync(join(tmpdir(), "teu-containerd-")) : "";
  const ctr = ["ctr", "--address", containerdSocket(folder)];
  let daemon: Daemon | undefined;
  let count = 0;

  before(async () => {
    // Root of a user namespace has to reach what lies in here.
    await chmod(folder, 0o711);
    daemon = await startContainerd(folder);
    await writeImage(join(folder, "image.tar"));
    await loadImages(folder, join(folder, "image.tar"));
  });

  after(async () => {
    await daemon?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const task =
    (...words: readonly string[]): ((id: string) => string[]) =>
    (id) => [...ctr, "task", ...words, id];
  checkEngine({
    name: "containerd",
    settings: [
      "detached",
      "terminal",
      "memoryBytes",
      "cpus",
      "readOnly",
      "seccompProfile",
      "firstUser",
      "folder",
      "shared",
    ],
    run: (job) => [...ctr, "run", ...jobWords(job), IMAGE, job.id, ...job.args],
    exec: (id, args, terminal) => {
      const options = terminal ? ["--tty"] : [];
      return [...ctr, "task", "exec", `--exec-id=exec-${count++}`, ...options, id, ...args];
    },
    inspect: () => [...ctr, "task", "list"],
    verbs: {
      pause: task("pause"),
      resume: task("resume"),
      stats: task("metrics"),
      processes: task("ps"),
      stop: task("kill", "--signal=SIGKILL"),
      kill: task("kill", "--signal=SIGKILL"),
      remove: (id) => [
        "sh",
        "-c",
        `${task("delete", "--force")(id).join(" ")} ; ${ctr.join(" ")} container delete ${id}`,
      ],
    },
    // ctr lets go of the pipes of a program that has ended, also of those that it has not opened yet: on a busy machine it
    // prints nothing of one exec of `echo` in 30, and of one run in 240, with runc as with ours.
    hearsWithin: 0.3,
    // It has one code for all failures.
    failures: { missing: 1, noProgram: 1, refused: 1 },
  });
});

function jobWords(job: Job): string[] {
  const option = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  const flag = (name: string, value: boolean | undefined): string[] => (value === true ? [`--${name}`] : []);
  const mapping = job.firstUser === undefined ? undefined : `0:${job.firstUser}:65536`;
  return [
    "--snapshotter=native",
    `--runc-binary=${job.runtime}`,
    job.detached === true ? "--detach" : "--rm",
    ...flag("tty", job.terminal),
    ...flag("read-only", job.readOnly),
    ...flag("seccomp", job.seccompProfile !== undefined),
    ...option("seccomp-profile", job.seccompProfile),
    ...option("memory-limit", job.memoryBytes),
    ...option("cpus", job.cpus),
    ...option("cwd", job.folder),
    ...option(
      "mount",
      job.shared === undefined ? undefined : `type=bind,src=${job.shared},dst=/shared,options=rbind:ro`,
    ),
    ...option("uidmap", mapping),
    ...option("gidmap", mapping),
  ];
}
