/**
 * `teu image repack`: what has changed in a bundle as a new layer of its image.
 * @module
 */
import { resolve } from "node:path";
import { copy } from "@teu/content/copy";
import { openTarget } from "@teu/content/image-place";
import { openLayout } from "@teu/content/layout-store";
import { imageGraph } from "@teu/content/mutate/image";
import { formatTime } from "@teu/content/mutate/config-edit";
import { repack } from "@teu/layer/repack/repack";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import { openOneImage, placeOf } from "./image-argument.ts";

/** Runs the command. */
export const imageRepack: Action = async (invocation, host) => {
  const [source = "", bundle = "", target = source] = invocation.operands;
  await using opened = await openOneImage(source, invocation, host);
  const place = placeOf(target, host);
  if (place.transport !== "oci")
    throw new TeuError<CliErrorCode>("ERR_USAGE", `Packing into "${target}": expected oci:DIR:TAG`);
  await using scratch = await openLayout(place.location, { create: true });
  const created = creationTime(host.env["SOURCE_DATE_EPOCH"]);
  const result = await repack(opened.image, resolve(host.cwd, bundle), scratch, {
    signal: host.signal,
    compression: compressionOf(invocation),
    history: { created: formatTime(created), created_by: invocation.option("created-by") ?? "teu image repack" },
  });
  const graph = imageGraph(result.image);
  await using to = await openTarget(place);
  await copy(graph.store, to.target, graph.root, { tags: to.tags, signal: host.signal });
  await to.commit();
  host.note(
    `teu: ${result.changed} changed, ${result.removed} removed${result.layer === undefined ? ", so no new layer" : ""}`,
  );
  host.out(`${graph.root.digest}\n`);
  return EXIT.ok;
};

/** Now, or what makes the result the same each time. */
function creationTime(epoch: string | undefined): Date {
  return epoch !== undefined && /^\d{1,12}$/.test(epoch) ? new Date(Number(epoch) * 1000) : new Date();
}

function compressionOf(invocation: Invocation): "gzip" | "zstd" | "none" {
  const name = invocation.option("compression") ?? "gzip";
  if (name === "gzip" || name === "zstd" || name === "none") return name;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `The compression "${name}" is not known, expected gzip, zstd or none`);
}
