import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { Workshop, configFor } from "./bundle.ts";
import { type Answer, BUILDS, onBothBuilds, runProgram, skipContainers } from "./program.ts";

suite("the life of a container", { skip: skipContainers }, () => {
  const workshop = skipContainers === false ? new Workshop() : undefined;
  const root = workshop?.root ?? "";
  after(() => {
    for (const id of existsSync(root) ? readdirSync(root) : []) teu(BUILDS[0] ?? "", "delete", "--force", id);
    workshop?.remove();
  });

  const bundle = (...config: Parameters<typeof configFor>): string => workshop?.bundle(configFor(...config)) ?? "";
  const teu = (program: string, ...args: string[]): Answer => runProgram(program, ["--root", root, ...args]);
  const leftovers = (id: string): string[] => [
    ...(existsSync(root) ? readdirSync(root) : []),
    ...globSync(`/sys/fs/cgroup/**/${id}`),
  ];

  test("run gives the output and the status of the program, and leaves nothing", () => {
    const path = bundle(["sh", "-c", "echo out; echo err >&2; exit 7"]);
    const answer = onBothBuilds((program) => teu(program, "run", "--bundle", path, "run-1"));
    assert.deepEqual(answer, { status: 7, stdout: "out\n", stderr: "err\n" });
    assert.deepEqual(leftovers("run-1"), []);
  });

  test("the program is alone: pid 1, own host name, own mounts, few devices", () => {
    const script =
      "echo $$ $(hostname) $(ls /dev | grep -v core); cat /proc/acpi/* /sys/firmware/* 2>&1 | grep -v 'such file'; cat /proc/keys; echo x > /proc/sys/kernel/domainname";
    const path = bundle(["sh", "-c", script]);
    const answer = onBothBuilds((program) => teu(program, "run", "-b", path, "run-2"));
    assert.equal(answer.stdout.trim(), "1 box fd full null ptmx pts random stderr stdin stdout tty urandom zero");
    assert.match(answer.stderr, /can't create \/proc\/sys\/kernel\/domainname: Read-only file system/);
  });

  test("create, start, state, kill and delete follow each other", () => {
    const path = bundle(["sleep", "100"]);
    onBothBuilds((program) => {
      const state = (): unknown => (JSON.parse(teu(program, "state", "life").stdout) as { status: unknown }).status;
      const pidFile = join(workshop?.path ?? "", "pid");
      assert.equal(teu(program, "create", "--bundle", path, "--pid-file", pidFile, "life").status, 0);
      assert.match(readFileSync(pidFile, "utf8"), /^[1-9][0-9]*$/);
      assert.equal(state(), "created");
      assert.match(teu(program, "create", "-b", path, "life").stderr, /container with given ID already exists/);
      assert.equal(teu(program, "start", "life").status, 0);
      assert.equal(state(), "running");
      assert.match(teu(program, "start", "life").stderr, /cannot start an already running container/);
      assert.match(teu(program, "delete", "life").stderr, /not stopped: running/);
      assert.equal(teu(program, "kill", "life", "KILL").status, 0);
      while (state() !== "stopped");
      assert.match(teu(program, "kill", "life", "TERM").stderr, /container not running/);
      assert.equal(teu(program, "delete", "life").status, 0);
      assert.match(teu(program, "state", "life").stderr, /container does not exist/);
      assert.equal(teu(program, "delete", "--force", "life").status, 0);
    });
    assert.deepEqual(leftovers("life"), []);
  });

  test("delete --force stops what runs, with all its processes", () => {
    const path = bundle(["sh", "-c", "sleep 100 & sleep 100 & wait"]);
    onBothBuilds((program) => {
      assert.equal(teu(program, "run", "-d", "-b", path, "forced").status, 0);
      assert.equal(teu(program, "delete", "--force", "forced").status, 0);
    });
    assert.deepEqual(leftovers("forced"), []);
  });

  test("a program that is missing fails create, in the words that callers look for", () => {
    const cases = [
      [["nope"], /executable file not found in \$PATH/],
      [["/nope"], /no such file or directory/],
      [["/etc"], /is a directory/],
      [["/etc/passwd"], /permission denied/],
    ] as const;
    for (const [args, message] of cases) {
      const path = bundle(args);
      const answer = onBothBuilds((program) => teu(program, "create", "-b", path, "missing"));
      assert.equal(answer.status, 1);
      assert.match(answer.stderr, message);
    }
    assert.deepEqual(leftovers("missing"), []);
  });

  test("a failure in the container's own start reaches start and the log", () => {
    const path = bundle(["sh"], { hooks: { startContainer: [{ path: "/bin/false" }] } });
    onBothBuilds((program) => {
      const log = join(workshop?.path ?? "", `log-${Math.random()}`);
      assert.equal(teu(program, "create", "-b", path, "failing").status, 0);
      const answer = runProgram(program, ["--root", root, "--log", log, "--log-format=json", "start", "failing"]);
      assert.equal(answer.status, 1);
      const entry = JSON.parse(readFileSync(log, "utf8")) as Record<string, unknown>;

      assert.equal(entry["level"], "error");
      assert.equal(entry["field"], "hooks.startContainer[0]");
      assert.equal(teu(program, "delete", "failing").status, 0);
    });
  });
});
