/**
 * How soon the kernel ends a process when memory runs out.
 * @module
 */
import { EACCES, EPERM, check } from "@teu/kernel/errno";
import { tryWriteFile } from "@teu/kernel/files";
import { attempt } from "../failure.ts";
import { isRootless } from "./rootless.ts";

/** Sets the score of a process. An ordinary user may not lower it: there the wish is passed over. @throws Failure */
export function setOomScore(pid: number, score: string): void {
  const result = tryWriteFile(`/proc/${pid}/oom_score_adj`, score);
  if ((result === -EACCES || result === -EPERM) && isRootless()) return;
  attempt("process.oomScoreAdj", () => check(result, "write", `/proc/${pid}/oom_score_adj`));
}
