/** The cases of runtime-spec's own tests of its schema, `schema/test` at v1.3.0, each with values of our own. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import type { Document } from "../document.ts";
import { parseConfig } from "./config.ts";
import { parseFeatures } from "./features.ts";
import { parseState } from "./state.ts";

const FIXTURES = new URL("../../fixtures/runtime/upstream/", import.meta.url);
const PARSERS = { config: parseConfig, state: parseState, features: parseFeatures };

/** Every case, and what we find in it besides upstream's verdict. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  "config/good/freebsd-example.json": [],
  "config/good/freebsd-minimal.json": [],
  "config/good/linux-netdevice.json": [],
  "config/good/linux-rdma.json": [],
  "config/good/minimal-for-start.json": [],
  "config/good/minimal.json": [],
  // It sets both limits on kernel memory, which the specification calls not recommended.
  "config/good/spec-example.json": [
    "runtime.linux.resources.memory.obsolete",
    "runtime.linux.resources.memory.obsolete",
  ],
  "config/good/zos-example.json": [],
  "config/good/zos-minimal.json": [],
  "config/bad/freebsd-vnet-disable.json": ["runtime.freebsd.jail.vnet"],
  "config/bad/invalid-json.json": [],
  "config/bad/linux-hugepage.json": ["runtime.linux.resources.hugepageLimits.pageSize.format"],
  "config/bad/linux-netdevice.json": ["runtime.linux.netDevices.types"],
  "config/bad/linux-rdma.json": ["runtime.linux.resources.rdma.types"],
  "state/good/spec-example.json": [],
  "state/bad/invalid-json.json": [],
  "features/good/minimal.json": [],
  "features/good/runc.json": [],
  "features/bad/missing-ociVersionMax.json": ["runtime.features.ociVersionMax"],
};

suite("runtime-spec's tests of its schema", () => {
  for (const [name, clauses] of Object.entries(CASES)) {
    test(name, () => {
      const [kind = "", verdict] = name.split("/");
      const parse: (bytes: Uint8Array) => Document<unknown> = PARSERS[kind as keyof typeof PARSERS];
      const bytes = readFileSync(new URL(name, FIXTURES));
      const issues = verdict === "good" ? parse(bytes).issues : issuesOf(() => parse(bytes));
      assert.deepEqual(
        issues.map(({ clause }) => clause),
        clauses,
      );
    });
  }
});

test("the cases are those that there are files for", () => {
  const entries = readdirSync(FIXTURES, { recursive: true, encoding: "utf8" });
  assert.deepEqual(entries.filter((name) => name.endsWith(".json")).sort(), Object.keys(CASES).sort());
});

function issuesOf(parse: () => unknown): readonly { readonly clause: string }[] {
  const { detail } = assertCode(parse, "ERR_DOCUMENT_INVALID");
  return (detail as { readonly issues: readonly { readonly clause: string }[] }).issues;
}
