/**
 * `teu image config` and `teu image manifest`: documents of an image, byte for byte.
 * @module
 */
import { readVerified } from "@teu/content/verified-read";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openOneImage, openPlace } from "./image-argument.ts";

/** Runs `teu image config`. */
export const imageConfig: Action = async (invocation, host) => {
  await using opened = await openOneImage(invocation.operands[0] ?? "", invocation, host);
  host.out(Buffer.from(opened.image.origin.configBytes).toString("utf8"));
  return EXIT.ok;
};

/** Runs `teu image manifest`: what the name stands for, or the manifest of one platform. */
export const imageManifest: Action = async (invocation, host) => {
  const [text = ""] = invocation.operands;
  if (invocation.option("platform") !== undefined) {
    await using opened = await openOneImage(text, invocation, host);
    host.out(Buffer.from(opened.image.origin.manifestBytes).toString("utf8"));
    return EXIT.ok;
  }
  await using place = await openPlace(text, invocation, host);
  const bytes = await readVerified(place.source, place.root, { signal: host.signal });
  host.out(Buffer.from(bytes).toString("utf8"));
  return EXIT.ok;
};
