/** The same files give the same image: whoever builds, wherever, on whatever machine. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, cpSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { anyOf, needsLinux, needsProgram, needsRoot } from "@teu/testing/skip";
import { projectRoot } from "../../tools/project.ts";
import { type BuildWorld, buildWorld } from "./world.ts";

const MAIN = join(projectRoot, "packages/cli/src/main.ts");
const TIMEOUT_MS = 30_000;

/** Where and as whom is built. */
interface Place {
  readonly folder: string;
  readonly umask: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string>>;
  readonly hostName: string;
}

const PLACES: readonly Place[] = [
  { folder: "one", umask: "022", uid: 0, env: { TZ: "UTC", LANG: "C" }, hostName: "first" },
  {
    folder: "two/deep/er",
    umask: "077",
    uid: 65_534,
    env: { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" },
    hostName: "second",
  },
];

suite(
  "the digest of an image",
  { skip: anyOf(needsLinux(), needsRoot(), needsProgram("unshare", "setpriv", "hostname")) },
  () => {
    test("does not tell the user, the folder, the mask of modes, the time zone or the machine", async (t) => {
      await using here = await buildWorld();
      chmodSync(here.dir.path, 0o755);
      const answers: string[] = [];
      for (const place of PLACES) {
        settle(here, place);
        const { status, stdout, stderr } = await build(here, place);
        if (place.uid !== 0 && /EACCES/.test(stderr) && stderr.includes(projectRoot))
          return t.skip("needs a clone that other users can read");
        assert.equal(status, 0, stderr);
        answers.push(stdout);
      }
      assert.match(answers[0] ?? "", /^sha256:[0-9a-f]{64}\n$/);
      assert.equal(answers[1], answers[0]);
    });
  },
);

/** Copies the application to a place, with modes as the mask of its user leaves them. */
function settle({ dir, registry }: BuildWorld, { folder, umask, uid }: Place): void {
  for (const name of ["app", "base"]) cpSync(dir.join(name), dir.join(folder, name), { recursive: true });
  writeFileSync(dir.join(folder, ".npmrc"), `registry=${registry.url}\n`);
  const taken = Number.parseInt(umask, 8);
  for (const name of ["", ...readdirSync(dir.join(folder), { recursive: true, encoding: "utf8" })]) {
    const path = dir.join(folder, name);
    chownSync(path, uid, uid);
    chmodSync(path, statSync(path).mode & 0o777 & ~taken);
    utimesSync(path, uid, uid);
  }
}

async function build(
  { dir }: BuildWorld,
  { folder, umask, uid, env, hostName }: Place,
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  const home = dir.join(folder);
  const become = `exec setpriv --reuid ${uid} --regid ${uid} --clear-groups "$@"`;
  const script = `hostname ${hostName}; umask ${umask}; ${become}`;
  const node = [process.execPath, "--conditions=@teu/source", "--disable-warning=ExperimentalWarning", MAIN];
  const words = ["build", "app", "--quiet", "--base", "oci:base:v1", "--platform", "linux/amd64", "-o", "oci:out:v1"];
  const child = spawn("unshare", ["--uts", "sh", "-c", script, "sh", ...node, ...words], {
    cwd: home,
    env: { PATH: process.env["PATH"], HOME: home, TEU_ROOT: join(home, "teu"), ...env },
    timeout: TIMEOUT_MS,
  });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { status, stdout, stderr };
}
