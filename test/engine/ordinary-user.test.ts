/** `teu run` and its family for an ordinary user: with ids that the system grants, and with none but its own. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { projectRoot } from "../../tools/project.ts";
import { writeImage } from "../engines/image.ts";
import { type Answer, IMAGE, skipEngine } from "./session.ts";

/** The user `nobody`, whom every system has. */
const UID = 65_534;
const GRANTED = "nobody:700000:65536\n";
const MAIN = join(projectRoot, "packages/cli/src/main.ts");
const BECOME = ["setpriv", "--reuid", String(UID), "--regid", String(UID), "--clear-groups"];
const TIMEOUT_MS = 60_000;

const needsTree =
  skipEngine === false && spawnSync(BECOME[0] ?? "", [...BECOME.slice(1), "test", "-r", MAIN]).status !== 0
    ? "needs a clone that other users can read"
    : false;
const needsMaps = needsProgram("newuidmap", "newgidmap");

for (const [what, grants, skip] of [
  ["its own id alone", "", false],
  ["ids that it was granted", GRANTED, needsMaps],
] as const) {
  suite(
    `an ordinary user with ${what}`,
    { skip: anyOf(skipEngine, needsProgram("setpriv", "unshare"), needsTree, skip) },
    () => {
      let folder = "";
      before(async () => {
        folder = mkdtempSync(join(tmpdir(), "teu-ordinary-"));
        chmodSync(folder, 0o711);
        writeFileSync(join(folder, "grants"), grants);
        mkdirSync(join(folder, "home"));
        chownSync(join(folder, "home"), UID, UID);
        await writeImage(join(folder, "image.tar"));
        const pulled = teu("pull", "--quiet", `docker-archive:${folder}/image.tar`, `store:${IMAGE}`);
        assert.equal(pulled.status, 0, pulled.stderr);
      });
      after(() => {
        teu("rm", "-f", "one");
        rmSync(folder, { recursive: true, force: true });
      });

      /** Runs a command where /etc grants the user what this suite says. */
      function teu(...words: readonly string[]): Answer {
        const mounts = ["/etc/subuid", "/etc/subgid"].map(
          (path) => `touch ${path} && mount --bind ${folder}/grants ${path}`,
        );
        const script = [...mounts, 'exec "$@"'].join(" && ");
        const command = [
          ...BECOME,
          process.execPath,
          "--conditions=@teu/source",
          "--disable-warning=ExperimentalWarning",
          MAIN,
        ];
        const { status, stdout, stderr } = spawnSync(
          "unshare",
          ["--mount", "sh", "-c", script, "sh", ...command, ...words],
          {
            env: { ...process.env, HOME: join(folder, "home"), TEU_ROOT: join(folder, "home/teu") },
            cwd: folder,
            encoding: "utf8",
            timeout: TIMEOUT_MS,
            input: "",
          },
        );
        return { status, stdout, stderr };
      }

      test("the program is who the image or the options say, and owns what the user has", () => {
        const script = "id -u; id -g; touch /tmp/new 2>/dev/null || mkdir -p /tmp; stat -c %u /bin/busybox; exit 7";
        for (const user of ["0:0", "1000:1001"]) {
          const run = teu("run", "--rm", "--network", "none", "-u", user, IMAGE, "sh", "-c", script);
          const [uid, gid] = user.split(":");
          const owner = grants === "" ? uid : "0";
          assert.deepEqual(run, { status: 7, stdout: `${uid}\n${gid}\n${owner}\n`, stderr: "" });
        }
      });

      test("from start to end: ps, exec, logs, rm", () => {
        const started = teu("run", "-d", "--name", "one", "--network", "none", IMAGE, "sh", "-c", "echo up; sleep 100");
        assert.equal(started.status, 0, started.stderr);
        assert.match(teu("ps").stdout, / one\n/);
        assert.equal(teu("exec", "one", "cat", "/proc/1/comm").stdout, "sleep\n");
        assert.equal(teu("logs", "one").stdout, "up\n");
        assert.equal(teu("rm", "-f", "one").status, 0);
        assert.equal(teu("ps", "-aq").stdout, "");
      });
    },
  );
}
