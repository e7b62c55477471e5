/**
 * Images made reproducible: what differs from one build to the next and means nothing is evened out.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TarEntry, TarTime } from "@teu/tar/entry";
import { readTar } from "@teu/tar/read-tar";
import { type NewEntry, type NewMember, writeTar } from "@teu/tar/write-tar";
import { LAYER_ENTRY_TYPES } from "../internal/entry-types.ts";
import type { ContentErrorCode } from "../errors.ts";
import { formatTime } from "./config-edit.ts";
import { type JsonObject, withFields } from "./document.ts";
import { type Image } from "./image.ts";
import { historyOf, withLayers } from "./layer-edit.ts";
import { type RewriteOptions, type Scratch, rewriteLayers } from "./rewrite-layers.ts";

/** What to even out. */
export interface NormaliseOptions extends RewriteOptions {
  /** No time is later than this one. Seconds count; fractions of them go. */
  readonly latest: Date;
  /** Gives every entry this owner and group. Default: they stay. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * The image with evened times: those of the config, its history and all entries of its layers that are later than `latest`
 * become that. Names of owners, times of access and change, and the ways in which archivers write the same entry go.
 * @throws TeuError `ERR_IMAGE_DIFF_ID`; `ERR_IMAGE_INVALID` if a layer has an entry that is no file, link, folder, device
 * or FIFO; what reading, decompressing and reading archives throw.
 */
export async function normaliseImage(image: Image, scratch: Scratch, options: NormaliseOptions): Promise<Image> {
  const edit = (plain: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => normaliseLayer(plain, options);
  const rewritten = await rewriteLayers(image, edit, scratch, options);
  const config = withFields(rewritten.config, limitTime(rewritten.config, options.latest));
  const history = historyOf(image)?.map((step) => withFields(step, limitTime(step, options.latest)));
  return withLayers({ ...rewritten, config }, rewritten.layers, history);
}

function limitTime(object: JsonObject, latest: Date): { readonly created?: string } {
  const { created } = object;
  if (typeof created !== "string") return {};
  const time = Date.parse(created);
  return Number.isNaN(time) || time > latest.getTime() ? { created: formatTime(latest) } : {};
}

/** Writes an archive anew with evened entries; see {@link normaliseImage}. */
export async function* normaliseLayer(
  plain: AsyncIterable<Uint8Array>,
  { latest, owner }: Pick<NormaliseOptions, "latest" | "owner">,
): AsyncGenerator<Uint8Array, void, undefined> {
  const limit: TarTime = { seconds: Math.floor(latest.getTime() / 1000), nanoseconds: 0 };
  const members = async function* (): AsyncGenerator<NewMember> {
    for await (const { entry, content } of readTar(plain)) {
      yield { entry: { ...normaliseEntry(entry, limit), ...owner }, content };
    }
  };
  yield* writeTar(members());
}

function normaliseEntry(entry: TarEntry, latest: TarTime): NewEntry {
  const { name, type, mode, uid, gid, size, linkname, deviceMajor, deviceMinor, xattrs } = entry;
  if (!LAYER_ENTRY_TYPES.has(type)) {
    const message = `Normalising a layer: entry ${JSON.stringify(entry.nameText ?? "?")} is a ${type}`;
    throw new TeuError<ContentErrorCode>("ERR_IMAGE_INVALID", message);
  }
  const mtime = entry.mtime.seconds >= latest.seconds ? latest : { seconds: entry.mtime.seconds, nanoseconds: 0 };
  return { name, type, mode, uid, gid, size, mtime, linkname, deviceMajor, deviceMinor, xattrs };
}
