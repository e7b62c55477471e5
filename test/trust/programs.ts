/**
 * The programs of others that signatures are compared with. `tools/peers/install.sh` unpacks them.
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SkipReason } from "@teu/testing/skip";
import { type Ended, type RunOptions, run } from "../registry-client/programs.ts";

const folder = join(import.meta.dirname, "../../.setup/peers/bin");

/** A program that `tools/peers/install.sh` unpacks. */
export type Peer = "cosign" | "notation" | "oras" | "skopeo";

/** For tests that run such programs. */
export function needsPeer(...names: readonly Peer[]): SkipReason {
  const absent = names.filter((name) => !existsSync(join(folder, name)));
  return absent.length === 0 ? false : `needs ${absent.join(" and ")} in .setup/peers: run tools/peers/install.sh`;
}

/** Runs such a program to its end, with a home of its own. */
export async function peer(
  name: Peer,
  home: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, "config"), COSIGN_PASSWORD: PASSWORD, ...options.env };
  return await run(join(folder, name), words, { ...options, env });
}

/** What the keys of tests are kept under. */
export const PASSWORD = "correct horse battery";
