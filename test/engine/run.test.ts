import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import { writeImage } from "../engines/image.ts";
import { EngineSession, IMAGE, skipEngine } from "./session.ts";

const hasPlugins = ["/usr/lib/cni", "/opt/cni/bin"].some((folder) => existsSync(join(folder, "bridge")));

suite("teu run", { skip: skipEngine }, () => {
  const engine = new EngineSession();

  test("output, exit codes, and nothing left behind", async () => {
    const answer = engine.run([], "sh", "-c", "echo out; echo err >&2; exit 7");
    assert.deepEqual(answer, { status: 7, stdout: "out\n", stderr: "err\n" });
    assert.deepEqual(engine.names(), []);
    await engine.tidied();
    for (const folder of ["containers", "names"])
      assert.deepEqual(
        readdirSync(join(engine.root, folder)).filter((name) => name !== "snapshot.json"),
        [],
      );
    assert.deepEqual(readdirSync(join(engine.root, "run/containers")), []);
    assert.ok(!readFileSync("/proc/mounts", "utf8").includes(engine.root));
  });

  for (const [what, words, status, message] of [
    ["a program that is not there", ["no-such-program"], 127, /no-such-program/],
    ["a file that is no program", ["/etc/passwd"], 126, /permission denied/],
    ["a program that a signal ends", ["sh", "-c", "sh -c 'kill -9 $$'; exit $?"], 137, /./],
  ] as const)
    test(`the exit code of ${what}`, () => {
      const answer = engine.run([], ...words);
      assert.equal(answer.status, status);
      assert.match(answer.stderr, message);
    });

  for (const [what, words, message] of [
    ["an unknown option", ["--bogus", IMAGE], /Unknown option '--bogus'/],
    [
      "an image for another platform",
      ["--platform", "linux/s390x", IMAGE, "true"],
      /it is for linux\/\w+, expected linux\/s390x/,
    ],
    ["an image that is not there", ["--pull", "never", "no-such-image"], /no such image/],
    ["a value that cannot be read", ["-m", "lots", IMAGE, "true"], /--memory "lots"/],
    ["an unknown network", ["--network", "no-such-network", "--rm", IMAGE, "true"], /no-such-network/],
    ["an unknown user", ["-u", "nobody-here", IMAGE, "true"], /nobody-here/],
    ["an unknown runtime", ["--runtime", "no-such-runtime", "--rm", IMAGE, "true"], /no-such-runtime/],
  ] as const)
    test(`${what} is told of, with 125`, () => assertRefused(words, message));

  test("an image for another machine is told of, with 125", async () => {
    const name = "teu-foreign:test";
    const archive = join(engine.root, "foreign.tar");
    await writeImage(archive, { name, architecture: "s390x" });
    const pulled = await engine.here("pull", "--quiet", `docker-archive:${archive}`, `store:${name}`);
    assert.equal(pulled.status, 0, pulled.stderr);
    assertRefused(["--network", "none", name, "true"], /teu-foreign:test": it is for linux\/s390x, expected linux\//);
  });

  test("a port that is taken is told of, with 125", { skip: !hasPlugins && "needs CNI plug-ins" }, async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      const words = ["--rm", "-p", `127.0.0.1:${port}:80`, IMAGE, "true"];
      assertRefused(words, new RegExp(`${port}.*another program has it`));
      assert.deepEqual(readdirSync(join(engine.root, "run/containers")), []);
    } finally {
      server.close();
    }
  });

  /** What cannot be run is told of in one error, and nothing of it is left. */
  function assertRefused(words: readonly string[], message: RegExp): void {
    const { status, stdout, stderr } = engine.teu("run", ...words);
    assert.deepEqual([status, stdout], [125, ""], stderr);
    assert.match(stderr, message);
    assert.deepEqual(engine.names(), []);
    assert.deepEqual(engine.ids(), []);
  }

  test("standard input goes in, and its end too", async () => {
    const child = engine.start("run", "--rm", "-i", "--network", "none", IMAGE, "sh", "-c", "cat; echo done");
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stdin?.end("x".repeat(300_000));
    await once(child, "close");
    assert.equal(output, `${"x".repeat(300_000)}done\n`);
  });

  test("a great deal of output comes whole", () => {
    const { stdout } = engine.run([], "sh", "-c", "head -c 3000000 /dev/zero");
    assert.equal(stdout.length, 3_000_000);
  });

  test("options reach the container", () => {
    const options = [
      "-e",
      "A=b",
      "-w",
      "/tmp",
      "-u",
      "ana",
      "--hostname",
      "box",
      "--ulimit",
      "nofile=100",
      "--read-only",
    ];
    const script = "id -u; pwd; echo $A $HOME; hostname; ulimit -n; touch /x 2>&1; grep NoNewPrivs /proc/self/status";
    const { stdout } = engine.run([...options, "--security-opt", "no-new-privileges"], "sh", "-c", script);
    const lines = stdout.trimEnd().split("\n");
    assert.deepEqual(lines.slice(0, 5), ["1000", "/tmp", "b /home/ana", "box", "100"]);
    assert.match(lines[5] ?? "", /Read-only file system/);
    assert.match(lines[6] ?? "", /1$/);
  });

  test("limits reach the control groups", () => {
    const { stdout } = engine.run(["-m", "64m", "--pids-limit", "20"], "sh", "-c", "cat /proc/self/cgroup");
    assert.match(stdout, /./);
    const eaten = engine.run(["-m", "16m"], "sh", "-c", "x=a; while true; do x=$x$x; done");
    assert.equal(eaten.status, 137);
  });

  test("capabilities, the profile of system calls and hidden paths are docker's", () => {
    const { stdout } = engine.run(
      [],
      "sh",
      "-c",
      "grep -E 'CapEff|Seccomp:' /proc/self/status; unshare -m true 2>&1; wc -c < /proc/keys",
    );
    assert.match(stdout, /CapEff:\s*00000000a80425fb\nSeccomp:\s*2\n.*not permitted\n0\n/);
    const all = engine.run(["--privileged"], "sh", "-c", "unshare -m true && echo yes");
    assert.equal(all.stdout, "yes\n");
  });

  test("paths of the host, volumes and memory are mounted", () => {
    const folder = join(engine.root, "shared");
    mkdirSync(folder);
    writeFileSync(join(folder, "file"), "of the host\n");
    const mounts = ["-v", `${folder}:/a:ro`, "-v", "data:/etc", "--tmpfs", "/c:size=1m"];
    const { stdout } = engine.run(
      mounts,
      "sh",
      "-c",
      "cat /a/file; touch /a/x 2>/dev/null || echo no; head -1 /etc/passwd; echo kept > /etc/kept; grep ' /c ' /proc/mounts | cut -d' ' -f3",
    );
    assert.equal(stdout, "of the host\nno\nroot:x:0:0:root:/root:/bin/sh\ntmpfs\n");
    assert.equal(engine.run(["-v", "data:/b"], "cat", "/b/kept").stdout, "kept\n");
  });

  test("a small first process reaps others", (t) => {
    const answer = engine.run(["--init"], "sh", "-c", "cat /proc/1/cmdline | tr '\\0' ' '");
    if (answer.stderr.includes("neither")) return t.skip("needs catatonit or tini");
    assert.match(answer.stdout, /teu-init/);
  });

  test("signals are passed on", async () => {
    const script = "trap 'echo caught; exit 9' TERM; echo ready; while true; do sleep 0.1; done";
    const child = engine.start("run", "--rm", "--network", "none", "--name", "trap", IMAGE, "sh", "-c", script);
    const [ready] = (await once(child.stdout, "data")) as [Buffer];
    assert.match(ready.toString(), /ready/);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    assert.equal(code, 9);
  });

  test("a terminal of the right size", { skip: !existsSync("/usr/bin/script") && "needs script(1)" }, () => {
    const answer = engine.run(["-t"], "sh", "-c", "tty; test -t 1 && echo terminal");
    assert.equal(answer.stdout, "/dev/pts/0\r\nterminal\r\n");
  });
});
