/**
 * The CRIU that containers are saved with.
 * @module
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { SkipReason } from "@teu/testing/skip";
import { projectRoot } from "../../tools/project.ts";

/** Where it is found: what `tools/peers/install.sh` unpacks stands before what the machine has, which new kernels may be too new for. */
export const CRIU_PATH: string = `${join(projectRoot, ".setup/peers/bin")}:${process.env["PATH"] ?? ""}`;

/** For tests that save and restore containers. */
export const needsCriu: SkipReason = whyNoCriu();

function whyNoCriu(): SkipReason {
  const env = { ...process.env, PATH: CRIU_PATH };
  const { status, stderr } = spawnSync("criu", ["check"], { encoding: "utf8", env, timeout: 20_000 });
  if (status === 0) return false;
  return `criu does not work here: ${(stderr ?? "no such program").trim().split("\n")[0]}`;
}
