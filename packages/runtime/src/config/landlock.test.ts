import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeKernel } from "@teu/kernel/fake";
import { applyLandlock, checkLandlock, fileRights, landlockDetail } from "../process/landlock.ts";
import { LANDLOCK_ANNOTATION, type LandlockConfig, readLandlock } from "./landlock.ts";

const FIELD = `annotations["${LANDLOCK_ANNOTATION}"]`;
const read = (value: string): LandlockConfig => {
  const config = readLandlock([{ name: LANDLOCK_ANNOTATION, value, field: FIELD }]);
  assert.ok(config !== undefined);
  return config;
};
const WHOLE = read(
  '{"paths":{"/usr":["read","execute"],"/etc/passwd":["read","write"]},"ports":{"80":["bind"]},"scopes":["signal"]}',
);

test("without the annotation nothing is restricted", () => {
  assert.equal(readLandlock([{ name: "a", value: "b", field: 'annotations["a"]' }]), undefined);
});

test("an annotation says what may be reached, part by part", () => {
  assert.deepEqual(WHOLE, {
    paths: [
      { path: "/usr", access: ["read", "execute"] },
      { path: "/etc/passwd", access: ["read", "write"] },
    ],
    ports: [{ port: 80, access: ["bind"] }],
    scopes: ["signal"],
    bestEffort: false,
    field: FIELD,
  });
  assert.equal(landlockDetail(WHOLE), "/usr=read,execute /etc/passwd=read,write port 80=bind signal");
});

test("what would not be held is refused by its place", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["{", /line 1, column 2/],
    ['{"path":{}}', /path: is unknown, expected one of paths, ports, scopes, bestEffort/],
    ['{"paths":{"tmp":["read"]}}', /paths\.tmp: is not an absolute path/],
    ['{"paths":{"/tmp":["append"]}}', /"append" is unknown, expected one of read, execute, write, make, device/],
    ['{"ports":{"65536":["bind"]}}', /is not a TCP port/],
    ['{"ports":{"80":["listen"]}}', /"listen" is unknown, expected one of bind, connect/],
    ['{"scopes":["pid"]}', /scopes\[0\]: "pid" is unknown/],
    ['{"bestEffort":"yes"}', /bestEffort: expected a boolean, got string/],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => read(value), message);
    assert.throws(() => read(value), /^Failure: annotations\["org\.teu\.runtime\.landlock"\]: /);
  }
});

/** A kernel with a version of Landlock; 0 for none. */
function kernel(version: number): FakeKernel {
  const fake = new FakeKernel({ "/usr/": "", "/etc/passwd": "" });
  fake.answers.set("landlock_create", (attributes) => (attributes === "" ? version || -95 : 7));
  return fake.install();
}

const rule = (rights: number): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(rights);
  return bytes.toString("hex");
};

test("each rule has the rights that this kernel and this kind of file know", () => {
  const fake = kernel(6);
  applyLandlock(WHOLE);
  assert.deepEqual(fake.callsOf("landlock_create").slice(-1), [`${rule(fileRights(6))}${rule(3)}${rule(2)}`]);
  const rules = fake.callsOf("landlock_add").map((call) => call.split(" ").slice(1));
  assert.deepEqual(
    rules.map(([type, bytes = ""]) => `${type} ${bytes.slice(0, 16)}`),
    [`1 ${rule(0b1101)}`, `1 ${rule(0b100_0000_0000_0110)}`, `2 ${rule(1)}`],
  );
  assert.equal(fake.callsOf("landlock_restrict").length, 1);
});

test("a kernel that cannot hold all of it fails the create, unless best effort will do", () => {
  kernel(3);
  assert.throws(() => checkLandlock(WHOLE), /this kernel has version 3 of Landlock, version 6 is needed/);
  checkLandlock(read('{"paths":{},"scopes":["signal"],"bestEffort":true}'));
  kernel(0);
  assert.throws(() => checkLandlock(read('{"ports":{}}')), /this kernel has no Landlock, version 4 is needed/);
  checkLandlock(read("{}"));
  assert.throws(() => applyLandlock(WHOLE), /no Landlock/);
});

test("best effort passes over what is not there", () => {
  const fake = kernel(3);
  applyLandlock(read('{"paths":{"/nowhere":["read"]},"ports":{"1":["bind"]},"bestEffort":true}'));
  assert.deepEqual(fake.callsOf("landlock_create").slice(-1), [`${rule(fileRights(3))}${rule(0)}${rule(0)}`]);
  assert.deepEqual([fake.callsOf("landlock_add"), fake.callsOf("landlock_restrict").length], [[], 1]);
  assert.throws(() => applyLandlock(read('{"paths":{"/nowhere":["read"]}}')), /allow with Landlock "\/nowhere"/);
});
