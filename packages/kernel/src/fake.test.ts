import assert from "node:assert/strict";
import { test } from "node:test";
import { EACCES, EPERM, SysError } from "./errno.ts";
import { FakeKernel } from "./fake.ts";
import * as files from "./files.ts";
import { mount, tryNewFileSystem } from "./mounts.ts";
import { signalNumber } from "./signals.ts";
import { CapabilitySet, capabilityNumber } from "./capabilities.ts";

test("files are read, written, replaced and removed", () => {
  const kernel = new FakeKernel({ "/run/": "", "/proc/self/cgroup": "0::/\n" }).install();
  assert.equal(files.readFile("/proc/self/cgroup"), "0::/\n");
  assert.equal(files.mkdirAt(files.CWD, "/run/c", 0o700), true);
  assert.equal(files.mkdirAt(files.CWD, "/run/c", 0o700), false);
  files.replaceFile(files.CWD, "/run/c/state.json", "{}", 0o600);
  assert.deepEqual(files.listFolder("/run/c"), ["state.json"]);
  assert.equal(files.unlinkAt(files.CWD, "/run/c/state.json"), true);
  assert.equal(files.tryRemoveFolder(files.CWD, "/run/c"), 0);
  assert.deepEqual(kernel.callsOf("write"), ["/run/c/.state.json {}"]);
});

test("a refusal names the operation, the path and the errno", () => {
  new FakeKernel({}).refuse("mount", EPERM).install();
  const call = { source: "proc", target: "/proc", type: "proc", flags: 0, data: "" };
  assert.throws(() => mount(call), new SysError("mount", "/proc", EPERM));
  assert.throws(() => files.readFile("/gone"), { message: 'open "/gone": no such file or directory (ENOENT)' });
});

test("a refused step of a new file system is the answer", () => {
  const kernel = new FakeKernel({}).refuse("fsconfig", EACCES, (_fd, _command, key) => key === "size").install();
  assert.equal(tryNewFileSystem("tmpfs", ["mode=755", "size=1"], 0), -EACCES);
  assert.deepEqual(kernel.callsOf("fsmount"), []);
});

test("signals are known by number, name and distance", () => {
  const cases = [
    ["9", 9],
    ["kill", 9],
    ["SIGTERM", 15],
    ["RTMIN+3", 37],
    ["SIGRTMAX-1", 63],
    ["RTMIN+40", undefined],
    ["65", undefined],
    ["FOO", undefined],
    ["", undefined],
  ] as const;
  for (const [text, number] of cases) assert.equal(signalNumber(text), number, text);
});

test("sets of capabilities hold all 64", () => {
  const set = new CapabilitySet();
  for (const name of ["CAP_CHOWN", "cap_sys_resource", "MAC_OVERRIDE", "CAP_CHECKPOINT_RESTORE"])
    set.add(capabilityNumber(name) ?? -1);
  assert.deepEqual([set.low, set.high], [0x1000001, 0x101]);
  assert.deepEqual([set.has(0), set.has(1), set.has(40)], [true, false, true]);
  assert.equal(capabilityNumber("CAP_NOPE"), undefined);
});
