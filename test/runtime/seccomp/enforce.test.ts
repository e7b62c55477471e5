import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Workshop, configFor } from "../bundle.ts";
import { type Answer, BUILDS, onBothBuilds, runProgram, skipContainers } from "../program.ts";
import { type Json, dockerLike } from "./profiles.ts";

suite("seccomp in containers", { skip: skipContainers }, () => {
  const workshop = skipContainers === false ? new Workshop() : undefined;
  const root = workshop?.root ?? "";
  after(() => workshop?.remove());

  const bundle = (args: readonly string[], seccomp: Json, noNewPrivileges: boolean): string => {
    return workshop?.bundle(configFor(args, {}, { seccomp }, { noNewPrivileges })) ?? "";
  };
  const run = (program: string, path: string): Answer =>
    runProgram(program, ["--root", root, "run", "--bundle", path, "filtered"]);

  const deny = (names: readonly string[], action: Json = { action: "SCMP_ACT_ERRNO" }): Json => ({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names, ...action }],
  });

  for (const noNewPrivileges of [false, true]) {
    const when = noNewPrivileges ? "with no_new_privs" : "without no_new_privs";

    test(`calls are denied as told, ${when}`, () => {
      const script = "mkdir /tmp/a; echo $?; ln -s a /tmp/b 2>&1; echo done; grep Seccomp: /proc/self/status";
      const profile: Json = {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [
          { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28 },
          { names: ["symlink", "symlinkat"], action: "SCMP_ACT_ERRNO" },
        ],
      };
      const { stdout, stderr } = onBothBuilds((program) =>
        run(program, bundle(["sh", "-c", script], profile, noNewPrivileges)),
      );
      assert.match(stderr, /No space left on device/);
      assert.match(stdout, /^1\n.*Operation not permitted\ndone\nSeccomp:\s+2\n$/);
    });

    test(`a profile such as Docker's lets programs run, ${when}`, () => {
      const script =
        "echo in && (unshare -m true 2>&1; setarch --help >/dev/null 2>&1; ls / | wc -l) >/dev/null; mount -t tmpfs x /tmp 2>&1";
      const path = bundle(["sh", "-c", script], dockerLike(), noNewPrivileges);
      const { stdout } = onBothBuilds((program) => run(program, path));
      assert.match(stdout, /^in\n.*(?:Operation not permitted|permission denied)/is);
    });

    test(`a profile that is older than calls of the runtime lets programs run, ${when}`, () => {
      const newer = ["faccessat2", "openat2", "close_range", "getcwd", "clone3", "mount_setattr"];
      const path = bundle(["echo", "hi"], deny(newer), noNewPrivileges);
      const answer = onBothBuilds((program) => run(program, path));
      assert.deepEqual(answer, { status: 0, stdout: "hi\n", stderr: "" });
    });

    test(`a call that kills, kills, ${when}`, () => {
      const path = bundle(
        ["sh", "-c", "mkdir /tmp/x; echo alive"],
        deny(["mkdir", "mkdirat"], { action: "SCMP_ACT_KILL_PROCESS" }),
        noNewPrivileges,
      );
      const { stdout, stderr } = onBothBuilds((program) => run(program, path));
      assert.equal(stdout, "alive\n");
      assert.match(stderr, /Bad system call/);
    });
  }

  test("an agent is handed the listener with the state of the process", async () => {
    const profile = { ...deny(["mkdir", "mkdirat"], { action: "SCMP_ACT_NOTIFY" }), listenerMetadata: "some words" };
    for (const program of BUILDS) {
      const socket = join(workshop?.path ?? "", "agent");
      const told = `${socket}.json`;
      const agent = spawn("python3", ["-c", AGENT, socket, told], { stdio: "inherit" });
      try {
        for (let i = 0; i < 1000 && !existsSync(socket); i++) await setTimeout(5);
        const path = bundle(["sh", "-c", "mkdir /tmp/x; echo $?"], { ...profile, listenerPath: socket }, true);
        const { stdout, stderr, status } = run(program, path);
        assert.deepEqual({ status, stdout }, { status: 0, stdout: "1\n" }, stderr);
        assert.match(stderr, /Read-only file system/);
        const message = JSON.parse(readFileSync(told, "utf8")) as Record<string, Record<string, unknown>>;
        assert.deepEqual([message["fds"], message["metadata"]], [["seccompFd"], "some words"]);
        assert.equal(message["state"]?.["id"], "filtered");
      } finally {
        agent.kill("SIGKILL");
        for (const file of [socket, told]) rmSync(file, { force: true });
      }
    }
  });

  test("an agent that is not there fails the start", () => {
    const profile = { ...deny(["mkdir"], { action: "SCMP_ACT_NOTIFY" }), listenerPath: "/nowhere/agent" };
    const path = bundle(["true"], profile, true);
    const { status, stderr } = onBothBuilds((program) => run(program, path));
    assert.equal(status, 1);
    assert.match(
      stderr,
      /linux\.seccomp\.listenerPath: failed to connect with seccomp agent: connect to "\/nowhere\/agent": no such file/,
    );
  });

  test("profiles that cannot be are refused by the name of their field", () => {
    const cases: readonly (readonly [Json, RegExp])[] = [
      [
        deny(["write"], { action: "SCMP_ACT_NOTIFY" }),
        /syscalls\[0\]\.names: SCMP_ACT_NOTIFY cannot be used for the write syscall/,
      ],
      [deny(["mkdir"], { action: "SCMP_ACT_NOTIFY" }), /listenerPath is not set/],
      [deny(["mkdir"], { action: "SCMP_ACT_KILL", errnoRet: 3 }), /syscalls\[0\]\.errnoRet: .*carries no errno/],
      [
        { defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/x" },
        /defaultAction: SCMP_ACT_NOTIFY cannot be used as default action/,
      ],
      [
        { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_VAX"] },
        /architectures\[0\]: "SCMP_ARCH_VAX" is unknown/,
      ],
      [{ ...deny(["mkdir"]), listenerMetadata: "x" }, /listenerMetadata: is only for an agent/],
    ];
    for (const [profile, message] of cases) {
      const { status, stderr } = onBothBuilds((program) => run(program, bundle(["true"], profile, true)));
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
  });
});

// Takes one listener, keeps what came with it, and answers every call that it hears of with EROFS.
const AGENT = `
import array, fcntl, signal, socket, struct, sys
signal.alarm(60)
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
connection, _ = server.accept()
message, control, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(4))
with open(sys.argv[2], "wb") as out: out.write(message)
listener = array.array("i", control[0][2])[0]
try:
    while True:
        request = bytearray(80)
        fcntl.ioctl(listener, 0xC0502100, request)
        fcntl.ioctl(listener, 0xC0182101, bytearray(request[:8] + struct.pack("<qiI", 0, -30, 0)))
except OSError:
    pass
`;
