import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { type Answer, BUILDS, onBothBuilds, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

suite("the life of a container", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const teu = (program: string, ...args: string[]): Answer => session.run(program, args);

  test("a record that cannot be read does not hide the others", () => {
    const path = session.bundle(["true"]);
    const odd = join(session.root, "odd");
    const answer = onBothBuilds((program) => {
      assert.equal(session.run(program, ["create", "-b", path, "plain"]).stderr, "");
      mkdirSync(odd);
      writeFileSync(join(odd, "state.json"), '{"id":"odd","bundle":7}');
      const listed = session.run(program, ["list", "-q"]);
      assert.equal(session.run(program, ["delete", "-f", "odd"]).status, 0);
      session.run(program, ["delete", "-f", "plain"]);
      return listed;
    });
    assert.deepEqual([answer.status, answer.stdout], [0, "plain\n"]);
    assert.match(answer.stderr, /warning: state of container "odd": bundle: expected a string, got number/);
  });

  test("run gives the output and the status of the program, and leaves nothing", () => {
    const path = session.bundle(["sh", "-c", "echo out; echo err >&2; exit 7"]);
    const answer = onBothBuilds((program) => teu(program, "run", "--bundle", path, "run-1"));
    assert.deepEqual(answer, { status: 7, stdout: "out\n", stderr: "err\n" });
    assert.deepEqual(session.leftovers("run-1"), []);
  });

  test("the program is alone: pid 1, own host name, own mounts, few devices", () => {
    const script =
      "echo $$ $(hostname) $(ls /dev | grep -v core); cat /proc/acpi/* /sys/firmware/* 2>&1 | grep -v 'such file'; cat /proc/keys; echo x > /proc/sys/kernel/domainname";
    const path = session.bundle(["sh", "-c", script]);
    const answer = onBothBuilds((program) => teu(program, "run", "-b", path, "run-2"));
    assert.equal(answer.stdout.trim(), "1 box fd full null ptmx pts random stderr stdin stdout tty urandom zero");
    assert.match(answer.stderr, /can't create \/proc\/sys\/kernel\/domainname: Read-only file system/);
  });

  test("create, start, state, kill and delete follow each other", () => {
    const path = session.bundle(["sleep", "100"]);
    onBothBuilds((program) => {
      const state = (): unknown => session.status(program, "life");
      const pidFile = join(session.path, "pid");
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
    assert.deepEqual(session.leftovers("life"), []);
  });

  test("a cgroup that is there and frozen is refused, and left as it is", () => {
    const groups = ["/sys/fs/cgroup/freezer", "/sys/fs/cgroup"].filter((folder) => existsSync(folder));
    const folder = `${groups[0] ?? ""}/teu-frozen`;
    const [file, value] = groups.length > 1 ? ["freezer.state", "FROZEN"] : ["cgroup.freeze", "1"];
    mkdirSync(folder);
    try {
      writeFileSync(join(folder, file), value);
      const path = session.bundle(["true"], {}, { cgroupsPath: "/teu-frozen" });
      const answer = onBothBuilds((program) => teu(program, "create", "-b", path, "frozen"));
      assert.equal(answer.status, 1);
      assert.match(answer.stderr, /linux\.cgroupsPath: container's cgroup unexpectedly frozen/);
      assert.deepEqual(session.leftovers("frozen"), []);
      assert.equal(readFileSync(join(folder, file), "utf8").trim(), value);
    } finally {
      if (existsSync(folder)) rmdirSync(folder);
    }
  });

  test("a cgroup with processes is refused, and they live on", () => {
    const path = session.bundle(["sleep", "100"], {}, { cgroupsPath: "/teu-shared" });
    onBothBuilds((program) => {
      assert.equal(teu(program, "run", "-d", "-b", path, "owner").stderr, "");
      assert.match(teu(program, "run", "-b", path, "guest").stderr, /container's cgroup is not empty/);
      assert.equal(session.status(program, "owner"), "running");
      assert.equal(teu(program, "delete", "--force", "owner").stderr, "");
    });
    assert.deepEqual(session.leftovers("guest"), []);
  });

  test("a created container ends by SIGTERM, although it is the first of its namespace", () => {
    const path = session.bundle(["sleep", "100"]);
    onBothBuilds((program) => {
      assert.equal(teu(program, "create", "-b", path, "early").stderr, "");
      assert.equal(teu(program, "kill", "early", "TERM").stderr, "");
      while (session.status(program, "early") !== "stopped");
      assert.equal(teu(program, "delete", "early").stderr, "");
    });
  });

  test("delete --force stops what runs, with all its processes", () => {
    const path = session.bundle(["sh", "-c", "sleep 100 & sleep 100 & wait"]);
    onBothBuilds((program) => {
      assert.equal(teu(program, "run", "-d", "-b", path, "forced").status, 0);
      assert.equal(teu(program, "delete", "--force", "forced").status, 0);
    });
    assert.deepEqual(session.leftovers("forced"), []);
  });

  test("a container starts within 256 KiB of memory, with the reference build within 512 KiB", () => {
    const [release = "", reference = ""] = BUILDS;
    // Without its compiler the reference build stands in for the release build.
    const standsIn = statSync(release).size === statSync(reference).size;
    const runs: [string, number][] = [
      [release, standsIn ? 512 : 256],
      [reference, 512],
    ];
    for (const [program, kibibytes] of runs) {
      const path = session.bundle(["true"], {}, { resources: { memory: { limit: kibibytes * 1024 } } });
      assert.deepEqual(teu(program, "run", "-b", path, "small"), { status: 0, stdout: "", stderr: "" });
    }
  });

  test("a program that is missing fails create, in the words that callers look for", () => {
    const cases = [
      [["nope"], /executable file not found in \$PATH/],
      [["/nope"], /no such file or directory/],
      [["/etc"], /is a directory/],
      [["/etc/passwd"], /permission denied/],
    ] as const;
    for (const [args, message] of cases) {
      const path = session.bundle(args);
      const answer = onBothBuilds((program) => teu(program, "create", "-b", path, "missing"));
      assert.equal(answer.status, 1);
      assert.match(answer.stderr, message);
    }
    assert.deepEqual(session.leftovers("missing"), []);
  });

  test("a failure in the container's own start reaches start and the log", () => {
    const path = session.bundle(["sh"], { hooks: { startContainer: [{ path: "/bin/false" }] } });
    onBothBuilds((program) => {
      const log = join(session.path, `log-${Math.random()}`);
      assert.equal(teu(program, "create", "-b", path, "failing").stderr, "");
      const answer = runProgram(program, [
        "--root",
        session.root,
        "--log",
        log,
        "--log-format=json",
        "start",
        "failing",
      ]);
      assert.equal(answer.status, 1);
      const entry = JSON.parse(readFileSync(log, "utf8")) as Record<string, unknown>;

      assert.equal(entry["level"], "error");
      assert.equal(entry["field"], "hooks.startContainer[0]");
      assert.equal(teu(program, "delete", "failing").status, 0);
    });
  });
});
