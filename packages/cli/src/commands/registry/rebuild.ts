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
  const { changes, skipped, lost } = await rebuildData(root, {
    ...dataOptionsOf(config, host.env),
    leaseMs,
    signal: host.signal,
  });
  host.out(
    `${changes} changes played again, ${skipped} of them without effect; ${lost} blobs are not there any more\n`,
  );
  return lost > 0 ? EXIT.failed : EXIT.ok;
};
