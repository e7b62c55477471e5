import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeKernel } from "@teu/kernel/fake";
import { parseJson } from "@teu/std/json";
import { readIntelRdt } from "../config/intel-rdt.ts";
import {
  type IntelRdtPlan,
  enterIntelRdt,
  intelRdtStats,
  planIntelRdt,
  plainSchema,
  writeSchemata,
} from "./intel-rdt.ts";

const MOUNTS = "30 20 0:25 / /sys/fs/resctrl rw,relatime - resctrl resctrl rw\n";

function host(files: Readonly<Record<string, string>> = {}, mounts = MOUNTS): FakeKernel {
  const schemata = "L3:0=fffff;1=fffff\nMB:0=100;1=100\n";
  return new FakeKernel({
    "/proc/self/mountinfo": mounts,
    "/sys/fs/resctrl/schemata": schemata,
    "/sys/fs/resctrl/tasks": "",
    ...files,
  }).install();
}

function plan(document: unknown): IntelRdtPlan {
  const config = readIntelRdt(parseJson(JSON.stringify(document)));
  return planIntelRdt(config ?? assert.fail("no intelRdt"), "box");
}

/** What entering does to the kernel; the files of a new group come to be with it. */
function entered(kernel: FakeKernel, planned: IntelRdtPlan): string[] {
  kernel.calls.length = 0;
  kernel.answers.set("mkdirat", (_dir, path) => {
    for (const file of ["schemata", "tasks"]) kernel.add(`${String(path)}/${file}`);
    return kernel.nodes.has(String(path)) ? 1 : 0;
  });
  enterIntelRdt(planned, 42);
  return kernel.calls.map(({ name, args }) => `${name} ${args.join(" ").trim()}`);
}

test("a container without a closID has a group of its own, whose schemata are written in order", () => {
  const kernel = host();
  const planned = plan({
    l3CacheSchema: "L3:0=f;1=f0",
    memBwSchema: "MB:0=20;1=70",
    schemata: ["L2:0=3"],
    enableMonitoring: true,
  });
  assert.deepEqual(planned.made, ["/sys/fs/resctrl/box/mon_groups/box", "/sys/fs/resctrl/box"]);
  assert.deepEqual(
    entered(kernel, planned),
    [
      "mkdirat -100 /sys/fs/resctrl/box 493",
      "write /sys/fs/resctrl/box/schemata L3:0=f;1=f0\n",
      "write /sys/fs/resctrl/box/schemata MB:0=20;1=70\n",
      "write /sys/fs/resctrl/box/schemata L2:0=3\n",
      "write /sys/fs/resctrl/box/tasks 42",
      "mkdirat -100 /sys/fs/resctrl/box/mon_groups/box 493",
      "write /sys/fs/resctrl/box/mon_groups/box/tasks 42",
    ].map((line) => line.trim()),
  );
});

test("the group of others is entered where its schemata are those asked for, and never changed", () => {
  const shared = { "/sys/fs/resctrl/gold/schemata": "L3:0=0000f;1=000f0\n", "/sys/fs/resctrl/gold/tasks": "" };
  const kernel = host(shared);
  const planned = plan({ closID: "gold", schemata: ["L3: 0=f; 1=F0"] });
  assert.deepEqual(planned.made, []);
  assert.deepEqual(entered(kernel, planned), ["write /sys/fs/resctrl/gold/tasks 42"]);
  host(shared);
  assert.throws(() => plan({ closID: "gold", l3CacheSchema: "L3:0=ff" }), /\/gold" exists and has other schemata/);
  assert.equal(intelRdtStats("/sys/fs/resctrl/gold"), '{"schemata":["L3:0=0000f;1=000f0"]}');
});

test("the schemata of a group are changed line by line", () => {
  const kernel = host({ "/sys/fs/resctrl/box/schemata": "" });
  const config = readIntelRdt(parseJson('{"l3CacheSchema":"L3:0=f","memBwSchema":"MB:0=50"}'));
  kernel.calls.length = 0;
  writeSchemata(config ?? assert.fail("no intelRdt"), "/sys/fs/resctrl/box");
  const told = kernel.calls.map(({ name, args }) => `${name} ${args.join(" ").trim()}`);
  const file = "write /sys/fs/resctrl/box/schemata";
  assert.deepEqual(told, [`${file} L3:0=f`, `${file} MB:0=50`]);
});

test("the group of everything else can be named, and only watched", () => {
  const kernel = host();
  const planned = plan({ closID: "/", enableMonitoring: true });
  assert.deepEqual(planned.made, ["/sys/fs/resctrl/mon_groups/box"]);
  assert.equal(entered(kernel, planned)[0], "write /sys/fs/resctrl/tasks 42");
});

test("what cannot be is refused by name", () => {
  host();
  assert.throws(() => plan({ closID: "silver" }), /closID: "\/sys\/fs\/resctrl\/silver" does not exist/);
  assert.throws(() => plan({ closID: "a/b" }), /closID: "a\/b" is not the name of a folder/);
  assert.throws(() => plan({ l3CacheSchema: "MB:0=10" }), /l3CacheSchema: memory bandwidth/);
  assert.throws(() => plan({ memBwSchema: "L3:0=f" }), /memBwSchema: "L3:0=f" does not begin with MB:/);
  assert.throws(() => plan({ schemata: ["L3:0=f\nMB:0=5"] }), /schemata: each item is one line/);
  host({}, "");
  assert.throws(() => plan({}), /this host has no resctrl/);
});

test("schemata are compared by what they mean", () => {
  assert.equal(plainSchema("    L3:0=000ff; 1=0"), "L3:0=ff;1=0");
});
