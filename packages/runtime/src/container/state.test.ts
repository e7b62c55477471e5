import assert from "node:assert/strict";
import { test } from "node:test";
import { ENOSPC } from "@teu/kernel/errno";
import { FakeKernel } from "@teu/kernel/fake";
import { State, listIds, loadState, removeFolder, saveProcess, saveState, takeFolder } from "./state.ts";
import { parseStat } from "./procfs.ts";
import { stateForHook, stateForUser, statusOf } from "./status.ts";

function sample(): State {
  const state = new State();
  state.id = "c1";
  state.ociVersion = "1.3.0";
  state.pid = 7;
  state.startTime = "99";
  state.bundle = "/b\u{10ffff}";
  state.annotations = [{ name: "a", value: "1", field: "" }];
  state.cgroups = new Map([["", "/sys/fs/cgroup/c1"]]);
  state.hooks = ["poststop"];
  return state;
}

const STAT = `7 (odd ) name) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0`;

test("a record survives the way to the disk and back, also with bytes that are no UTF-8", () => {
  const kernel = new FakeKernel({ "/run/": "" }).install();
  saveState(takeFolder("/run/teu", "c1"), sample());
  assert.deepEqual(loadState("/run/teu", "c1"), sample());
  assert.match(kernel.nodes.get("/run/teu/c1/state.json")?.text ?? "", /"bundle":"\/b\\udbff\\udfff"/);
  assert.deepEqual(listIds("/run/teu"), ["c1"]);
  assert.throws(() => takeFolder("/run/teu", "c1"), /container with given ID already exists/);
  assert.throws(() => loadState("/run/teu", "c2"), /container does not exist/);
  removeFolder("/run/teu/c1");
  assert.deepEqual(listIds("/run/teu"), []);
});

test("a record of an older build is read, and so is one with more in it", () => {
  const text = '{"id":"old","bundle":"/b","pid":7,"later":{}}';
  new FakeKernel({ "/run/teu/old/state.json": text }).install();
  const state = loadState("/run/teu", "old");
  assert.deepEqual([state.id, state.bundle, state.pid, state.ready, state.unit], ["old", "/b", 7, true, ""]);
  assert.deepEqual([state.cgroups.size, state.hooks, state.intelRdt, state.annotations], [0, [], [], []]);
});

test("a change of the process is added, and counts once its line is whole", () => {
  const kernel = new FakeKernel({ "/run/teu/c1/": "" }).install();
  const state = sample();
  saveState("/run/teu/c1", state);
  state.pid = 8;
  state.startTime = "100";
  state.ready = true;
  saveProcess("/run/teu/c1", state);
  const read = loadState("/run/teu", "c1");
  assert.deepEqual([read.pid, read.startTime, read.ready, read.hooks], [8, "100", true, ["poststop"]]);
  assert.equal(loadState("/run/teu", "c1", state), state, "what wrote it last need not read it");
  const node = kernel.nodes.get("/run/teu/c1/state.json") ?? assert.fail("no record");
  node.text = node.text.slice(0, -1);
  assert.deepEqual([loadState("/run/teu", "c1").pid, loadState("/run/teu", "c1", state).pid], [7, 7]);
});

test("a record that cannot be written leaves the one before", () => {
  const kernel = new FakeKernel({ "/run/teu/c1/": "" }).install();
  saveState("/run/teu/c1", sample());
  kernel.refuse("write", ENOSPC);
  const next = sample();
  next.pid = 8;
  assert.throws(() => saveState("/run/teu/c1", next), /no space left on device/);
  assert.equal(loadState("/run/teu", "c1").pid, 7);
});

test("a status is found out from the process, the socket and the freezer", () => {
  const files = { "/proc/7/stat": STAT, "/sys/fs/cgroup/c1/cgroup.events": "populated 1\nfrozen 1\n" };
  const state = sample();
  const cases = [
    [files, true, "paused"],
    [{ ...files, "/sys/fs/cgroup/c1/cgroup.events": "frozen 0\n" }, true, "running"],
    [{ ...files, "/run/c1/start": "" }, true, "created"],
    [files, false, "creating"],
    [{ "/proc/7/stat": STAT.replace(" 99 ", " 98 ") }, true, "stopped"],
    [{ "/proc/7/stat": STAT.replace(" S ", " Z ") }, true, "stopped"],
    [{}, true, "stopped"],
  ] as const;
  for (const [texts, ready, status] of cases) {
    new FakeKernel(texts).install();
    state.ready = ready;
    assert.equal(statusOf("/run/c1", state), status);
  }
  assert.deepEqual(parseStat(STAT), { state: "S", parent: 1, startTime: "99", executed: true });
});

test("hooks get compact JSON, users a field a line", () => {
  const state = sample();
  state.bundle = "/b";
  const start = '{"ociVersion":"1.3.0","id":"c1","status":"created","pid":1,';
  assert.equal(stateForHook(state, "created", 1), `${start}"bundle":"/b","annotations":{"a":"1"}}`);
  const shown = JSON.parse(stateForUser(state, "stopped")) as Record<string, unknown>;
  assert.deepEqual([shown["pid"], shown["status"], shown["annotations"]], [0, "stopped", { a: "1" }]);
});
