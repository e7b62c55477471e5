/**
 * `teu image ls`: the images at a place.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { parseFilePlace } from "@teu/content/image-place";
import { openLayout } from "@teu/content/layout-store";
import { type OpenedSource, openSource } from "@teu/content/open-place";
import { type Root, can } from "@teu/content/store";
import { formatPlatform } from "@teu/spec/platform";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { storeFolder } from "../../images/open-image.ts";
import { printJson, printTable, sizeText, wantsJson } from "./output.ts";

/** Runs the command. */
export const imageLs: Action = async (invocation, host) => {
  const json = wantsJson(invocation);
  await using opened = await openAll(invocation.operands[0] ?? "store:", host);
  const { source } = opened;
  const roots: Root[] = [];
  if (can(source, "roots")) for await (const root of source.roots({ signal: host.signal })) roots.push(root);
  if (json) {
    const rows = roots.map(({ name, descriptor }) => ({ ...(name === undefined ? {} : { name }), ...descriptor }));
    printJson(host, rows);
    return EXIT.ok;
  }
  const rows = roots.map(({ name = "", descriptor }) => [
    name,
    descriptor.platform === undefined ? "" : formatPlatform(descriptor.platform),
    descriptor.digest,
    sizeText(descriptor.size),
    descriptor.mediaType,
  ]);
  printTable(host, ["NAME", "PLATFORM", "DIGEST", "SIZE", "TYPE"], rows);
  return EXIT.ok;
};

async function openAll(text: string, host: Host): Promise<OpenedSource> {
  if (text !== "store:") {
    const place = parseFilePlace(text);
    return await openSource({ ...place, path: resolve(host.cwd, place.path) });
  }
  const folder = storeFolder(host);
  await mkdir(folder, { recursive: true });
  const source = await openLayout(folder, { create: true });
  return { source, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
}
