import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { type Answer, BUILDS, onBothBuilds, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

interface Stats {
  readonly type: string;
  readonly id: string;
  readonly data: Readonly<Record<string, Record<string, Record<string, unknown>>>>;
}

/** Runs a command where version 2 of control groups is the only one. */
function onVersion2(program: string, args: readonly string[]): Answer {
  const script = 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"';
  return runProgram("unshare", ["--mount", "sh", "-c", script, "sh", program, ...args]);
}

const RECEIVER = `
import array, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
for _ in range(3):
    data, control, _, _ = server.recvmsg(4096, socket.CMSG_SPACE(4))
    print(data.decode().strip() + (f" with {len(control)}" if control else ""))
import os
os.unlink(sys.argv[1])
`;

const SENDER = `#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path, getenv("NOTIFY_SOCKET"), sizeof to.sun_path - 1);
  const char *text = "READY=1\\nSTATUS=up\\n";
  sendto(socket(AF_UNIX, SOCK_DGRAM, 0), text, strlen(text), 0, (struct sockaddr *)&to, sizeof to);
  return sleep(100);
}
`;

function compileSender(path: string): void {
  execFileSync("cc", ["-static", "-x", "c", "-o", path, "-"], { input: SENDER });
}

suite("events and statistics", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const teu = (program: string, ...args: string[]): Answer => session.run(program, args);
  const shape = (value: unknown): unknown => {
    if (typeof value === "number") return 0;
    if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]));
  };

  test("events --stats has the fields of runc on version 1, and counts", () => {
    const limits = { pids: { limit: 20 }, memory: { limit: 33_554_432 } };
    const path = session.bundle(["sleep", "100"], {}, { resources: limits });
    onBothBuilds((program) => {
      assert.equal(teu(program, "run", "-d", "-b", path, "stats-1").stderr, "");
      const { type, id, data } = JSON.parse(teu(program, "events", "--stats", "stats-1").stdout) as Stats;
      assert.deepEqual([type, id], ["stats", "stats-1"]);
      assert.deepEqual(data["pids"], { current: 1, limit: 20 });
      assert.equal(data["memory"]?.["usage"]?.["limit"], 33_554_432);
      assert.ok(Number(data["cpu"]?.["usage"]?.["total"]) > 0);
      assert.deepEqual(Object.keys(data), [
        "cpu",
        "cpuset",
        "memory",
        "pids",
        "blkio",
        "hugetlb",
        "intel_rdt",
        "network_interfaces",
      ]);
      assert.equal(teu(program, "delete", "-f", "stats-1").stderr, "");
      return shape(data);
    });
  });

  test("events --stats on version 2 has pressure and no per-processor times", () => {
    const path = session.bundle(["sleep", "100"]);
    onBothBuilds((program) => {
      const run = (...args: string[]): Answer => onVersion2(program, ["--root", session.root, ...args]);
      assert.equal(run("run", "-d", "-b", path, "stats-2").stderr, "");
      const { data } = JSON.parse(run("events", "--stats", "stats-2").stdout) as Stats;
      assert.equal(run("delete", "-f", "stats-2").stderr, "");
      assert.deepEqual(Object.keys(data["cpu"]?.["usage"] as object), ["total", "kernel", "user"]);
      return shape(data);
    });
  });

  test("a process that is killed for want of memory is told, between statistics, until the container ends", async () => {
    const script = "sleep 0.3; tail -c 200m /dev/zero > /dev/null; sleep 0.5";
    const path = session.bundle(["sh", "-c", script], {}, { resources: { memory: { limit: 16_777_216 } } });
    for (const program of BUILDS) {
      assert.equal(teu(program, "run", "-d", "-b", path, "oom").stderr, "");
      const args = ["--root", session.root, "events", "--interval", "100ms", "oom"];
      const events = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
      const types = new Set<string>();
      let seen = "";
      for await (const chunk of events.stdout) {
        seen += String(chunk);
        if (seen.includes('"type":"oom"') && seen.includes('"stats"')) teu(program, "delete", "-f", "oom");
      }
      for (const line of seen.trim().split("\n")) types.add((JSON.parse(line) as Stats).type);
      assert.deepEqual([...types].sort(), ["oom", "stats"]);
    }
  });

  test("events refuse what has stopped, and intervals that are none", () => {
    const path = session.bundle(["true"]);
    onBothBuilds((program) => {
      assert.equal(teu(program, "run", "--keep", "-b", path, "ended").status, 0);
      assert.match(teu(program, "events", "ended").stderr, /container with id ended is not running/);
      assert.match(teu(program, "events", "--interval=0s", "ended").stderr, /interval must be greater than 0/);
      assert.match(teu(program, "events", "--interval", "5x", "ended").stderr, /invalid duration "5x"/);
      assert.equal(teu(program, "delete", "ended").status, 0);
    });
  });

  test("ps gives its options to the host's ps", () => {
    const path = session.bundle(["sleep", "100"]);
    onBothBuilds((program) => {
      assert.equal(teu(program, "run", "-d", "-b", path, "listed").status, 0);
      const lines = teu(program, "ps", "listed").stdout.trim().split("\n");
      assert.match(lines[0] ?? "", /^UID +PID +PPID .*CMD$/);
      assert.match(lines[1] ?? "", /^root .*sleep 100$/);
      assert.equal(lines.length, 2);
      const chosen = teu(program, "ps", "listed", "-o", "pid,comm", "-e");
      assert.match(chosen.stdout, /^ +PID COMMAND\n *[0-9]+ sleep\n$/);
      assert.match(teu(program, "ps", "listed", "-o", "comm").stderr, /couldn't find PID field/);
      assert.equal(teu(program, "kill", "--regex", "^list", "KILL").stderr, "");
      assert.equal(teu(program, "delete", "--force", "--regex", "^list").stderr, "");
    });
    assert.deepEqual(session.leftovers("listed"), []);
  });

  test("a program that says it is ready is passed on to the socket of systemd", async () => {
    const receiver = join(session.path, "receive.py");
    const host = join(session.path, "host.sock");
    writeFileSync(receiver, RECEIVER);
    compileSender(join(session.path, "rootfs/send"));
    for (const program of BUILDS) {
      const systemd = spawn("python3", [receiver, host], { stdio: ["ignore", "pipe", "inherit"] });
      while (!existsSync(host)) await new Promise((resolve) => setTimeout(resolve, 5));
      const sender = session.bundle(["/send"]);
      const options = { env: { NOTIFY_SOCKET: host } };
      assert.equal(session.run(program, ["create", "-b", sender, "ready"], options).stderr, "");
      assert.equal(session.run(program, ["start", "ready"], options).stderr, "");
      const { pid } = JSON.parse(teu(program, "state", "ready").stdout) as { pid: number };
      let told = "";
      for await (const chunk of systemd.stdout) told += String(chunk);
      assert.equal(told, `READY=1\nMAINPID=${pid}\nBARRIER=1 with 1\n`);
      assert.equal(teu(program, "delete", "-f", "ready").stderr, "");
    }
    assert.deepEqual(session.leftovers("ready"), []);
  });

  test("--config names another file, and --no-pivot moves the root", () => {
    const path = session.bundle(["sh", "-c", "ls /; grep -c 'rootfs / ' /proc/self/mountinfo"]);
    const other = join(session.path, "other.json");
    runProgram("mv", [join(path, "config.json"), other]);
    const answer = onBothBuilds((program) => teu(program, "run", "-b", path, "--config", other, "--no-pivot", "moved"));
    assert.equal(answer.stderr, "");
    assert.match(answer.stdout, /^bin\ndev\netc\n(?:.*\n)*1\n$/);
  });
});
