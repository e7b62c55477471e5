import assert from "node:assert/strict";
import { test } from "node:test";
import { CapabilitySet } from "@teu/kernel/capabilities";
import { FakeKernel } from "@teu/kernel/fake";
import { parseJson } from "@teu/std/json";
import { type ProcessConfig, readProcess } from "../config/process.ts";
import { numberMask } from "./cpu-list.ts";
import { chooseCapabilities } from "./identity.ts";
import { environmentOf, findProgram } from "./program.ts";

const processOf = (json: Record<string, unknown>): ProcessConfig =>
  readProcess(parseJson(JSON.stringify({ args: ["prog"], cwd: "/w", ...json })));

function withFiles(paths: readonly string[]): void {
  new FakeKernel(Object.fromEntries(paths.map((path) => [path, ""]))).install();
}

test("a program is looked up along PATH of the container, a path is taken as it is", () => {
  withFiles(["/b/prog", "/etc/"]);
  assert.equal(findProgram(processOf({ env: ["PATH=/a:/b"] })), "/b/prog");
  assert.equal(findProgram(processOf({ args: ["/b/prog"] })), "/b/prog");
  const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ env: ["PATH=/a"] }, /executable file not found in \$PATH/],
    [{ args: ["/gone"] }, /stat \/gone: no such file or directory/],
    [{ args: ["/etc"] }, /is a directory/],
    [{ args: ["./x"] }, /stat \/w\/\.\/x: no such file/],
  ];
  for (const [json, message] of cases) assert.throws(() => findProgram(processOf(json)), message);
});

test("HOME comes from the container's users where it is not given, or empty", () => {
  new FakeKernel({ "/etc/passwd": "root:x:0:0::/root:\nana:x:5:5::/home/ana:\n" }).install();
  assert.deepEqual(environmentOf(processOf({ user: { uid: 5, gid: 5 }, env: ["A=1"] })), ["A=1", "HOME=/home/ana"]);
  assert.deepEqual(environmentOf(processOf({ env: ["HOME="] })), ["HOME=/root"]);
  assert.deepEqual(environmentOf(processOf({ user: { uid: 9, gid: 9 }, env: [] })), ["HOME=/"]);
  assert.deepEqual(environmentOf(processOf({ env: ["HOME=/x"] })), ["HOME=/x"]);
});

test("capabilities that cannot be granted are left out with a warning", () => {
  const available = new CapabilitySet();
  for (const number of [0, 5]) available.add(number);
  const names = {
    bounding: ["CAP_CHOWN"],
    effective: ["CAP_CHOWN", "CAP_KILL"],
    permitted: ["CAP_CHOWN", "CAP_SYS_ADMIN"],
    inheritable: [],
    ambient: ["CAP_CHOWN"],
  };
  const chosen = chooseCapabilities(names, available, 40);
  assert.deepEqual([chosen.permitted.low, chosen.effective.low, chosen.ambient.low], [1, 1, 0]);
  assert.deepEqual(chosen.warnings, [
    "process.capabilities.permitted: CAP_SYS_ADMIN is not granted, since the runtime does not have it",
    "can't raise ambient capability CAP_CHOWN: it is not both permitted and inheritable",
  ]);
  const several = chooseCapabilities({ ...names, permitted: [], ambient: ["CAP_CHOWN", "CAP_KILL"] }, available, 40);
  assert.deepEqual(several.warnings, [
    "can't raise ambient capability CAP_CHOWN: it is not both permitted and inheritable, nor is CAP_KILL",
  ]);
  const none = chooseCapabilities(undefined, available, 40);
  assert.deepEqual([none.bounding.low, none.permitted.low], [0, 0]);
  assert.match(
    chooseCapabilities({ ...names, bounding: ["CAP_X"] }, available, 40).warnings.at(-1) ?? "",
    /"CAP_X" is unknown/,
  );
});

test("lists of numbers become bits", () => {
  assert.deepEqual([...numberMask("0-2,8", "f")].slice(0, 2), [7, 1]);
  assert.equal(numberMask("64", "f").length, 16);
  for (const text of ["", "a", "3-1", "1-", "5000", "1,,2"])
    assert.throws(() => numberMask(text, "f"), /is not a list such as 0-3,8/, text);
});
