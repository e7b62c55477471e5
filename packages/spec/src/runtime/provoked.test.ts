import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { RUNTIME_CLAUSES, type RuntimeClauseId } from "./clauses.ts";
import { checkConfig, parseConfig } from "./config.ts";
import { checkFeatures } from "./features.ts";
import { type Broken, CONFIG, FEATURES, SECCOMP_STATE, STATE, WINDOWS, bytes, json } from "./good.test.data.ts";
import { BROKEN_CONFIG } from "./provoked-config.test.data.ts";
import { BROKEN_LINUX } from "./provoked-linux.test.data.ts";
import { BROKEN_OTHERS } from "./provoked-others.test.data.ts";
import { checkSeccompState } from "./seccomp-state.ts";
import { checkState } from "./state.ts";

const BROKEN: Broken = { ...BROKEN_CONFIG, ...BROKEN_LINUX, ...BROKEN_OTHERS };

/** What a broken document breaks besides. */
const BESIDES: { readonly [Id in RuntimeClauseId]?: readonly RuntimeClauseId[] } = {
  "runtime.features.annotations": ["runtime.annotations.key"],
};

/** Clauses that bytes break which are no document yet. */
const UNREADABLE: { readonly [Id in RuntimeClauseId]?: Uint8Array } = {
  "runtime.json.utf8": Uint8Array.of(0x22, 0xff, 0x22),
  "runtime.json.names": new TextEncoder().encode('{"ociVersion":"1.3.0","ociVersion":"1.3.0"}'),
};

const CLAUSES = Object.values(RUNTIME_CLAUSES);

suite("each clause that a document can break is found broken, and nothing else", () => {
  for (const { id } of CLAUSES.filter(({ judge }) => judge === "document")) {
    test(id, () => {
      const clause = id as RuntimeClauseId;
      const look = BROKEN[clause];
      if (look === undefined) return assertUnreadable(clause);
      const broken = new Set(look().map((issue) => issue.clause));
      assert.deepEqual(broken, new Set([...(BESIDES[clause] ?? []), clause]));
    });
  }
});

test("a clause on behaviour is broken by no document", () => {
  for (const { id } of CLAUSES.filter(({ judge }) => judge === "behaviour")) {
    assert.equal(BROKEN[id as RuntimeClauseId], undefined, id);
  }
});

function assertUnreadable(clause: RuntimeClauseId): void {
  const input = UNREADABLE[clause] ?? assert.fail("no document breaks it");
  assertCode(() => parseConfig(input), "ERR_DOCUMENT_INVALID");
}

test("the documents that the tests spoil break no clause", () => {
  assert.deepEqual(checkConfig(json(CONFIG)), []);
  assert.deepEqual(checkConfig(json(WINDOWS)), []);
  assert.deepEqual(checkState(json(STATE)), []);
  assert.deepEqual(checkSeccompState(json(SECCOMP_STATE)), []);
  assert.deepEqual(checkFeatures(json(FEATURES)), []);
});

test("what is no object is no document", () => {
  for (const value of [null, [], "a", 1]) {
    for (const check of [checkConfig, checkState, checkSeccompState, checkFeatures]) {
      assert.equal(check(json(value)).length, 1);
    }
  }
  assertCode(() => parseConfig(bytes([])), "ERR_DOCUMENT_INVALID");
});
