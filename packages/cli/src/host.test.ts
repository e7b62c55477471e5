import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { coreGuard } from "./host.ts";

const FILTER = "/proc/self/coredump_filter";
const skip = existsSync(FILTER) ? false : `needs ${FILTER}`;

test(
  "no memory gets into a core while a secret is guarded, and what is started after it is as before",
  { skip },
  () => {
    const filter = (): number => Number.parseInt(readFileSync(FILTER, "latin1"), 16);
    const before = filter();
    const guard = coreGuard();
    guard.guardSecrets();
    guard.guardSecrets();
    assert.equal(filter(), 0);
    guard.endGuard();
    guard.endGuard();
    assert.equal(filter(), before);
  },
);
