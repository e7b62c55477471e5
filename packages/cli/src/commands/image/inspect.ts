/**
 * `teu image inspect`: what an image is, as one JSON object.
 * @module
 */
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openOneImage } from "./image-argument.ts";
import { printJson } from "./output.ts";

/** Runs the command. */
export const imageInspect: Action = async (invocation, host) => {
  await using opened = await openOneImage(invocation.operands[0] ?? "", invocation, host);
  const { descriptor, config, layers, manifest } = opened.image;
  printJson(host, {
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    created: config["created"],
    author: config["author"],
    architecture: config["architecture"],
    variant: config["variant"],
    os: config["os"],
    config: config["config"],
    annotations: manifest["annotations"],
    size: layers.reduce((sum, layer) => sum + layer.descriptor.size, 0),
    layers: layers.map((layer) => ({
      digest: layer.descriptor.digest,
      diffId: layer.diffId,
      mediaType: layer.descriptor.mediaType,
      size: layer.descriptor.size,
    })),
  });
  return EXIT.ok;
};
