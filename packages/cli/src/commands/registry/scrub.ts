/**
 * `teu registry scrub`: reads every blob and compares it with its digest.
 * @module
 */
import { scrub as scrubAll } from "@teu/registry-server/collect/scrub";
import { dataOptionsOf } from "@teu/registry-server/config/places";
import { openData } from "@teu/registry-server/data";
import { PullThrough } from "@teu/registry-server/upstream/pull-through";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { readPlace } from "./place.ts";
import { Upstreams } from "./upstreams.ts";

/** Runs the command. */
export const scrub: Action = async (invocation, host) => {
  const { config, root, folder } = await readPlace(invocation, host);
  using upstreams = new Upstreams(folder);
  await using data = await openData(root, dataOptionsOf(config, host.env));
  const { registry } = data;
  const onError = (error: unknown): void => host.note(error instanceof Error ? error.message : String(error));
  registry.pullThrough = new PullThrough(() => config.upstreams, upstreams.open, onError);
  const found = await scrubAll(registry, { repair: invocation.flag("repair"), signal: host.signal });
  for (const kind of ["missing", "damaged", "healed", "strays"] as const)
    for (const digest of found[kind]) host.out(`${kind} ${digest}\n`);
  const { checked, bytes, missing, damaged, healed, strays } = found;
  const counts = `${missing.length} missing, ${damaged.length} damaged, ${healed.length} healed, ${strays.length} strays`;
  host.out(`${checked} blobs checked, ${bytes} bytes; ${counts}\n`);
  return missing.length + damaged.length > healed.length ? EXIT.failed : EXIT.ok;
};
