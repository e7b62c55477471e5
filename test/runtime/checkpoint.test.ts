import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { projectRoot } from "../../tools/project.ts";
import { CRIU_PATH, needsCriu } from "./criu.ts";
import { type Answer, BUILDS, onBothBuilds, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

interface Report {
  readonly kind: number;
  readonly options: Readonly<Record<string, readonly unknown[]>>;
  readonly features: Readonly<Record<string, readonly unknown[]>>;
  readonly root?: readonly string[];
}

function mountOf(report: Report | undefined): unknown {
  return report?.options[23]?.find((mount) => JSON.stringify(mount).includes("notify"));
}

const NOTHING: Report["options"] = {};
const needsPython = existsSync("/usr/bin/python3") ? false : "needs python3";
const withCriu = { PATH: CRIU_PATH };

suite("checkpoint and restore", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const images = join(session.path, "images");
  const empty = (): void => rmSync(images, { recursive: true, force: true });

  suite("as CRIU is asked", { skip: needsPython }, () => {
    const bin = join(session.path, "fake-bin");
    const log = join(session.path, "asked");
    if (skipContainers === false) {
      mkdirSync(bin);
      copyFileSync(join(projectRoot, "test/runtime/fake-criu.py"), join(bin, "criu"));
      chmodSync(join(bin, "criu"), 0o755);
    }
    const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, TEU_FAKE_CRIU: log };
    const ask = (program: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Answer =>
      session.run(program, args, { cwd: session.path, env: { ...env, ...more } });
    const asked = (): Report[] => {
      const lines = readFileSync(log, "utf8").trim().split("\n");
      rmSync(log);
      return lines.map((line) => JSON.parse(line) as Report);
    };
    const mounts = [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs" },
      { destination: "/tmp/in", source: "/usr", options: ["rbind", "ro"] },
      { destination: "/dev/on-tmpfs", source: "/etc/hostname", options: ["bind"] },
    ];
    const annotations = { "org.criu.config": "/etc/criu/mine.conf" };
    const runs = (program: string, id: string, patch: object = {}): string => {
      const path = session.bundle(["sleep", "100"], { mounts, ...patch }, { maskedPaths: ["/proc/keys", "/proc/sys"] });
      assert.equal(session.run(program, ["run", "--detach", "-b", path, id]).stderr, "");
      return path;
    };

    test("a checkpoint tells what is inside and outside, and ends the container", () => {
      const answer = onBothBuilds((program) => {
        empty();
        runs(program, "dump", { annotations });
        const args = ["--image-path", images, "--work-path", "work", "--tcp-established", "--file-locks"];
        const more = ["--manage-cgroups-mode", "ignore", "--page-server", "[::1]:99", "--ext-unix-sk", "--shell-job"];
        const done = ask(program, ["checkpoint", ...args, ...more, "dump"]);
        assert.deepEqual(done, { status: 0, stdout: "", stderr: "" });
        assert.deepEqual(session.leftovers("dump"), []);
        const [report] = asked();
        const { 2: pid, 13: root, 44: freezer, ...rest } = report?.options ?? NOTHING;
        assert.match(String(root?.[0]), /\/rootfs$/);
        assert.ok(Number(pid?.[0]) > 1);
        assert.match(String(freezer?.[0]), /\/dump$/);
        return {
          ...rest,
          streams: (JSON.parse(readFileSync(`${images}/descriptors.json`, "utf8")) as unknown[]).length,
        };
      });
      const mount = (key: string, value: string = key): unknown => ({ 1: [key], 2: [value] });
      assert.deepEqual(answer, {
        1: [images],
        4: [1],
        5: [1],
        7: [1],
        8: [1],
        9: [4],
        10: ["dump.log"],
        11: [{ 1: ["::1"], 2: [99] }],
        12: [1],
        17: [join(session.path, "work")],
        23: [mount("/tmp/in"), mount("/dev/on-tmpfs"), mount("/proc/keys", "/dev/null")],
        24: [1],
        34: [0],
        38: [0x40000000],
        50: [1],
        51: ["/etc/criu/mine.conf"],
        streams: 3,
      });
    });

    test("a container goes on where it is to be left running, and after a dump in advance", () => {
      const kinds = onBothBuilds((program) => {
        empty();
        runs(program, "goes-on");
        assert.equal(ask(program, ["checkpoint", "--image-path", images, "--pre-dump", "goes-on"]).stderr, "");
        const folder = join(images, "second");
        const args = ["--parent-path", "../", "--leave-running", "goes-on"];
        assert.equal(ask(program, ["checkpoint", "--image-path", folder, ...args]).stderr, "");
        assert.equal(session.status(program, "goes-on"), "running");
        session.run(program, ["delete", "-f", "goes-on"]);
        return asked().map(({ kind, options, features }) => [kind, features[1], options[3], options[14], options[15]]);
      });
      assert.deepEqual(kinds, [
        [9, [1], undefined, undefined, undefined],
        [4, undefined, undefined, undefined, undefined],
        [1, undefined, [1], ["../"], [1]],
      ]);
    });

    test("the place of systemd's socket is left, and found again", () => {
      onBothBuilds((program) => {
        empty();
        const path = session.bundle(["sleep", "100"], { mounts });
        const systemd = { NOTIFY_SOCKET: join(session.path, "systemd") };
        assert.equal(session.run(program, ["create", "-b", path, "told"], { env: systemd }).stderr, "");
        assert.equal(session.run(program, ["start", "told"]).stderr, "");
        assert.equal(ask(program, ["checkpoint", "--image-path", images, "told"]).stderr, "");
        const args = ["restore", "--detach", "--image-path", images, "-b", path, "told"];
        assert.equal(ask(program, args, systemd).stderr, "");
        assert.equal(session.run(program, ["delete", "-f", "told"]).stderr, "");
        const [dumped, restored] = asked();
        assert.deepEqual(mountOf(dumped), { 1: ["/run/notify"], 2: ["/run/notify"] });
        assert.match(JSON.stringify(mountOf(restored)), /^\{"1":\["\/run\/notify"\],"2":\["\/.*\/told\/notify"\]\}$/);
        assert.deepEqual(session.leftovers("told"), []);
      });
    });

    test("a restored container is one like any other", () => {
      onBothBuilds((program) => {
        empty();
        const bundle = runs(program, "back");
        assert.equal(ask(program, ["checkpoint", "--image-path", images, "back"]).stderr, "");
        const pidFile = join(session.path, "pid");
        const args = ["--detach", "--image-path", images, "-b", bundle, "--pid-file", pidFile, "back"];
        assert.equal(ask(program, ["restore", ...args]).stderr, "");
        const state = JSON.parse(session.run(program, ["state", "back"]).stdout) as { pid: number; status: string };
        assert.deepEqual([state.status, String(state.pid)], ["running", readFileSync(pidFile, "utf8")]);
        assert.match(readFileSync(`/proc/${state.pid}/cgroup`, "utf8"), /:\/.*back$/m);
        assert.equal(session.run(program, ["kill", "back", "KILL"]).status, 0);
        assert.equal(session.run(program, ["delete", "-f", "back"]).stderr, "");
        const restored = asked()[1];
        assert.equal(restored?.kind, 2);
        // The root as a mount of its own, with the places that mounts need.
        assert.ok(restored?.root?.includes("tmp"));
        assert.deepEqual(restored?.options[26], [1]);
        assert.deepEqual(restored?.options[23]?.slice(0, 1), [{ 1: ["/tmp/in"], 2: ["/usr"] }]);
        assert.deepEqual(session.leftovers("back"), []);
        return runProgram("grep", ["-c", "criu-root", "/proc/self/mountinfo"]).stdout;
      });
    });

    test("what goes wrong is told with the first error of CRIU's log, and nothing is left", () => {
      onBothBuilds((program) => {
        empty();
        const bundle = runs(program, "fails");
        const fails = { TEU_FAKE_CRIU_FAILS: "1" };
        const refused = ask(program, ["checkpoint", "--image-path", images, "fails"], fails);
        assert.match(refused.stderr, /criu failed: type DUMP errno 52: Error \(criu\/x\.c:1\): no luck\n.*dump\.log/);
        assert.equal(session.status(program, "fails"), "running");
        assert.equal(ask(program, ["checkpoint", "--image-path", images, "fails"]).status, 0);
        const lost = ask(program, ["restore", "-d", "--image-path", images, "-b", bundle, "fails"], fails);
        assert.match(lost.stderr, /criu failed: type RESTORE errno 52: Error/);
        assert.deepEqual(session.leftovers("fails"), []);
        const none = session.run(program, ["restore", "--image-path", images, "-b", bundle, "fails"], {
          env: { PATH: "/nowhere" },
        });
        assert.match(none.stderr, /exec: "criu": no such file or directory \(ENOENT\)\n.*install it/);
        rmSync(log);
        return none.status;
      });
    });
  });

  test("wrong options are refused in the words that callers look for", () => {
    const bundle = session.bundle(["sleep", "100"]);
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["restore", "--lsm-mount-context"], /flag needs an argument: -lsm-mount-context/],
      [["checkpoint", "words"], /Container cannot be checkpointed in created state/],
      [["checkpoint", "none"], /container does not exist/],
      [["checkpoint", "--parent-path", "/abs", "words"], /--parent-path must be relative/],
      [["checkpoint", "--parent-path", "./nope", "words"], /invalid --parent-path: .*no such file or directory/],
      [["checkpoint", "--manage-cgroups-mode", "x", "words"], /invalid manage-cgroups-mode value/],
      [["checkpoint", "--empty-ns", "pid", "words"], /namespace "pid" is not supported/],
      [["checkpoint", "--page-server", "host", "words"], /Use --page-server ADDRESS:PORT/],
    ];
    onBothBuilds((program) => {
      assert.equal(session.run(program, ["create", "-b", bundle, "words"]).stderr, "");
      const answers = cases.map(([args, message], at) => {
        if (at === 2) session.run(program, ["start", "words"]);
        const { stderr } = session.run(program, args, { cwd: session.path });
        assert.match(stderr, message);
        return stderr;
      });
      session.run(program, ["delete", "-f", "words"]);
      assert.equal(session.run(program, ["checkpoint", "--help"]).status, 0);
      return answers;
    });
  });

  test("a program goes on where it was, in a container that can be entered", { skip: needsCriu }, () => {
    const id = "counts";
    after(() => session.run(BUILDS[0] ?? "", ["delete", "-f", id]));
    onBothBuilds((program) => {
      empty();
      const script = "exec < /dev/null > /tmp/counted 2>&1; i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done";
      const masked = { maskedPaths: ["/proc/kcore", "/proc/acpi"], readonlyPaths: ["/proc/sys"] };
      const bind = { destination: "/tmp", source: images, options: ["bind"] };
      mkdirSync(images);
      const base = session.bundle(["sh", "-c", script], {}, masked);
      const { mounts, ...rest } = JSON.parse(readFileSync(join(base, "config.json"), "utf8")) as { mounts: object[] };
      const bundle = session.write({ ...rest, mounts: [...mounts, bind] });
      assert.equal(session.run(program, ["run", "-d", "-b", bundle, id]).stderr, "");
      const last = (): number => Number(readFileSync(join(images, "counted"), "utf8").trim().split("\n").pop() ?? "0");
      const wait = (): void => void spawnSync("sleep", ["0.5"]);
      wait();
      const folder = join(images, "saved");
      const saved = session.run(program, ["checkpoint", "--image-path", folder, id], { env: withCriu });
      assert.deepEqual(saved, { status: 0, stdout: "", stderr: "" });
      const before = last();
      const again = ["restore", "-d", "--image-path", folder, "-b", bundle, id];
      const back = session.run(program, again, { env: withCriu });
      assert.deepEqual(back, { status: 0, stdout: "", stderr: "" });
      wait();
      assert.ok(last() > before && before > 1);
      const entered = session.run(program, [
        "exec",
        id,
        "sh",
        "-c",
        "echo $$; readlink /proc/self/ns/time; readlink /proc/1/ns/time",
      ]);
      const [, own, first] = entered.stdout.split("\n");
      assert.equal(own, first);
      assert.equal(session.run(program, ["delete", "-f", id]).stderr, "");
      assert.deepEqual(session.leftovers(id), []);
    });
  });
});
