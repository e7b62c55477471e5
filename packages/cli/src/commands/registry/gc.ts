/**
 * `teu registry gc`: collects what nobody needs, while the registry is not served.
 * @module
 */
import { collectGarbage } from "@teu/registry-server/collect/collector";
import { dataOptionsOf } from "@teu/registry-server/config/places";
import { openData } from "@teu/registry-server/data";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { readPlace } from "./place.ts";

/** Runs the command. Where nobody else has the data, doomed blobs need not wait. */
export const gc: Action = async (invocation, host) => {
  const { config, root } = await readPlace(invocation, host);
  await using data = await openData(root, dataOptionsOf(config, host.env));
  const doomedMs = config.database === undefined ? -1 : config.graceMs;
  const options = { undeleteMs: config.undeleteMs, doomedMs, signal: host.signal };
  const { uploads, manifests, links, blobs, bytes } = await collectGarbage(data.registry, options);
  host.out(
    `${blobs} blobs removed, ${bytes} bytes; ${manifests} manifests, ${links} links, ${uploads} uploads ended\n`,
  );
  return EXIT.ok;
};
