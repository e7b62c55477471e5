/**
 * `teu image squash` and `teu image flatten`: several layers as one.
 * @module
 */
import type { Image } from "@teu/content/mutate/image";
import { type LayerRange, appendLayers, replaceLayers, withLayers } from "@teu/content/mutate/layer-edit";
import { type Scratch, writeLayer } from "@teu/content/mutate/rewrite-layers";
import { flattenLayers } from "@teu/layer/emit/flatten";
import { layerType } from "@teu/layer/repack/pack-folder";
import { TeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { type Change, changeImages } from "./change.ts";
import { compressionOption, historyStep, levelOption } from "./change-times.ts";

/** Runs `teu image squash`. */
export const imageSquash: Action = async (invocation, host) => {
  const change = { invocation, host };
  return await changeImages(
    invocation.operands[0] ?? "",
    async (image, scratch) => {
      const range = rangeOf(invocation.option("layers") ?? "1-", image);
      if (range.end - range.start < 2) return image;
      const layer = await oneLayer(image, range, { scratch: await scratch(), change });
      const count = range.end - range.start;
      return replaceLayers(image, range, [
        { ...layer, history: historyStep(image, `teu image squash of ${count} layers`, change) },
      ]);
    },
    change,
  );
};

/** Runs `teu image flatten`. The history of what is gone goes with it. */
export const imageFlatten: Action = async (invocation, host) => {
  const change = { invocation, host };
  return await changeImages(
    invocation.operands[0] ?? "",
    async (image, scratch) => {
      const range = { start: 0, end: image.layers.length };
      const layer = await oneLayer(image, range, { scratch: await scratch(), change });
      const bare = withLayers(image, [], []);
      return appendLayers(bare, [{ ...layer, history: historyStep(image, "teu image flatten", change) }]);
    },
    change,
  );
};

async function oneLayer(
  image: Image,
  { start, end }: LayerRange,
  { scratch, change }: { readonly scratch: Scratch; readonly change: Change },
): Promise<Awaited<ReturnType<typeof writeLayer>>> {
  const { invocation, host } = change;
  const compression = compressionOption(invocation) ?? "gzip";
  const plain = flattenLayers(image.layers.slice(start, end), {
    below: image.layers.slice(0, start),
    signal: host.signal,
  });
  const level = levelOption(invocation, compression);
  return await writeLayer(plain, layerType(compression), scratch, { compression, level, signal: host.signal });
}

/** Layers counted from 1, the base: `2-4`, `2-` for all above the first. */
function rangeOf(text: string, image: Image): LayerRange {
  const { length } = image.layers;
  const [, first, last] = /^(\d{1,4})-(\d{0,4})$/.exec(text) ?? [];
  const start = Number(first) - 1;
  const end = last === "" ? length : Number(last);
  if (first !== undefined && start >= 0 && start <= end && end <= length) return { start, end };
  const message = `Reading option --layers "${text}": expected a range such as 2-${length}, of the ${length} layers that there are`;
  throw new TeuError<CliErrorCode>("ERR_USAGE", message);
}
