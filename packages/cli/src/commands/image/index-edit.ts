/**
 * `teu image index`: indexes put together from images, added to, and pruned.
 * @module
 */
import { readDocument } from "@teu/content/graph";
import { parseImagePlace } from "@teu/content/image-place";
import { openImage } from "@teu/content/mutate/image";
import { addToIndex, assembleIndex, filterIndex } from "@teu/content/mutate/index-edit";
import type { Graph } from "@teu/content/overlay";
import type { Descriptor } from "@teu/spec/descriptor";
import { isConfig, isIndex, isManifest } from "@teu/spec/media-types";
import { type Platform, formatPlatform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { readPairs, readPlatform } from "../../images/client.ts";
import { changeGraph, writeGraph } from "./change.ts";
import { openPlace } from "./image-argument.ts";

/** Runs `teu image index create`. */
export const indexCreate: Action = async (invocation, host) => {
  const [to = "", ...images] = invocation.operands;
  await using opened = await openEntries(images, invocation, host);
  const annotations = readPairs(invocation.options("annotation"), "annotation");
  const fields = Object.keys(annotations).length === 0 ? {} : { annotations };
  return await writeGraph(assembleIndex(opened.entries, fields), parseImagePlace(to, "store"), {
    change: { invocation, host },
  });
};

/** Runs `teu image index add`. */
export const indexAdd: Action = async (invocation, host) => {
  const [index = "", ...images] = invocation.operands;
  await using opened = await openEntries(images, invocation, host);
  return await changeGraph(
    index,
    async (graph) => await addToIndex(checkIndex(graph), opened.entries, { signal: host.signal }),
    { invocation, host },
  );
};

/** Runs `teu image index rm`. */
export const indexRemove: Action = async (invocation, host) => {
  const [index = "", ...words] = invocation.operands;
  const unmet = new Set(words);
  const takes = (entry: Descriptor): boolean => {
    const word = words.find((each) => isMeant(entry, each));
    if (word !== undefined) unmet.delete(word);
    return word === undefined;
  };
  return await changeGraph(
    index,
    async (graph) => {
      const left = await filterIndex(checkIndex(graph), takes, { signal: host.signal });
      const [missing] = unmet;
      if (missing === undefined) return left;
      throw new TeuError<CliErrorCode>(
        "ERR_IMAGE_MISSING",
        `Removing "${missing}" from "${index}": it has no such entry`,
      );
    },
    { invocation, host },
  );
};

interface OpenedEntries extends AsyncDisposable {
  readonly entries: readonly Graph[];
}

/** Opens images as entries, each with its platform. Of an index its entries are taken. */
async function openEntries(texts: readonly string[], invocation: Invocation, host: Host): Promise<OpenedEntries> {
  await using cleanup = new AsyncDisposableStack();
  const entries: Graph[] = [];
  for (const text of texts) {
    const { source: store, root } = cleanup.use(await openPlace(text, invocation, host));
    entries.push(...(await entriesOf({ root, store }, host.signal)));
  }
  const kept = cleanup.move();
  return { entries, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function entriesOf({ root, store }: Graph, signal: AbortSignal): Promise<Graph[]> {
  if (!isManifest(root.mediaType) && !isIndex(root.mediaType)) return [{ root, store }];
  const { links } = await readDocument(store, root, { signal });
  if (isIndex(root.mediaType)) return links.children.map((child) => ({ root: child, store }));
  const { mediaType, digest, size, artifactType } = root;
  const plain = { mediaType, digest, size, ...(artifactType === undefined ? {} : { artifactType }) };
  if (!isConfig(links.children[0]?.mediaType ?? "")) return [{ root: plain, store }];
  const { config } = await openImage({ root, store }, { signal });
  return [{ root: { ...plain, platform: root.platform ?? platformOf(config) }, store }];
}

const PLATFORM_FIELDS = ["architecture", "os", "os.version", "os.features", "variant"] as const;

function platformOf(config: { readonly [name: string]: unknown }): Platform {
  const fields = PLATFORM_FIELDS.filter((field) => config[field] !== undefined && config[field] !== null);
  return Object.fromEntries(fields.map((field) => [field, config[field]])) as unknown as Platform;
}

/** Whether an entry is what a digest or a platform names. */
function isMeant({ digest, platform }: Descriptor, word: string): boolean {
  if (word.includes(":")) return digest === word;
  return platform !== undefined && formatPlatform(platform) === formatPlatform(readPlatform(word));
}

function checkIndex(graph: Graph): Graph {
  if (isIndex(graph.root.mediaType)) return graph;
  const message = `Changing the index "${graph.root.digest}": it is ${graph.root.mediaType}, expected an index`;
  throw new TeuError<CliErrorCode>("ERR_USAGE", message, { hint: "teu image index create makes one of images" });
}
