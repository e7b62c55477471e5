import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "@teu/std/json";
import { readResources, type DeviceRule } from "../config/resources.ts";
import { chooseFolders } from "./folders.ts";
import { compileDeviceRules } from "./devices-v2.ts";
import { planDevicesVersion1 } from "./devices-v1.ts";
import { isUnified, parseHierarchies } from "./hierarchies.ts";
import { planVersion1 } from "./v1.ts";
import { FakeKernel } from "@teu/kernel/fake";
import { planLimits } from "../plan.ts";
import { checkUsage, planVersion2, weightOfShares } from "./v2.ts";
import type { CgroupStep } from "./writes.ts";

const MOUNTINFO = `25 20 0:23 / /sys/fs/cgroup rw - tmpfs tmpfs rw
26 25 0:24 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
27 25 0:25 /outer /sys/fs/cgroup/with\\040space rw - cgroup cgroup rw,xattr,name=systemd
28 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`;

const resources = (json: unknown): ReturnType<typeof readResources> => readResources(parseJson(JSON.stringify(json)));
const writes = (steps: readonly CgroupStep[]): string[] => steps.map(({ file, value }) => `${file} ${value}`);

test("hierarchies are found by what is mounted, seen from within a part of them", () => {
  const found = parseHierarchies("4:cpu,cpuacct:/a\n3:memory:/m\n1:name=systemd:/outer/in\n0::/u\n", MOUNTINFO);
  assert.deepEqual(found, [
    { name: "cpu,cpuacct", mountPoint: "/sys/fs/cgroup/cpu,cpuacct", own: "/a" },
    { name: "name=systemd", mountPoint: "/sys/fs/cgroup/with space", own: "/in" },
    { name: "", mountPoint: "/sys/fs/cgroup/unified", own: "/u" },
  ]);
  assert.equal(isUnified(found), false);
  assert.equal(isUnified(found.slice(2)), true);
});

test("a hierarchy that is mounted over is not there", () => {
  const over = `${MOUNTINFO}29 25 0:26 / /sys/fs/cgroup rw - cgroup2 none rw\n`;
  const found = parseHierarchies("4:cpu,cpuacct:/a\n0::/u\n", over);
  assert.deepEqual(found, [{ name: "", mountPoint: "/sys/fs/cgroup", own: "/u" }]);
});

test("a path of cgroups cannot leave its place", () => {
  const [hierarchy] = parseHierarchies("0::/own\n", MOUNTINFO);
  const choose = (path: string): unknown =>
    hierarchy === undefined ? undefined : chooseFolders([hierarchy], path, "id").get("");
  const at = "/sys/fs/cgroup/unified";
  const cases = [
    ["", `${at}/own/id`],
    ["/a/b", `${at}/a/b`],
    ["a", `${at}/own/a`],
    ["/../../etc", `${at}/etc`],
    ["../../x", `${at}/own/x`],
  ] as const;
  for (const [path, folder] of cases) assert.equal(choose(path), folder, path);
});

test("huge pages are limited by version 2 where version 1 has no controller of them", () => {
  const limits = resources({ hugepageLimits: [{ pageSize: "2MB", limit: 4096 }] });
  const [cpu, , unified] = parseHierarchies("4:cpu,cpuacct:/a\n1:name=systemd:/outer/in\n0::/u\n", MOUNTINFO);
  const ofBoth = [cpu, unified].filter((hierarchy) => hierarchy !== undefined);
  const written = (hierarchies: typeof ofBoth): string[] =>
    planLimits(limits, hierarchies).flatMap((step) => (step.on === "cgroup" ? [`${step.file} ${step.value}`] : []));
  assert.deepEqual(written(ofBoth), ["hugetlb.2MB.max 4096", "hugetlb.2MB.rsvd.max 4096"]);
  const ofOne = written(ofBoth.slice(0, 1));
  assert.deepEqual(ofOne, ["hugetlb.2MB.limit_in_bytes 4096", "hugetlb.2MB.rsvd.limit_in_bytes 4096"]);
});

test("a limit below what is used is refused where that is asked for", () => {
  new FakeKernel({ "/cg/memory.current": "5000\n" }).install();
  const check = (memory: object): void => {
    checkUsage(resources({ memory }).memory, new Map([["", "/cg"]]));
  };
  check({ limit: 4000 });
  check({ limit: 5001, swap: -1, checkBeforeUpdate: true });
  assert.throws(() => check({ limit: 5000, checkBeforeUpdate: true }), /rejecting memory limit 5000 <= usage 5000/);
  assert.throws(
    () => check({ swap: 4999, checkBeforeUpdate: true }),
    /rejecting memory\+swap limit 4999 <= usage 5000/,
  );
});

test("limits become files of version 1", () => {
  const steps = planVersion1(
    resources({
      memory: { limit: 1000, swap: 2000 },
      cpu: { shares: 512, quota: -1, cpus: "0-1" },
      pids: { limit: -1 },
    }),
  );
  assert.deepEqual(writes(steps), [
    "memory.memsw.limit_in_bytes 2000",
    "memory.limit_in_bytes 1000",
    "memory.memsw.limit_in_bytes 2000",
    "cpu.shares 512",
    "cpu.cfs_quota_us -1",
    "cpuset.cpus 0-1",
    "pids.max max",
  ]);
  assert.throws(
    () => planVersion1(resources({ unified: { "a.b": "1" } })),
    /unified: invalid configuration: needs a host with version 2/,
  );
});

test("limits become files of version 2", () => {
  const steps = planVersion2(
    resources({
      memory: { limit: 1000, reservation: 500, swap: 2500 },
      cpu: { shares: 1024, quota: 5000, period: 10000 },
      pids: { limit: 0 },
      blockIO: { weight: 500, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 0 }] },
      hugepageLimits: [{ pageSize: "2MB", limit: 5 }],
      unified: { "memory.high": "900" },
    }),
  );
  assert.deepEqual(writes(steps), [
    "memory.max 1000",
    "memory.low 500",
    "memory.swap.max 1500",
    "cpu.weight 100",
    "cpu.max 5000 10000",
    "pids.max 0",
    "io.bfq.weight 500",
    "io.max 8:0 rbps=max",
    "hugetlb.2MB.max 5",
    "hugetlb.2MB.rsvd.max 5",
    "memory.high 900",
  ]);
  assert.equal(steps[6]?.otherwiseValue, "4950");
  assert.throws(
    () => planVersion2(resources({ memory: { swap: 5 } })),
    /memory\.swap: counts memory and swap together/,
  );
  assert.throws(() => planVersion2(resources({ memory: { swap: 5, limit: 6 } })), /5 is less than memory\.limit 6/);
});

test("shares become weights", () => {
  const cases = [
    ["", ""],
    ["0", ""],
    ["1", "1"],
    ["2", "1"],
    ["512", "59"],
    ["1024", "100"],
    ["262144", "10000"],
    ["18446744073709551615", "10000"],
  ] as const;
  for (const [shares, weight] of cases) assert.equal(weightOfShares(shares), weight, shares);
});

test("device rules become lines of version 1, the default devices last", () => {
  const { devices } = resources({ devices: [{ allow: false }, { allow: true, type: "b", major: 8, access: "r" }] });
  const lines = writes(planDevicesVersion1(devices));
  assert.deepEqual(lines.slice(0, 3), ["devices.deny a", "devices.allow b 8:* r", "devices.allow c *:* m"]);
  assert.deepEqual(planDevicesVersion1([]), []);
});

/** Runs a device program as the kernel would. */
function isAllowed(
  program: Uint8Array,
  [type, access, major, minor]: readonly [number, number, number, number],
): boolean {
  const view = new DataView(program.buffer);
  const question = [(access << 16) | type, major, minor];
  const r = [0, 0, 0, 0, 0, 0];
  const reg = (index: number): number => r[index] ?? 0;
  for (let at = 0; at < program.length; at += 8) {
    const [code = 0, registers = 0] = program.subarray(at, at + 2);
    const [to, from] = [registers & 15, registers >> 4];
    const [offset, number] = [view.getInt16(at + 2, true), view.getUint32(at + 4, true)];
    const run: Readonly<Record<number, () => unknown>> = {
      0x61: () => (r[to] = question[offset / 4] ?? 0),
      0xbf: () => (r[to] = reg(from)),
      0xb7: () => (r[to] = number),
      0x54: () => (r[to] = reg(to) & number),
      0x74: () => (r[to] = reg(to) >>> number),
      0x15: () => (at += reg(to) === number ? offset * 8 : 0),
      0x55: () => (at += reg(to) === number ? 0 : offset * 8),
      0x5d: () => (at += reg(to) === reg(from) ? 0 : offset * 8),
    };
    if (code === 0x95) return r[0] === 1;
    assert.ok(run[code], `code ${code}`);
    run[code]();
  }
  throw new Error("ran off the end");
}

test("device rules become a program, in which the last rule that fits decides", () => {
  const rule = (allow: boolean, type: string, numbers: readonly [number, number], access: string): DeviceRule => ({
    allow,
    type,
    major: numbers[0],
    minor: numbers[1],
    access,
    field: "",
  });
  const program = compileDeviceRules([
    rule(false, "a", [-1, -1], "rwm"),
    rule(true, "b", [8, -1], "rw"),
    rule(false, "b", [8, 3], "w"),
  ]);
  const [BLOCK, CHARACTER, MAKE, READ, WRITE] = [1, 2, 1, 2, 4];
  const cases = [
    [[BLOCK, READ, 8, 0], true],
    [[BLOCK, READ, 8, 3], true],
    [[BLOCK, READ | WRITE, 8, 3], false],
    [[BLOCK, WRITE, 8, 3], false],
    [[BLOCK, READ, 9, 0], false],
    [[BLOCK, MAKE, 9, 0], true],
    [[CHARACTER, READ | WRITE, 1, 3], true],
    [[CHARACTER, READ, 1, 1], false],
    [[CHARACTER, WRITE, 136, 77], true],
  ] as const;
  for (const [question, answer] of cases) assert.equal(isAllowed(program, question), answer, question.join(" "));
  const all = compileDeviceRules([rule(false, "a", [-1, -1], "rwm"), rule(true, "a", [-1, -1], "rwm")]);
  assert.equal(isAllowed(all, [BLOCK, WRITE, 1, 1]), true);
});
