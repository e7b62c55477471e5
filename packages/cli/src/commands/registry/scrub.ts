/**
 * `teu registry scrub`: reads every blob and compares it with its digest.
 * @module
 */
import { scrub as scrubAll } from "@teu/registry-server/collect/scrub";
import { dataOptionsOf } from "@teu/registry-server/config/places";
import { openData } from "@teu/registry-server/data";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { readPlace } from "./place.ts";

/** Runs the command. */
export const scrub: Action = async (invocation, host) => {
  const { config, root } = await readPlace(invocation, host);
  await using data = await openData(root, dataOptionsOf(config, host.env));
  const found = await scrubAll(data.registry, { repair: invocation.flag("repair"), signal: host.signal });
  for (const kind of ["missing", "damaged", "strays"] as const)
    for (const digest of found[kind]) host.out(`${kind} ${digest}\n`);
  const { checked, bytes, missing, damaged, strays } = found;
  host.out(
    `${checked} blobs checked, ${bytes} bytes; ${missing.length} missing, ${damaged.length} damaged, ${strays.length} strays\n`,
  );
  return missing.length + damaged.length > 0 ? EXIT.failed : EXIT.ok;
};
