import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { onBothBuilds, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const ALL = ["pid", "network", "ipc", "uts", "mount", "cgroup", "time"];
const types = (...names: readonly string[]): Record<string, unknown>[] => names.map((type) => ({ type }));

suite("namespaces", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const runs = (id: string, path: string): ReturnType<ContainerSession["run"]> =>
    onBothBuilds((program) => session.run(program, ["run", "--bundle", path, id]));

  test("a user namespace has the ids that are mapped to it, and devices by bind mounts", () => {
    const mapping = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const linux = { namespaces: types(...ALL, "user"), uidMappings: mapping, gidMappings: mapping };
    const script =
      "cat /proc/self/uid_map; id -u; echo x > /dev/null && echo written; ls /sys/fs >/dev/null && hostname";
    const path = session.bundle(["sh", "-c", script], {}, linux);
    const answer = runs("user", path);
    assert.equal(answer.stderr, "");
    assert.match(answer.stdout, /^ +0 +100000 +65536\n0\nwritten\nbox\n$/);
  });

  test("clocks can be shifted in a time namespace", () => {
    const linux = { namespaces: types(...ALL), timeOffsets: { boottime: { secs: 1_000_000_000 } } };
    const path = session.bundle(
      [
        "sh",
        "-c",
        "cut -d. -f1 /proc/uptime | grep -c '^100[0-9]*$'; readlink /proc/self/ns/time_for_children | cut -c1-5",
      ],
      {},
      linux,
    );
    assert.deepEqual(runs("time", path), { status: 0, stdout: "1\ntime:\n", stderr: "" });
  });

  test("namespaces of another container are joined by their paths", () => {
    onBothBuilds((program) => {
      const sleeper = session.bundle(["sleep", "100"]);
      assert.equal(session.run(program, ["run", "-d", "-b", sleeper, "target"]).status, 0);
      const { pid } = JSON.parse(session.run(program, ["state", "target"]).stdout) as { pid: number };
      const joined = [
        ["network", "net"],
        ["ipc", "ipc"],
        ["uts", "uts"],
        ["pid", "pid"],
      ].map(([type, file]) => ({ type, path: `/proc/${pid}/ns/${file}` }));
      const linux = { namespaces: [...joined, { type: "mount" }] };
      const path = session.bundle(["sh", "-c", "hostname; ps | grep -c 'sleep 10[0]'"], { hostname: "" }, linux);
      const answer = session.run(program, ["run", "-b", path, "joining"]);
      assert.deepEqual(answer, { status: 0, stdout: "box\n1\n", stderr: "" });
      assert.equal(session.run(program, ["delete", "-f", "target"]).status, 0);
    });
  });

  test("the user namespace of another container is joined, and new namespaces belong to it", () => {
    const mapping = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    onBothBuilds((program) => {
      const first = { namespaces: types(...ALL, "user"), uidMappings: mapping, gidMappings: mapping };
      const sleeper = session.bundle(["sleep", "100"], {}, first);
      assert.equal(session.run(program, ["run", "-d", "-b", sleeper, "owner"]).status, 0);
      const { pid } = JSON.parse(session.run(program, ["state", "owner"]).stdout) as { pid: number };
      const second = { namespaces: [...types(...ALL), { type: "user", path: `/proc/${pid}/ns/user` }] };
      const path = session.bundle(
        ["sh", "-c", "cat /proc/self/uid_map; echo $$; hostname"],
        { hostname: "guest" },
        second,
      );
      const answer = session.run(program, ["run", "-b", path, "guest"]);
      assert.match(answer.stdout, /^ +0 +100000 +65536\n1\nguest\n$/, answer.stderr);
      const exec = session.run(program, ["exec", "owner", "sh", "-c", "id -u; hostname"]);
      assert.deepEqual(exec, { status: 0, stdout: "0\nbox\n", stderr: "" });
      assert.equal(session.run(program, ["delete", "-f", "owner"]).status, 0);
    });
  });

  test("a path of another type is refused by the name of its field", () => {
    const linux = { namespaces: [{ type: "mount" }, { type: "network", path: "/proc/self/ns/uts" }] };
    const answer = runs("wrong", session.bundle(["true"], { hostname: "" }, linux));
    assert.equal(answer.status, 1);
    assert.match(
      answer.stderr,
      /linux\.namespaces\[1\]\.path: "\/proc\/self\/ns\/uts" is of type uts, expected network/,
    );
    assert.deepEqual(session.leftovers("wrong"), []);
  });
});
