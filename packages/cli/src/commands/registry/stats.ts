/**
 * `teu registry stats`: what each repository holds.
 * @module
 */
import { allRepositories } from "@teu/registry-server/collect/retention";
import { dataOptionsOf } from "@teu/registry-server/config/places";
import { openData } from "@teu/registry-server/data";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { readPlace } from "./place.ts";

/** Runs the command. */
export const stats: Action = async (invocation, host) => {
  const { config, root } = await readPlace(invocation, host);
  await using data = await openData(root, dataOptionsOf(config, host.env));
  const { metadata } = data.registry;
  const rows = await Array.fromAsync(allRepositories(data.registry), async (name) => ({
    name,
    ...(await metadata.usage(name)),
  }));
  if (invocation.option("format") === "json") {
    host.out(`${JSON.stringify(rows)}\n`);
    return EXIT.ok;
  }
  for (const { name, tags, manifests, blobs, bytes } of rows)
    host.out(`${name}  ${tags} tags, ${manifests} manifests, ${blobs} blobs, ${bytes} bytes\n`);
  host.out(`${rows.length} repositories\n`);
  return EXIT.ok;
};
