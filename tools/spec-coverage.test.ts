import assert from "node:assert/strict";
import { test } from "node:test";
import { DOCKER_REGISTRY_CLAUSES } from "@teu/spec/distribution/docker-clauses";
import { DISTRIBUTION_CLAUSES } from "@teu/spec/distribution/clauses";
import { DOCKER_CLAUSES } from "@teu/spec/docker/clauses";
import { IMAGE_CLAUSES } from "@teu/spec/image/clauses";
import { RUNTIME_CLAUSES } from "@teu/spec/runtime/clauses";
import { renderSpecCoverage } from "./spec-coverage.ts";

const tables = {
  ...IMAGE_CLAUSES,
  ...RUNTIME_CLAUSES,
  ...DISTRIBUTION_CLAUSES,
  ...DOCKER_REGISTRY_CLAUSES,
  ...DOCKER_CLAUSES,
};
const page = renderSpecCoverage();
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.slice(2, -2).split(/ (?<!\\)\| /));

test("the page has each clause of every table once, with its address", () => {
  assert.deepEqual(new Set(rows.map(([id]) => id?.slice(1, -1))), new Set(Object.keys(tables)));
  assert.equal(rows.length, Object.keys(tables).length);
  for (const [id = "", level, judge, , section, ...more] of rows) {
    const clause = Object.values(tables).find((each) => id === `\`${each.id}\``);
    assert.equal(level, clause?.draft === true ? `${clause.level} (draft)` : clause?.level);
    assert.deepEqual([judge, section, more], [clause?.judge, `[${clause?.section}](${clause?.link})`, []]);
  }
});

test("the counts add up", () => {
  const counted = page.split("\n").filter((line) => line.startsWith("| ["));
  const sums = counted.map((line) => line.split("|").slice(2, -1).map(Number));
  for (const numbers of sums)
    assert.equal(
      numbers.slice(0, 6).reduce((sum, each) => sum + each, 0),
      numbers[6],
    );
  assert.equal(
    sums.reduce((sum, numbers) => sum + (numbers[6] ?? 0), 0),
    Object.keys(tables).length,
  );
});
