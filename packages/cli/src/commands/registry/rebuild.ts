/**
 * `teu registry rebuild`: makes lost metadata anew from the journal and the blobs.
 * @module
 */
import { dataOptionsOf } from "@teu/registry-server/config/places";
import { rebuildData } from "@teu/registry-server/data";
import { DEFAULT_SETTINGS } from "@teu/registry-server/registry";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { readPlace } from "./place.ts";

/** Runs the command. */
export const rebuild: Action = async (invocation, host) => {
  const { config, root } = await readPlace(invocation, host);
  const leaseMs = config.leaseMs ?? DEFAULT_SETTINGS.leaseMs;
  const { changes, skipped, ended, lost } = await rebuildData(root, {
    ...dataOptionsOf(config, host.env),
    leaseMs,
    signal: host.signal,
  });
  for (const { repo, digest } of lost) host.out(`lost ${repo}@${digest}\n`);
  host.out(
    `${changes} changes played again, ${skipped} of them without effect; ${ended} blobs were collected since, ${lost.length} are lost\n`,
  );
  return lost.length > 0 ? EXIT.failed : EXIT.ok;
};
