import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { STRICT, cc } from "./c.ts";
import { toolDir } from "./paths.ts";

const skip = spawnSync(cc, ["--version"]).status === 0 ? false : "needs a C compiler";

test("the memory of brief programs keeps what is written to it", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "teu-memory-"));
  try {
    const program = join(folder, "check");
    const sources = ["memory-check.c", "memory.c", "kept.c"].map((file) => join(toolDir, "program", file));
    const flags = ["-fno-builtin", "-Wno-alloc-size-larger-than", "-fsanitize=undefined", "-fno-sanitize-recover"];
    execFileSync(cc, [...STRICT, ...flags, ...sources, "-o", program]);
    assert.deepEqual(run(program), { status: 0, stdout: "", stderr: "" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function run(program: string): object {
  const { status, stdout, stderr } = spawnSync(program, { encoding: "utf8", timeout: 20_000 });
  return { status, stdout, stderr };
}
