/**
 * A process that works on stores while others do, and may be killed: `node layout-worker.ts MODE FOLDER NAME COUNT`. It
 * prints `+TAG` or `+FOLDER` once it is told that something is there to stay, and `-TAG` before it takes a tag away.
 *
 *     copy     copies images into FOLDER/layout
 *     gc       does that, takes every third tag away again, and collects garbage
 *     load     brings the image of the archive FOLDER/image.tar into FOLDER/layout under many names
 *     unpack   unpacks that image to FOLDER/trees/NAME-0 and so on
 */
import { join } from "node:path";
import { copy } from "@teu/content/copy";
import { openDockerArchive } from "@teu/content/docker-archive";
import { collectGarbage } from "@teu/content/layout-gc";
import { type LayoutStore, openLayout } from "@teu/content/layout-store";
import { MemoryStore } from "@teu/content/memory-store";
import { openImage } from "@teu/content/mutate/image";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { unpack } from "@teu/layer/unpack";
import { isTeuError } from "@teu/std/error";

const [mode = "", folder = "", name = "", count = "0"] = process.argv.slice(2);
await using layout = await openLayout(join(folder, "layout"), { create: true });
process.stdout.write("ready\n");
for (let at = 0; at < Number(count); at += 1) {
  if (mode === "unpack") await unpackOne(join(folder, "trees", `${name}-${at}`));
  else if (mode === "load") await loadOne(layout, `${name}-${at}`);
  else await copyOne(layout, `${name}-${at}`);
  if (mode === "gc" && at % 3 === 2) await clean(layout, `${name}-${at - 1}`);
}

async function copyOne(store: LayoutStore, tag: string): Promise<void> {
  const source = new MemoryStore();
  const image = sampleImage(tag, { layerBytes: [1000, 1_500_000 + tag.length] });
  await putAll(source, image);
  await copy(source, store, image.root, { tags: [tag] });
  process.stdout.write(`+${tag}\n`);
}

async function loadOne(store: LayoutStore, tag: string): Promise<void> {
  await using archive = await openDockerArchive(join(folder, "image.tar"));
  for await (const { descriptor } of archive.roots()) await copy(archive, store, descriptor, { tags: [tag] });
  process.stdout.write(`+${tag}\n`);
}

async function unpackOne(target: string): Promise<void> {
  await using archive = await openDockerArchive(join(folder, "image.tar"));
  for await (const { descriptor } of archive.roots()) {
    await unpack(await openImage({ root: descriptor, store: archive }), target);
  }
  process.stdout.write(`+${target}\n`);
}

async function clean(store: LayoutStore, tag: string): Promise<void> {
  process.stdout.write(`-${tag}\n`);
  await store.untag(tag);
  await collectGarbage(store, { graceMs: -1, waitMs: 200 }).catch(ifBusy);
}

/** While others write there is nothing to collect. */
function ifBusy(error: unknown): void {
  if (!isTeuError(error, "ERR_LAYOUT_BUSY")) throw error;
}
