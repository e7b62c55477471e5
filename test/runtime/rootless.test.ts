import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { suite, test } from "node:test";
import { OrdinaryUser, RANGE, SELF, needsTools } from "./ordinary-user.ts";
import { onBothBuilds, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const TYPES = ["pid", "ipc", "uts", "mount", "network", "user"];

suite("an ordinary user", { skip: skipContainers || needsTools }, () => {
  const session = new ContainerSession();
  const user = new OrdinaryUser(session.path);
  const bundle = (args: readonly string[], mapping: unknown, process: Record<string, unknown> = {}): string => {
    const mounts = [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"] },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro", "nosuid", "noexec", "nodev"] },
      { destination: "/mnt", source: "/etc/hostname", options: ["bind", "ro"] },
    ];
    const namespaces = TYPES.map((type) => ({ type }));
    const path = session.bundle(args, { mounts }, { namespaces, uidMappings: mapping, gidMappings: mapping }, process);
    chmodSync(path, 0o755);
    return path;
  };

  test("runs the whole life of a container, mapped to itself alone", () => {
    const path = bundle(["sh", "-c", "cat /proc/self/uid_map /proc/self/setgroups; id -u; sleep 100"], SELF);
    const script = `cd ${path}; $0 create life > out; $0 state life | grep -c status.*created; $0 start life
$0 exec life sh -c 'id -u; echo $$ > /dev/null'
for i in 1 2 3 4 5 6 7 8 9; do grep -q "^0" out && break; sleep 0.3; done
$0 list -q; $0 ps -f json life | grep -c "^.[0-9]"; $0 kill life KILL
for i in 1 2 3 4 5 6 7 8 9; do $0 state life | grep -q stopped && break; sleep 0.1; done
cat out; $0 delete life; ls $XDG_RUNTIME_DIR/teu-runtime`;
    chmodSync(path, 0o777);
    const answer = onBothBuilds((program) => user.run(program, script));
    assert.equal(answer.stderr, "");
    const [created, ...rest] = answer.stdout.split("\n").map((line) => line.trim());
    assert.equal(created, "1");
    assert.deepEqual(rest.slice(0, 3), ["0", "life", "1"]);
    assert.match(answer.stdout, /\n +0 +4321 +1\ndeny\n0\n$/);
  });

  test("gets ranges of ids by newuidmap and newgidmap", () => {
    const path = bundle(["sh", "-c", "cat /proc/self/uid_map; id -u; id -G"], RANGE, {
      user: { uid: 5, gid: 6, additionalGids: [7] },
    });
    const answer = onBothBuilds((program) => user.run(program, `$0 run --bundle ${path} range`));
    assert.equal(answer.stderr, "");
    assert.match(answer.stdout, /^ +0 +4321 +1\n +1 +700000 +65536\n5\n6 7\n$/);
  });

  test("clocks of a time namespace are shifted with the rights of the user namespace", () => {
    const namespaces = [...TYPES, "time"].map((type) => ({ type }));
    const offsets = { timeOffsets: { boottime: { secs: 1_000_000_000 } } };
    const linux = { namespaces, uidMappings: SELF, gidMappings: SELF, ...offsets };
    const mounts = [{ destination: "/proc", type: "proc", source: "proc" }];
    const path = session.bundle(["sh", "-c", "cut -c1-3 /proc/uptime"], { mounts }, linux);
    const answer = onBothBuilds((program) => user.run(program, `$0 run --bundle ${path} time`));
    assert.deepEqual(answer, { status: 0, stdout: "100\n", stderr: "" });
  });

  test("what the user may not have is refused by name", () => {
    const foreign = [{ containerID: 0, hostID: 0, size: 1 }];
    const groups = bundle(["true"], SELF, { user: { uid: 0, gid: 0, additionalGids: [7] } });
    const cases: readonly (readonly [string, RegExp])[] = [
      [bundle(["true"], foreign), /linux\.uidMappings: newuidmap ended with status 1: .*not allowed/],
      [groups, /process\.user\.additionalGids: cannot set any additional groups/],
      [session.bundle(["true"]), /linux\.namespaces: rootless container requires user namespaces/],
    ];
    for (const [path, message] of cases) {
      const answer = onBothBuilds((program) => user.run(program, `$0 run --bundle ${path} no`));
      assert.equal(answer.status, 1);
      assert.match(answer.stderr, message);
    }
    assert.deepEqual(
      user.run(skipContainers === false ? "teu-runtime" : "", "ls $XDG_RUNTIME_DIR/teu-runtime").stdout,
      "",
    );
  });

  test("limits need a cgroup that the user may write to, and are refused elsewhere", () => {
    const linux = { namespaces: TYPES.map((type) => ({ type })), uidMappings: SELF, gidMappings: SELF };
    const path = session.bundle(["true"], { mounts: [] }, { ...linux, resources: { pids: { limit: 5 } } });
    const answer = onBothBuilds((program) => user.run(program, `$0 run --bundle ${path} limits`));
    assert.match(answer.stderr, /linux\.resources\.pids\.limit: the container has no cgroup with the pids controller/);
  });

  test("cgroups below the host's /sys are read-only as that is (CVE-2023-25809)", () => {
    const sys = { destination: "/sys", source: "/sys", options: ["rbind", "ro", "nosuid", "noexec", "nodev"] };
    const linux = { namespaces: TYPES.map((type) => ({ type })), uidMappings: SELF, gidMappings: SELF };
    const last = "awk '/ - cgroup/ { o[$5] = substr($6, 1, 3) } END { for (p in o) print o[p] }' /proc/self/mountinfo";
    const script = `${last} | wc -l; ${last} | sort -u`;
    const proc = { destination: "/proc", type: "proc", source: "proc" };
    const path = session.bundle(["sh", "-c", script], { mounts: [proc, sys] }, linux);
    chmodSync(path, 0o755);
    const { stdout, stderr } = onBothBuilds((program) => user.run(program, `$0 run --bundle ${path} cgroups`));
    assert.equal(stderr, "");
    assert.match(stdout, /^\d+\nro,\n$/);
  });

  test("spec --rootless writes a configuration that runs as it is", () => {
    const script = `mkdir -p $XDG_RUNTIME_DIR/b-$$; cd $XDG_RUNTIME_DIR/b-$$; $0 spec --rootless
ln -s ${session.path}/rootfs; sed -i 's/"terminal": true/"terminal": false/; s/"sh"/"true"/' config.json; $0 run spec; cd ..; rm -r b-$$`;
    const answer = onBothBuilds((program) => user.run(program, script));
    assert.deepEqual(answer, { status: 0, stdout: "", stderr: "" });
  });
});
