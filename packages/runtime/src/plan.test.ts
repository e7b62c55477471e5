import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "./config/config.ts";
import { planContainer } from "./plan.ts";
import type { Step } from "./steps.ts";

const NAMESPACES = ["pid", "mount", "uts", "ipc", "network"].map((type) => ({ type }));

function plan(patch: Record<string, unknown>, linux: Record<string, unknown>): Record<string, string[]> {
  const document = {
    ociVersion: "1.3.0",
    root: { path: "rootfs", readonly: true },
    process: { cwd: "/", args: ["sh"] },
    linux: { namespaces: NAMESPACES, ...linux },
    ...patch,
  };
  const hierarchies = [{ name: "pids", mountPoint: "/sys/fs/cgroup/pids", own: "/" }];
  const { before, rooting, inside, entered } = planContainer(readConfig(JSON.stringify(document), "/b"), {
    hierarchies,
    cgroups: "needed",
    noPivot: false,
  });
  return { before: before.map(show), rooting: rooting.map(show), inside: inside.map(show), entered: entered.map(show) };
}

// What a step does, without the fields that are as always.
function show(step: Step): string {
  const { on, field, ...rest } = step;
  const said = Object.values(rest).filter(
    (value) => value !== "" && value !== 0 && value !== false && String(value) !== "",
  );
  return `${on} ${said.map(String).join(" ")} <- ${field}`;
}

test("the steps of a container come in the order in which they run", () => {
  const mounts = [
    { destination: "/proc", type: "proc", source: "proc" },
    { destination: "/data", source: "data", options: ["rbind", "ro"] },
  ];
  const linux = {
    resources: { pids: { limit: 5 } },
    sysctl: { "kernel.msgmax": "1" },
    maskedPaths: ["/proc/kcore"],
    readonlyPaths: ["/proc/sys"],
    rootfsPropagation: "private",
  };
  const { before, rooting, inside, entered } = plan({ mounts, hostname: "box" }, linux);
  assert.deepEqual(before, ["cgroup write pids pids.max 5 5 <- linux.resources.pids.limit"]);
  assert.deepEqual(rooting, ["root isolate / 278528 <- linux.rootfsPropagation", "root mount /b/rootfs <- root.path"]);
  assert.deepEqual(inside?.slice(0, 3), [
    "mount new proc /proc proc <- mounts[0]",
    "mount bind /b/data /data 1 2097166 true <- mounts[1]",
    "device make /dev/null c 1 3 438 <- default devices",
  ]);
  assert.deepEqual(entered, [
    "root enter /b/rootfs <- root.path",
    "name hostname box <- hostname",
    'sysctl kernel/msgmax 1 <- linux.sysctl["kernel.msgmax"]',
    "path readonly /proc/sys <- linux.readonlyPaths[0]",
    "path mask /proc/kcore <- linux.maskedPaths[0]",
    "root propagate / 262144 <- linux.rootfsPropagation",
    "root readonly / <- root.readonly",
  ]);
});

test("a user namespace binds devices, and a /dev of the host has its own", () => {
  const user = plan({}, { namespaces: [...NAMESPACES, { type: "user" }] });
  assert.equal(user["inside"]?.[0], "device bind /dev/null c 1 3 438 <- default devices");
  const bound = plan({ mounts: [{ destination: "/dev", source: "/dev", options: ["rbind"] }] }, {});
  assert.equal(bound["inside"]?.length, 1);
});

test("what would reach beyond the container is refused", () => {
  const cases: readonly (readonly [Record<string, unknown>, Record<string, unknown>, RegExp])[] = [
    [{ hostname: "x" }, { namespaces: [{ type: "mount" }] }, /hostname: needs a uts namespace/],
    [{}, { sysctl: { "vm.swappiness": "1" } }, /not in a separate kernel namespace/],
    [
      {},
      { sysctl: { "net.core.somaxconn": "1" }, namespaces: [{ type: "mount" }] },
      /not allowed in the host's network/,
    ],
    [{}, { sysctl: { "kernel.hostname": "x" } }, /is set by the field hostname/],
  ];
  for (const [patch, linux, message] of cases) assert.throws(() => plan(patch, linux), message);
});
