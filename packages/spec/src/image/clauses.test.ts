import assert from "node:assert/strict";
import { test } from "node:test";
import { DOCKER_CLAUSES } from "../docker/clauses.ts";
import { IMAGE_CLAUSES, IMAGE_SPEC } from "./clauses.ts";

const clauses = Object.values(IMAGE_CLAUSES);

test("the clauses of image-spec are complete in number, for the release and for the draft", () => {
  // The numbers change only when a new text of the specification is read.
  const drafts = clauses.filter((clause) => clause.draft === true);
  assert.deepEqual({ all: clauses.length, drafts: drafts.length }, { all: 308, drafts: 11 });
});

test("each clause is named, said once, and written somewhere", () => {
  const all = [...clauses, ...Object.values(DOCKER_CLAUSES)];
  for (const { id, section, text } of all) {
    assert.match(id, /^(image|docker)(\.[A-Za-z][A-Za-z0-9_]*){1,5}$/);
    assert.match(section, /^([a-z0-9-]+\.md#[a-z0-9-]+|GHSA(-[a-z0-9]{4}){3})$/);
    assert.ok(text.endsWith(".") && !text.includes("|"), id);
  }
  assert.equal(new Set(all.map(({ text }) => text)).size, all.length);
});

test("what a document cannot break, no checker judges", () => {
  for (const { id, level, judge } of clauses) {
    if (judge === "document" && level === "MAY") assert.match(id, /\.form$/);
  }
});

test("a link leads to the release, to the commit that a draft was read at, or to an advisory", () => {
  assert.equal(IMAGE_CLAUSES["image.config.User"].link, `${IMAGE_SPEC.base}/config.md#properties`);
  assert.equal(IMAGE_CLAUSES["image.layer.whiteout.bare"].link, `${IMAGE_SPEC.draftBase}/layer.md#whiteouts`);
  assert.match(IMAGE_CLAUSES["image.confusion"].link, /\/security\/advisories\/GHSA-77vh-xpmg-72qh$/);
});
