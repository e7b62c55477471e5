/** What other runtimes write: stored copies, and what the programs on this machine write now. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { suite, test } from "node:test";
import { parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import { needsProgram } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import type { Document } from "../document.ts";
import { parseConfig } from "./config.ts";
import { parseFeatures } from "./features.ts";
import { bytes } from "./good.test.data.ts";

type Parse = (bytes: Uint8Array) => Document<unknown>;

const STORED = new URL("../../fixtures/runtime/peers/", import.meta.url);

/** Asserts that a document breaks no clause and means the same once it is read and written again. */
function assertKept(input: Uint8Array, parse: Parse): void {
  const { value, issues } = parse(input);
  assert.deepEqual(issues, []);
  assert.deepEqual(parse(bytes(value)).value, toValue(parseJsonBytes(input)));
}

suite("stored documents of other runtimes break no clause and survive a round trip", () => {
  for (const name of readdirSync(STORED)) {
    test(name, () => {
      assertKept(readFileSync(new URL(name, STORED)), name.includes("features") ? parseFeatures : parseConfig);
    });
  }
});

suite("documents of the runtimes on this machine break no clause and survive a round trip", () => {
  for (const command of ["runc spec", "runc spec --rootless", "crun spec", "crun spec --rootless"]) {
    const [program = "", ...args] = command.split(" ");
    test(command, { skip: needsProgram(program) }, async () => {
      await using dir = await tempDir();
      execFileSync(program, args, { cwd: dir.path });
      assertKept(readFileSync(dir.join("config.json")), parseConfig);
    });
  }

  test("runc features", { skip: needsProgram("runc") }, () => {
    assertKept(execFileSync("runc", ["features"]), parseFeatures);
  });
});

test("a round trip keeps unknown fields, exact integers and their order", () => {
  const text = [
    '{"ociVersion":"1.3.0","root":{"path":"rootfs","x-unknown":[null,1.5,{"a":18446744073709551616}]},',
    '"process":{"cwd":"/","args":["a"],"rlimits":[{"type":"RLIMIT_CORE","soft":9007199254740993,',
    '"hard":18446744073709551615}]},"__proto__":{"b":-9223372036854775808}}',
  ].join("");
  const { value, issues } = parseConfig(new TextEncoder().encode(text));
  assert.deepEqual(issues, []);
  assert.equal(value.process?.rlimits?.[0]?.hard, 18446744073709551615n);
  assert.equal(stringifyJson(value), text);
});
