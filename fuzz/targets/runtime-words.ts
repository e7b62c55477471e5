/** The small grammars inside of runtime documents: versions, lists of numbers, paths of volumes, whole numbers. */
import assert from "node:assert/strict";
import { INT64, compareIntegers, fitsInteger } from "@teu/spec/runtime/integers";
import { isNumberList } from "@teu/spec/runtime/number-lists";
import { isVolumePath, isWindowsAbsolute } from "@teu/spec/runtime/paths";
import { compareVersions, parseVersion } from "@teu/spec/runtime/semver";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "runtime-words",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const text = new TextDecoder().decode(input);
    const lines = text.split("\n").slice(0, 4);
    for (const line of lines) checkWord(line);
    for (const a of lines) for (const b of lines) checkOrder(a, b);
  },
};

function checkWord(text: string): void {
  if (isNumberList(text)) assert.match(text, /^[0-9, \s-]*$/);
  if (isVolumePath(text)) assert.ok(isWindowsAbsolute(text));
  const version = parseVersion(text);
  if (version === undefined) return;
  const { major, minor, patch, prerelease } = version;
  const core = `${major}.${minor}.${patch}`;
  const written = prerelease.length === 0 ? core : `${core}-${prerelease.join(".")}`;
  assert.equal(written, text.split("+")[0]);
  if (fitsInteger(major, INT64)) assert.equal(BigInt.asIntN(64, BigInt(major)), BigInt(major));
}

function checkOrder(a: string, b: string): void {
  const [first, second] = [parseVersion(a), parseVersion(b)];
  if (first === undefined || second === undefined) return;
  const order = Math.sign(compareVersions(first, second));
  assert.equal(Math.sign(compareVersions(second, first)) + order, 0);
  const major = compareIntegers(first.major, second.major);
  if (major !== 0) assert.equal(order, major);
}

const SEEDS = [
  "1.0.0-rc.1\n1.0.0-rc.11+build.7\n1.0.0\n0.5.0-dev",
  "0-3,7\n0-3 , 7",
  "\\\\?\\Volume{2a0ab7c8-3b1d-4bc6-9d0f-7e52d7a1c0de}\\",
];
