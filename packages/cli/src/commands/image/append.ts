/**
 * `teu image append`: archives or folders as new layers on top.
 * @module
 */
import { resolve } from "node:path";
import { appendLayers } from "@teu/content/mutate/layer-edit";
import type { Scratch } from "@teu/content/mutate/rewrite-layers";
import type { Action } from "../../command.ts";
import { changeImages } from "./change.ts";
import { compressionOption, createdOption, historyStep, levelOption } from "./change-times.ts";
import { layerFrom } from "./new-layer.ts";

/** Runs the command. */
export const imageAppend: Action = async (invocation, host) => {
  const [from = "", ...paths] = invocation.operands;
  const compression = compressionOption(invocation);
  const options = {
    compression,
    level: levelOption(invocation, compression ?? "gzip"),
    latest: createdOption(invocation, host),
    signal: host.signal,
  };
  const make = (scratch: Scratch): Promise<Awaited<ReturnType<typeof layerFrom>>[]> =>
    Promise.all(paths.map((path) => layerFrom(resolve(host.cwd, path), scratch, options)));
  // The images of an index get the very same layers.
  let made: ReturnType<typeof make> | undefined;
  return await changeImages(
    from,
    async (image, scratch) => {
      made ??= make(await scratch());
      const layers = await made;
      const added = layers.map((layer, at) => ({
        ...layer,
        history: historyStep(image, `teu image append ${paths[at] ?? ""}`, { invocation, host }),
      }));
      return appendLayers(image, added);
    },
    { invocation, host },
  );
};
