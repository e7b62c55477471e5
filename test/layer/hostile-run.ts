/**
 * Unpacks every hostile image, each beside canaries, and tells what came of it.
 *   node hostile-run.ts FOLDER HELPER|none      as whoever runs it; prints JSON
 * @module
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageOf } from "@teu/layer/testing/sample-image";
import { removeTree } from "@teu/layer/remove-tree";
import { unpack } from "@teu/layer/unpack";
import { isTeuError } from "@teu/std/error";
import { tarArchive } from "@teu/testing/craft-tar";
import { type HostileCase, hostileCases } from "./hostile-cases.ts";

/** What came of one case. */
export interface HostileOutcome {
  readonly name: string;
  /** The code of the refusal; empty where the image was unpacked. */
  readonly code: string;
  readonly message: string;
  /** Whether all that is outside is as it was. */
  readonly unharmed: boolean;
  /** Names that a refusal left behind. */
  readonly debris: readonly string[];
}

const CONCURRENCY = 4;

/** Runs every case below `folder`, several at a time, each beside canaries that no other has then. */
export async function runHostileCases(folder: string, helper: string): Promise<HostileOutcome[]> {
  const outcomes: HostileOutcome[] = [];
  writeFileSync(join(folder, "canary"), "alive");
  let next = 0;
  const worker = async (_: unknown, number: number): Promise<void> => {
    const out = join(folder, `outside-${number}`);
    mkdirSync(join(out, "inner"), { recursive: true });
    for (const path of ["canary", "inner/canary"]) writeFileSync(join(out, path), "alive");
    const cases = hostileCases({ OUT: out, UP: "../".repeat(12) });
    for (let index = next++; index < cases.length; index = next++) {
      const one = cases[index];
      if (one !== undefined) outcomes[index] = await runCase(one, { folder, out, index, helper });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return outcomes;
}

interface Place {
  readonly folder: string;
  readonly out: string;
  readonly index: number;
  readonly helper: string;
}

async function runCase(one: HostileCase, { folder, out, index, helper }: Place): Promise<HostileOutcome> {
  const home = join(folder, `case-${index}`);
  mkdirSync(home);
  writeFileSync(join(home, "canary"), "alive");
  const state = (): string => [out, join(folder, "canary"), join(home, "canary")].map(stateOf).join();
  const before = state();
  const failure = await tryUnpack(one, join(home, "root"), helper);
  const after = state();
  const debris = readdirSync(home).filter((name) => name !== "canary" && (failure !== undefined || name !== "root"));
  await removeTree(home);
  const code = failure === undefined ? "" : isTeuError(failure) ? failure.code : "not a TeuError";
  return {
    name: one.name,
    code,
    message: failure instanceof Error ? failure.message : "",
    unharmed: before === after,
    debris,
  };
}

async function tryUnpack({ layers }: HostileCase, target: string, helper: string): Promise<unknown> {
  try {
    const image = await imageOf(layers.map((parts) => tarArchive(...parts)));
    await unpack(image, target, { helper });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** All that can be seen of what is at a path, as one digest. */
function stateOf(path: string): string {
  const hash = createHash("sha256");
  const visit = (at: string): void => {
    const stat = lstatSync(at, { bigint: true });
    const { mode, uid, gid, size, nlink, mtimeNs, ctimeNs, ino } = stat;
    hash.update([at, mode, uid, gid, size, nlink, mtimeNs, ctimeNs, ino].join(" "));
    if (stat.isSymbolicLink()) hash.update(readlinkSync(at));
    else if (stat.isDirectory()) for (const name of readdirSync(at).sort()) visit(join(at, name));
    else hash.update(readFileSync(at));
  };
  visit(path);
  return hash.digest("hex");
}

const [, , folder = "", helper = ""] = process.argv;
if (import.meta.main) console.log(JSON.stringify(await runHostileCases(folder, helper)));
