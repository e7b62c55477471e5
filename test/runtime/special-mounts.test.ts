import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { makeRoot } from "./bundle.ts";
import { type Answer, onBothBuilds, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

type Mount = Readonly<Record<string, unknown>>;

const PROC: Mount = { destination: "/proc", type: "proc", source: "proc" };

suite("special mounts", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const runs = (script: string, patch: Mount, linux: Mount = {}): Answer => {
    const path = session.bundle(["sh", "-c", script], patch, linux);
    return onBothBuilds((program) => session.run(program, ["run", "--bundle", path, "special"]));
  };
  const owned = (): string => {
    const source = join(session.path, "owned");
    mkdirSync(join(source, "below"), { recursive: true });
    writeFileSync(join(source, "file"), "");
    chownSync(join(source, "file"), 1000, 2000);
    return source;
  };

  test("a mount with mappings shows other owners", () => {
    const ids = (hostID: number): unknown => [{ containerID: 0, hostID, size: 65_536 }];
    const mount = { destination: "/tmp/m", source: owned(), options: ["rbind", "idmap"] };
    const mapped = { ...mount, uidMappings: ids(100_000), gidMappings: ids(200_000) };
    const answer = runs("stat -c '%u %g' /tmp/m/file", { mounts: [PROC, mapped] });
    assert.deepEqual(answer, { status: 0, stdout: "101000 202000\n", stderr: "" });
  });

  test("without mappings of its own a mount has those of the container", () => {
    const mapping = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const namespaces = ["pid", "ipc", "uts", "mount", "network", "user"].map((type) => ({ type }));
    const linux = { namespaces, uidMappings: mapping, gidMappings: mapping };
    const mount = { destination: "/tmp/m", source: owned(), options: ["bind", "ridmap"] };
    const dev = { destination: "/dev", type: "tmpfs", source: "tmpfs" };
    const answer = runs("stat -c '%u %g' /tmp/m/file", { mounts: [PROC, dev, mount] }, linux);
    assert.deepEqual(answer, { status: 0, stdout: "1000 2000\n", stderr: "" });
  });

  test("ids are mapped of what a mount before has made, with a user namespace and without", () => {
    const ids = (hostID: number): unknown => [{ containerID: 0, hostID, size: 65_536 }];
    const made = { destination: "/tmp/made", source: owned(), options: ["bind"] };
    const script = "stat -c '%u %g' /tmp/m/file";
    const namespaces = ["pid", "ipc", "uts", "mount", "network", "user"].map((type) => ({ type }));
    const users = { namespaces, uidMappings: ids(100_000), gidMappings: ids(100_000) };
    const dev = { destination: "/dev", type: "tmpfs", source: "tmpfs" };
    const answers = [{}, users].map((linux) => {
      const path = session.bundle(["sh", "-c", script], {}, linux);
      const config = JSON.parse(readFileSync(join(path, "config.json"), "utf8")) as Mount;
      const late = { destination: "/tmp/m", source: `${path}/rootfs/tmp/made`, options: ["bind", "idmap"] };
      const mapped = { ...late, uidMappings: ids(100_000), gidMappings: ids(200_000) };
      const mounts = [PROC, dev, made, mapped];
      writeFileSync(join(path, "config.json"), JSON.stringify({ ...config, mounts }));
      return onBothBuilds((program) => session.run(program, ["run", "-b", path, "late"]));
    });
    assert.deepEqual(answers, [
      { status: 0, stdout: "101000 202000\n", stderr: "" },
      { status: 0, stdout: "1000 65534\n", stderr: "" },
    ]);
  });

  test("mapped ids need mappings from somewhere, and a bind mount", () => {
    const without = { destination: "/tmp/m", source: owned(), options: ["bind", "idmap"] };
    assert.match(runs("true", { mounts: [PROC, without] }).stderr, /mounts\[1\]: mapped ids need uidMappings/);
    const other = { destination: "/tmp/m", type: "tmpfs", source: "tmpfs", options: ["idmap"] };
    assert.match(runs("true", { mounts: [PROC, other] }).stderr, /mounts\[1\]: mapped ids are for bind mounts/);
  });

  test("nothing is mounted over /proc but a few files (CVE-2019-16884, CVE-2019-19921)", () => {
    const bind = (destination: string): Mount => ({ destination, source: "/etc/hostname", options: ["bind"] });
    assert.match(
      runs("true", { mounts: [PROC, bind("/proc/self/attr/exec")] }).stderr,
      /mounts\[1\]\.destination: "\/proc\/self\/attr\/exec" cannot be mounted because it is inside \/proc/,
    );
    assert.equal(runs("cat /proc/uptime", { mounts: [PROC, bind("/proc/uptime")] }).status, 0);
    const root = join(session.path, "linked");
    makeRoot(root);
    symlinkSync("/proc/self", join(root, "link"));
    const linked = runs("true", { root: { path: root }, mounts: [PROC, bind("/link/status")] });
    assert.match(linked.stderr, /mounts\[1\]: "\/link\/status" cannot be mounted because it is inside \/proc/);
  });

  test("a link in the place of /proc or /sys is refused (CVE-2023-27561)", () => {
    const root = join(session.path, "proc-link");
    makeRoot(root);
    rmSync(join(root, "proc"), { recursive: true });
    symlinkSync("/tmp", join(root, "proc"));
    const answer = runs("true", { root: { path: root }, mounts: [PROC] });
    assert.match(answer.stderr, /mounts\[0\]: "\/proc" must be mounted on ordinary directory, and is a link/);
  });

  test("remount changes what is mounted", () => {
    const tmpfs = { destination: "/tmp/r", type: "tmpfs", source: "tmpfs", options: ["size=1m"] };
    const again = { destination: "/tmp/r", type: "tmpfs", source: "tmpfs", options: ["remount", "ro", "nosuid"] };
    const answer = runs("grep ' /tmp/r ' /proc/self/mountinfo | cut -d' ' -f6", { mounts: [PROC, tmpfs, again] });
    assert.deepEqual(answer, { status: 0, stdout: "ro,nosuid,relatime\n", stderr: "" });
    const bigger = { ...again, options: ["remount", "size=2m"] };
    const sized = runs("df -k /tmp/r | tail -1 | grep -c 2048", { mounts: [PROC, tmpfs, bigger] });
    assert.deepEqual(sized, { status: 0, stdout: "1\n", stderr: "" });
  });

  test("a read-only /dev is filled before it is that, and a tmpfs has the mode of its place", () => {
    const dev = { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["ro", "nosuid", "mode=755"] };
    const place = { destination: "/root", type: "tmpfs", source: "tmpfs" };
    const pts = { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance"] };
    const script = "ls /dev/pts /dev/null; touch /dev/x 2>&1 | grep -o Read-only; stat -c %a /root";
    chmodSync(join(session.path, "rootfs/root"), 0o710);
    const answer = runs(script, { mounts: [PROC, dev, pts, place] });
    assert.deepEqual(answer, { status: 0, stdout: "/dev/null\n\n/dev/pts:\nptmx\nRead-only\n710\n", stderr: "" });
  });

  test("a file is bound where a dangling link of the image leads", () => {
    const root = join(session.path, "dangling");
    makeRoot(root);
    symlinkSync("/tmp/deep/er", join(root, "link"));
    const mount = { destination: "/link", source: "/etc/hostname", options: ["bind"] };
    const answer = runs("test -s /tmp/deep/er && echo there", { root: { path: root }, mounts: [PROC, mount] });
    assert.deepEqual(answer, { status: 0, stdout: "there\n", stderr: "" });
  });

  test("a container without a cgroup namespace sees its own cgroups at a mount of cgroups", () => {
    const mount = { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid"] };
    const sys = { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] };
    const script = "cat /sys/fs/cgroup/pids/pids.max; echo 1 2>/dev/null > /sys/fs/cgroup/pids/pids.max || echo no";
    const linux = { resources: { pids: { limit: 77 } } };
    const answer = runs(script, { mounts: [PROC, sys, mount] }, linux);
    assert.deepEqual(answer, { status: 0, stdout: "77\nno\n", stderr: "" });
  });
});
