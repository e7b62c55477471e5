import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { suite, test } from "node:test";
import { OrdinaryUser, SELF, needsTools } from "./ordinary-user.ts";
import { type Answer, BUILDS, onBothBuilds, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const TYPES = ["pid", "ipc", "uts", "mount", "network"];
const WHOLE = {
  paths: { "/": ["read", "execute"], "/tmp": ["read", "write", "make"], "/dev/null": ["read", "write"] },
  ports: { 81: ["bind"], 82: ["connect"] },
  scopes: ["signal"],
};
const annotated = (landlock: object): Record<string, unknown> => ({
  annotations: { "org.teu.runtime.landlock": JSON.stringify(landlock) },
});

/** What a container tries; each line says whether it could. */
const TRIES = `try() { (eval "$1") > /dev/null 2>&1 && echo "$1: yes" || echo "$1: no"; }
try 'cat /etc/passwd'; try 'echo a > /tmp/a'; try 'mkdir /tmp/b'; try 'mv /tmp/a /tmp/b'; try 'rm -r /tmp/b'
try 'echo a > /root/a'; try 'mkdir /c'; try 'chmod 700 /root; rm /root/a; rmdir /c'`;

const FREE = "yes yes yes yes yes yes yes yes";
const HELD = "yes yes yes yes yes no no no";
const verdicts = ({ stdout }: Answer): string =>
  [...stdout.matchAll(/: (yes|no)$/gmu)].map(([, word]) => word).join(" ");

suite("Landlock by annotation", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const run = (path: string): Answer => onBothBuilds((program) => session.run(program, ["run", "-b", path, "locked"]));
  const tries = (patch: object, linux: object = {}, process: object = {}): string =>
    verdicts(run(session.bundle(["sh", "-c", TRIES], { ...patch }, { ...linux }, { ...process })));
  const probe = skipContainers === false ? session.bundle(["true"], annotated({ paths: {}, scopes: ["signal"] })) : "";
  const problem = probe === "" ? "" : session.run(BUILDS[0] ?? "", ["run", "-b", probe, "probe"]).stderr;
  const skip = /this kernel has (no|version \d) /.test(problem) ? "needs Landlock of version 6" : false;

  test("root of a container is held to what is allowed, and to nothing without it", { skip }, () => {
    assert.equal(tries({}), FREE);
    assert.equal(tries(annotated(WHOLE)), HELD);
  });

  test("so is every capability, every user and who may gain privileges", { skip }, () => {
    const all = ["CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_FOWNER", "CAP_SETUID"];
    const capabilities = { bounding: all, effective: all, permitted: all };
    assert.equal(tries(annotated(WHOLE), {}, { capabilities, noNewPrivileges: false }), HELD);
    for (const noNewPrivileges of [true, false]) {
      const user = { uid: 1000, gid: 1000 };
      const path = session.bundle(
        ["sh", "-c", "echo a > /dev/shm; id -u; echo $HOME"],
        annotated(WHOLE),
        {},
        {
          user,
          noNewPrivileges,
        },
      );
      assert.match(run(path).stdout, /^1000\n\/home\/ana\n$/);
    }
  });

  test("below a filter that forbids the calls of Landlock", { skip }, () => {
    const names = ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"];
    const syscalls = [{ names, action: "SCMP_ACT_ERRNO" }];
    const seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls };
    for (const noNewPrivileges of [true, false])
      assert.equal(tries(annotated(WHOLE), { seccomp }, { noNewPrivileges }), HELD);
  });

  test("ports are held, and a signal does not leave what a program started", { skip }, () => {
    const script = `try() { timeout 1 nc -l -p $1 < /dev/null 2>&1 | grep -q denied && echo bind $1 denied; }
ask() { nc 127.0.0.1 $1 < /dev/null 2>&1 | grep -q denied && echo connect $1 denied; }
try 81; try 82; ask 81; ask 82; sleep 10 & kill $! && echo own child; exit 0`;
    const { stdout } = run(session.bundle(["sh", "-c", script], annotated(WHOLE)));
    assert.equal(stdout, "bind 82 denied\nconnect 81 denied\nown child\n");
  });

  test("later processes and hooks in the container are held too", { skip }, () => {
    const args = ["sh", "-c", "echo a > /root/hook; echo a > /tmp/hook; true"];
    const hooks = { startContainer: [{ path: "/bin/sh", args, env: ["PATH=/bin"] }] };
    const path = session.bundle(["sleep", "100"], { ...annotated(WHOLE), hooks });
    const answer = onBothBuilds((program) => {
      assert.equal(session.run(program, ["create", "-b", path, "later"]).stderr, "");
      assert.equal(session.run(program, ["start", "later"]).status, 0);
      const found = session.run(program, ["exec", "later", "sh", "-c", "ls /tmp/hook /root/hook; kill -0 1"]);
      const tried = verdicts(session.run(program, ["exec", "later", "sh", "-c", TRIES]));
      session.run(program, ["exec", "later", "rm", "/tmp/hook"]);
      session.run(program, ["delete", "-f", "later"]);
      return { out: found.stdout, isDenied: found.stderr.includes("Operation not permitted"), tried };
    });
    assert.deepEqual(answer, { out: "/tmp/hook\n", isDenied: true, tried: HELD });
  });

  test("an ordinary user's container is held like others", { skip: skip || needsTools }, () => {
    const user = new OrdinaryUser(session.path);
    const namespaces = [...TYPES, "user"].map((type) => ({ type }));
    const mounts = [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", source: "/dev", options: ["rbind"] },
    ];
    const linux = { namespaces, uidMappings: SELF, gidMappings: SELF };
    const answers = [{}, annotated(WHOLE)].map((patch) => {
      const path = session.bundle(["sh", "-c", TRIES], { mounts, ...patch }, linux);
      chmodSync(path, 0o755);
      return verdicts(onBothBuilds((program) => user.run(program, `$0 run --bundle ${path} locked`)));
    });
    assert.deepEqual(answers, [FREE, HELD]);
  });

  test("plan shows it, and what is not there fails by its name", { skip }, () => {
    const planned = session.bundle(["true"], annotated(WHOLE));
    const { stdout } = onBothBuilds((program) => session.run(program, ["plan", "-b", planned]));
    assert.match(stdout, /start {4}process\.landlock .*\/tmp=read,write,make.*port 81=bind.*signal.*# annotations/);
    const path = session.bundle(["true"], annotated({ paths: { "/nowhere": ["read"] } }));
    assert.match(run(path).stderr, /annotations\["org\.teu.*"\]: allow with Landlock "\/nowhere": no such file/);
    assert.deepEqual(session.leftovers("locked"), []);
  });
});
