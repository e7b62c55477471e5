/**
 * A process that works on a layout while others do: `node layout-worker.ts LAYOUT NAME COUNT [gc]`. It copies COUNT images
 * into the layout, tags them NAME-0 and so on, and prints each tag once it is told that it is there to stay. With `gc` it
 * also takes every third tag away again, prints that, and collects garbage.
 */
import { copy } from "@teu/content/copy";
import { collectGarbage } from "@teu/content/layout-gc";
import { openLayout } from "@teu/content/layout-store";
import { MemoryStore } from "@teu/content/memory-store";
import { isTeuError } from "@teu/std/error";
import { putAll, sampleImage } from "@teu/content/testing/samples";

const [path = "", name = "", count = "0", mode = ""] = process.argv.slice(2);
await using layout = await openLayout(path, { create: true });
process.stdout.write("ready\n");
for (let at = 0; at < Number(count); at += 1) {
  const source = new MemoryStore();
  const image = sampleImage(`${name}-${at}`, { layerBytes: [1000, 1_500_000 + at] });
  await putAll(source, image);
  await copy(source, layout, image.root, { tags: [`${name}-${at}`] });
  process.stdout.write(`+${name}-${at}\n`);
  if (mode === "gc" && at % 3 === 2) {
    process.stdout.write(`-${name}-${at - 1}\n`);
    await layout.untag(`${name}-${at - 1}`);
    await collectGarbage(layout, { graceMs: -1, waitMs: 200 }).catch(ifBusy);
  }
}

/** While others write there is nothing to collect. */
function ifBusy(error: unknown): void {
  if (!isTeuError(error, "ERR_LAYOUT_BUSY")) throw error;
}
