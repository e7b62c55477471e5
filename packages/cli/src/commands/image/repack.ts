/**
 * `teu image repack`: what has changed in a bundle as a new layer of its image.
 * @module
 */
import { resolve } from "node:path";
import { parseImagePlace } from "@teu/content/image-place";
import { formatTime } from "@teu/content/mutate/config-edit";
import { imageGraph } from "@teu/content/mutate/image";
import { repack } from "@teu/layer/repack/repack";
import type { Action } from "../../command.ts";
import { ScratchPlace, targetOf, writeGraph } from "./change.ts";
import { compressionOption } from "./change-times.ts";
import { openOneImage } from "./image-argument.ts";

/** Runs the command. */
export const imageRepack: Action = async (invocation, host) => {
  const [source = "", bundle = "", target] = invocation.operands;
  const to = target === undefined ? targetOf(source, invocation, "TARGET") : parseImagePlace(target, "store");
  await using opened = await openOneImage(source, invocation, host);
  await using scratch = new ScratchPlace(to, host);
  const created = creationTime(host.env["SOURCE_DATE_EPOCH"]);
  const { image, layer, changed, removed } = await repack(
    opened.image,
    resolve(host.cwd, bundle),
    await scratch.open(),
    {
      signal: host.signal,
      compression: compressionOption(invocation) ?? "gzip",
      history: { created: formatTime(created), created_by: invocation.option("created-by") ?? "teu image repack" },
    },
  );
  host.note(`teu: ${changed} changed, ${removed} removed${layer === undefined ? ", so no new layer" : ""}`);
  return await writeGraph(imageGraph(image), to, { change: { invocation, host } });
};

/** Now, or what makes the result the same each time. */
function creationTime(epoch: string | undefined): Date {
  return epoch !== undefined && /^\d{1,12}$/.test(epoch) ? new Date(Number(epoch) * 1000) : new Date();
}
