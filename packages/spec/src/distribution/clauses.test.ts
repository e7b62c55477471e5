import assert from "node:assert/strict";
import { test } from "node:test";
import { DISTRIBUTION_CLAUSES, DISTRIBUTION_SPEC, type DistributionClauseId, DRAFT_REPLACES } from "./clauses.ts";

const clauses = Object.values(DISTRIBUTION_CLAUSES);

test("the clauses of distribution-spec are complete in number, for the release and for the draft", () => {
  // The numbers change only when a new text of the specification is read.
  const drafts = clauses.filter((clause) => clause.draft === true);
  assert.deepEqual({ all: clauses.length, drafts: drafts.length }, { all: 238, drafts: 37 });
});

test("each clause of distribution-spec is named, said once, and written somewhere", () => {
  for (const clause of clauses) {
    assert.match(clause.id, /^distribution(\.[a-z][a-z0-9-]*){2,5}$/);
    assert.match(clause.section, /^(spec|extensions\/README|extensions\/_oci)\.md#[a-z-]+$/);
    assert.ok(clause.text.endsWith(".") && clause.text.length <= 140, clause.id);
  }
  assert.equal(new Set(clauses.map((clause) => clause.text)).size, clauses.length);
});

test("a link leads to the release, and for a draft clause to the commit that it was read at", () => {
  const { "distribution.tags.order": release, "distribution.tags.order.either": draft } = DISTRIBUTION_CLAUSES;
  assert.equal(release.link, `${DISTRIBUTION_SPEC.base}/spec.md#listing-tags`);
  assert.equal(draft.link, `${DISTRIBUTION_SPEC.draftBase}/spec.md#listing-tags`);
});

test("a draft clause replaces a clause of the release", () => {
  for (const [draft, release] of Object.entries(DRAFT_REPLACES)) {
    assert.equal(DISTRIBUTION_CLAUSES[draft as DistributionClauseId].draft, true, draft);
    assert.equal(DISTRIBUTION_CLAUSES[release].draft, undefined, release);
  }
});
