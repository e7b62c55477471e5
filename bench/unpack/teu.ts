/** Unpacks an image with our library: `node teu.mjs LAYOUT TARGET HELPER`. */
import { findRoot, openSource, parseImagePlace } from "@teu/content/image-place";
import { openImage } from "@teu/content/mutate/image";
import { unpack } from "@teu/layer/unpack";

const [, , layout = "", target = "", helper = ""] = process.argv;
const place = parseImagePlace(`oci:${layout}:v1`);
await using opened = await openSource(place);
const root = await findRoot(opened.source, place);
await unpack(await openImage({ root, store: opened.source }), target, { helper });
