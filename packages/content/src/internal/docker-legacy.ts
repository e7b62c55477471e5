/**
 * Archives from before `manifest.json`: a folder for each layer with its own config, and `repositories` for the names.
 * The config of the image is made in the way that Docker itself moved such images over.
 * @see {@link https://github.com/moby/docker-image-spec/blob/v1.3.1/v1.md}
 * @module
 */
import { MAX_ARCHIVE_DOCUMENT_BYTES, parseArchiveRepositories } from "@teu/spec/docker/archive";
import { type V1Image, readV1Image } from "@teu/spec/docker/v1-image";
import type { Digest } from "@teu/spec/digest";
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "../errors.ts";
import { writeObject } from "../mutate/document.ts";
import type { CallOptions } from "../store.ts";
import type { ArchivedImages } from "./archived-images.ts";
import { type FileSet, readSmallFile } from "./file-set.ts";

/** Most layers of an image; file systems that stack them allow fewer. */
const MAX_LAYERS = 1024;

interface Layer {
  readonly id: string;
  readonly image: V1Image;
}

/**
 * Adds the images of the archive to `images`: those that `repositories` names, or all that no other one is built on.
 * @throws TeuError `ERR_ARCHIVE_INVALID`; `ERR_DOCUMENT_INVALID` if `repositories` is none.
 */
export async function readLegacyImages(files: FileSet, images: ArchivedImages, options: CallOptions): Promise<void> {
  const tops = await namedTops(files);
  for (const [id, names] of tops.size > 0 ? tops : await namelessTops(files)) {
    const layers = await readChain(files, id);
    const diffIds: Digest[] = [];
    for (const layer of layers) diffIds.push(await images.diffIdOf(tarOf(layer.id), options));
    await images.add(
      { config: makeConfig(layers, diffIds), layers: layers.map(({ id: each }) => tarOf(each)), names },
      options,
    );
  }
}

function tarOf(id: string): string {
  return `${id}/layer.tar`;
}

/** The names of images by the id of their top layer. */
async function namedTops(files: FileSet): Promise<Map<string, string[]>> {
  const tops = new Map<string, string[]>();
  const bytes = await readSmallFile(files, "repositories", MAX_ARCHIVE_DOCUMENT_BYTES);
  if (bytes === undefined) return tops;
  for (const [repository, tags] of Object.entries(parseArchiveRepositories(bytes).value)) {
    for (const [tag, id] of Object.entries(tags)) tops.set(id, [...(tops.get(id) ?? []), `${repository}:${tag}`]);
  }
  return tops;
}

async function namelessTops(files: FileSet): Promise<Map<string, string[]>> {
  const layers: Layer[] = [];
  for (const id of await files.list(".")) {
    const image = await readLayer(files, id);
    if (image !== undefined) layers.push({ id, image });
  }
  const parents = new Set(layers.map(({ image }) => image.parent));
  return new Map(layers.filter(({ id }) => !parents.has(id)).map(({ id }) => [id, []]));
}

/** The layers of an image, base layer first. */
async function readChain(files: FileSet, top: string): Promise<readonly Layer[]> {
  const layers: Layer[] = [];
  for (let id: string | null | undefined = top; typeof id === "string" && id !== "";) {
    const image = await readLayer(files, id);
    if (image === undefined) throw invalid(files, `layer "${id}" is not in it`);
    if (layers.length >= MAX_LAYERS) throw invalid(files, `an image has more than ${MAX_LAYERS} layers`);
    layers.push({ id, image });
    id = image.parent;
  }
  return layers.toReversed();
}

async function readLayer(files: FileSet, id: string): Promise<V1Image | undefined> {
  const bytes = await readSmallFile(files, `${id}/json`, MAX_ARCHIVE_DOCUMENT_BYTES);
  return bytes === undefined ? undefined : readV1Image(new TextDecoder().decode(bytes));
}

// What says something about a layer, and nothing about an image.
const LAYER_FIELDS: ReadonlySet<string> = new Set(["id", "parent", "Size", "parent_id", "layer_id", "throwaway"]);

function makeConfig(layers: readonly Layer[], diffIds: readonly Digest[]): Uint8Array {
  const fields = Object.entries(layers.at(-1)?.image ?? {}).filter(([name]) => !LAYER_FIELDS.has(name));
  const config = Object.fromEntries(fields);
  return writeObject({
    ...config,
    architecture: config["architecture"] ?? "amd64",
    os: config["os"] ?? "linux",
    rootfs: { type: "layers", diff_ids: diffIds },
    history: layers.map(({ image }) => historyOf(image)),
  });
}

function historyOf(image: V1Image & { readonly comment?: unknown; readonly container_config?: unknown }): object {
  const command: unknown = Object(image.container_config).Cmd;
  return {
    created: image.created ?? undefined,
    author: nonEmpty(image.author),
    created_by: Array.isArray(command) ? nonEmpty(command.join(" ")) : undefined,
    comment: nonEmpty(image.comment),
  };
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function invalid(files: FileSet, problem: string): TeuError<ContentErrorCode> {
  return new TeuError("ERR_ARCHIVE_INVALID", `Reading archive ${JSON.stringify(files.path)}: ${problem}`);
}
