import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { tarArchive, tarFile, tarHeader, tarLong, tarPax } from "./craft-tar.ts";
import { needsProgram } from "./skip.ts";

test("crafted archives are ones that tar lists", { skip: needsProgram("tar") }, () => {
  const archive = tarArchive(
    tarFile({ name: "plain" }, "hello"),
    tarPax([["path", "renamed"]]),
    tarHeader({ name: "x" }),
    tarLong("L", "long"),
    tarHeader({ name: "y", typeflag: "5" }),
  );
  const listing = execFileSync("tar", ["-tf", "-"], { input: archive, encoding: "utf8" });
  assert.equal(listing, "plain\nrenamed\nlong\n");
});
