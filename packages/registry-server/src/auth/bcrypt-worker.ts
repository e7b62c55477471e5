/**
 * The thread that computes bcrypt, which takes a tenth of a second and more for each password.
 * @module
 */
import { parentPort } from "node:worker_threads";
import { compareSync } from "bcryptjs";

/** A password to compare with a hash. */
export interface CompareOrder {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

parentPort?.on("message", ({ id, password, hash }: CompareOrder) => {
  parentPort?.postMessage({ id, matches: compareSync(password, hash) });
});
