import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { command } from "./command.ts";
import { containerdSocket, loadImages, startContainerd } from "./containerd-daemon.ts";
import type { Daemon } from "./daemon.ts";
import { MEMORY_BYTES, RUNTIMES, cgroupValue, whySkip } from "./engine.ts";
import { CallError } from "./grpc.ts";
import { IMAGE, writeImage } from "./image.ts";
import { type ContainerWish, CREATED, Kubelet, type Pod, RUNNING } from "./pods.ts";

const PAUSE = "docker.io/library/teu-pause:test";
const skip = whySkip("containerd", "ctr", "containerd-shim-runc-v2");

suite("containerd as Kubernetes asks it", { skip }, () => {
  const folder = skip === false ? mkdtempSync(join(tmpdir(), "teu-kubernetes-")) : "";
  const ctr = ["ctr", "--address", containerdSocket(folder), "--namespace=k8s.io"];
  let daemon: Daemon | undefined;
  let kubelet: Kubelet | undefined;
  const ask = (): Kubelet => kubelet ?? assert.fail("containerd did not start");

  before(async () => {
    await chmod(folder, 0o711);
    daemon = await startContainerd(folder, { pods: { pause: PAUSE, runtimes: RUNTIMES } });
    await writeImage(join(folder, "image.tar"));
    await writeImage(join(folder, "pause.tar"), { name: PAUSE, command: ["sleep", "1000000"] });
    for (const name of ["image", "pause"]) await loadImages(folder, join(folder, `${name}.tar`), "k8s.io");
    kubelet = new Kubelet(containerdSocket(folder));
  });

  const pidOf = async (id: string): Promise<number> => {
    const { stdout } = await command([...ctr, "task", "list"]);
    return Number(new RegExp(`^${id}\\s+(\\d+)`, "m").exec(stdout)?.[1]);
  };

  after(async () => {
    kubelet?.[Symbol.dispose]();
    await daemon?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const runtime of Object.keys(RUNTIMES))
    suite(`with ${runtime}`, () => {
      const logs = join(folder, `logs-${runtime}`);
      let pod: Pod | undefined;
      const create = async (name: string, ...line: readonly string[]): Promise<string> => await make({ name, line });
      const make = async ({ name, line, ...wish }: Wish): Promise<string> =>
        await ask().create(pod ?? assert.fail("no pod"), { name, image: IMAGE, command: line, ...wish });
      const log = (name: string): string[] =>
        readFileSync(join(logs, `${name}.log`), "utf8")
          .trimEnd()
          .split("\n")
          .map((text) => text.split(" ").slice(1).join(" "));

      before(async () => {
        await mkdir(logs);
        pod = await ask().runPod(`pod-${runtime}`, runtime, logs);
      });
      after(async () => {
        if (pod !== undefined) await ask().removePod(pod);
      });

      test("a container lives, is watched, limited and stopped", async () => {
        const line = "trap 'echo told; exit 3' TERM; echo begun; while :; do sleep 0.1; done";
        const id = await make({ name: "life", line: ["sh", "-c", line], memoryBytes: MEMORY_BYTES, cpuShares: 512 });
        assert.equal((await ask().status(id)).state, CREATED);
        await ask().start(id);
        assert.equal((await ask().status(id)).state, RUNNING);
        assert.ok((await ask().memory(id)) > 0);
        await ask().setMemory(id, MEMORY_BYTES / 2);
        const later = await ask().exec(id, ["sh", "-c", "echo out; echo err >&2; exit 7"]);
        assert.deepEqual(later, { code: 7, stdout: "out\n", stderr: "err\n" });
        await ask().stop(id, 10);
        assert.deepEqual((await ask().status(id)).code, 3);
        assert.deepEqual(log("life"), ["stdout F begun", "stdout F told"]);
        await ask().remove(id);
      });

      test("limits are those of the cgroup, before and after a change", async () => {
        const id = await make({ name: "limits", line: ["sleep", "1000"], memoryBytes: MEMORY_BYTES });
        await ask().start(id);
        const pid = await pidOf(id);
        const files = { v1: "memory.limit_in_bytes", v2: "memory.max" };
        assert.equal(cgroupValue(pid, "memory", files), String(MEMORY_BYTES));
        await ask().setMemory(id, MEMORY_BYTES / 2);
        assert.equal(cgroupValue(pid, "memory", files), String(MEMORY_BYTES / 2));
        await ask().stop(id, 0);
        assert.equal((await ask().status(id)).code, 137);
        await ask().remove(id);
        assert.ok(!existsSync(`/proc/${pid}`));
      });

      test("users, capabilities, privileges, read-only roots, mounts, environment", async () => {
        await writeFile(join(folder, "given"), "given\n");
        const seen = [
          "id -u; pwd; echo $GREETING; cat /shared/given",
          "grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status | tr -s '\\t' ' '",
          "touch /new 2>/dev/null || echo read-only; touch /shared/new 2>/dev/null || wc -c </proc/keys",
        ].join("; ");
        const id = await make({
          name: "settings",
          line: ["sh", "-c", seen],
          user: 1000,
          folder: "/tmp",
          env: { GREETING: "hello" },
          shared: { "/shared": folder },
          readOnly: true,
          dropAll: true,
          noNewPrivileges: true,
        });
        await ask().start(id);
        assert.equal(await ask().wait(id), 0);
        assert.deepEqual(
          log("settings").map((text) => text.replace(/^std(?:out|err) F /, "")),
          [
            "1000",
            "/tmp",
            "hello",
            "given",
            "CapEff: 0000000000000000",
            "NoNewPrivs: 1",
            "Seccomp: 2",
            "read-only",
            "0",
          ],
        );
        await ask().remove(id);
      });

      test("a terminal, and processes that the pod shares", async () => {
        const terminal = await make({ name: "terminal", line: ["sh", "-c", "test -t 1 && echo yes"], terminal: true });
        await ask().start(terminal);
        assert.equal(await ask().wait(terminal), 0);
        assert.match(log("terminal").join("\n"), /^stdout F yes\r?$/);
        await ask().remove(terminal);
        const shared = await make({
          name: "shared",
          line: ["sh", "-c", "cat /proc/1/cmdline | tr '\\0' ' '"],
          sharesPids: true,
        });
        await ask().start(shared);
        assert.equal(await ask().wait(shared), 0);
        assert.match(log("shared").join("\n"), /sleep 1000000/);
        await ask().remove(shared);
      });

      test("exit codes, and programs that are missing or none", async () => {
        const seven = await create("seven", "sh", "-c", "exit 7");
        await ask().start(seven);
        assert.equal(await ask().wait(seven), 7);
        await ask().remove(seven);
        for (const [name, program, message] of [
          ["missing", "no-such-program", /no-such-program.*not found|no such file/i],
          ["none", "/etc/passwd", /permission denied/i],
        ] as const) {
          const id = await create(name, program);
          await assert.rejects(ask().start(id), (error) => error instanceof CallError && message.test(error.message));
          assert.equal((await ask().status(id)).reason, "StartError");
          await ask().remove(id);
        }
      });
    });
});

interface Wish extends Omit<ContainerWish, "image" | "command"> {
  readonly line: readonly string[];
}
