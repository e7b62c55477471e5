import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { onBothBuilds, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

suite("descriptors, sockets and terminals", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  /** Runs a shell line in which $TEU is a build with its root. */
  const shell = (program: string, line: string): ReturnType<typeof runProgram> =>
    runProgram("/bin/bash", ["-c", line], { env: { TEU: `${program} --root ${session.root}` } });

  test("descriptors that are to be kept reach the program, others do not", () => {
    const path = session.bundle(["sh", "-c", "cat <&3; cat <&4; cat <&5; ls /proc/self/fd | tr '\\n' ' '"]);
    const line = `$TEU run --preserve-fds 2 -b ${path} kept 3< <(echo three) 4< <(echo four) 5< <(echo five) 7</etc`;
    const { stdout, stderr } = onBothBuilds((program) => shell(program, line));
    assert.equal(stdout, "three\nfour\n0 1 2 3 4 5 ");
    assert.match(stderr, /5: Bad file descriptor|bad fd/);
  });

  test("the host's /dev/null gives way to the container's", () => {
    const path = session.bundle(["stat", "-L", "-c", "%d %t %T", "/proc/self/fd/0", "/dev/null"]);
    const { stdout } = onBothBuilds((program) => {
      const answer = shell(program, `$TEU run -b ${path} null < /dev/null`);
      return {
        ...answer,
        stdout: answer.stdout.replaceAll(/^\d+/gmu, (device) => (answer.stdout.startsWith(device) ? "same" : device)),
      };
    });
    assert.equal(stdout, "same 1 3\nsame 1 3\n");
  });

  test("sockets of systemd are passed on, and their number is told", () => {
    const path = session.bundle(["sh", "-c", "cat <&3; echo $LISTEN_FDS $LISTEN_PID"]);
    const { stdout } = onBothBuilds((program) =>
      shell(program, `LISTEN_FDS=1 $TEU run -b ${path} listen 3< <(echo three)`),
    );
    assert.equal(stdout, "three\n1 1\n");
  });

  test("run has a terminal of its own where the caller has one", () => {
    const path = session.bundle(
      ["sh", "-c", "[ -t 0 ] && [ -t 1 ] && echo terminal; ls /dev/console /dev/pts"],
      {},
      {},
      { terminal: true },
    );
    const line = (program: string): string =>
      shell(program, `script -qec "$TEU run -b ${path} tty" /dev/null </dev/null`).stdout;
    // What script shows of the end of its own input comes at any time.
    const shown = onBothBuilds((program) => line(program).replaceAll("\r", "").replace("^@", ""));
    assert.match(shown, /^terminal\n\/dev\/console\n\n\/dev\/pts:\n0 +ptmx\n$/);
  });

  test("create with a terminal needs a console socket, and one without a terminal takes none", () => {
    const withTerminal = session.bundle(["true"], {}, {}, { terminal: true });
    const without = session.bundle(["true"]);
    const answers = onBothBuilds((program) => [
      session.run(program, ["create", "-b", withTerminal, "console"]).stderr,
      session.run(program, ["create", "-b", without, "--console-socket", "/nope", "console"]).stderr,
    ]);
    assert.match(answers[0] ?? "", /cannot allocate tty/);
    assert.match(answers[1] ?? "", /cannot use console socket/);
    assert.deepEqual(session.leftovers("console"), []);
  });
});
