/**
 * `teu image convert`: the media types of OCI or of Docker, other compression of layers, evened times and owners.
 * @module
 */
import { convertGraph } from "@teu/content/mutate/convert";
import type { Image } from "@teu/content/mutate/image";
import { normaliseImage } from "@teu/content/mutate/normalise";
import { type LayerFormat, isLayerFormat, recompressImage } from "@teu/content/mutate/rewrite-layers";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { numberOption } from "../../images/client.ts";
import { type OpenScratch, changeGraph, editImages } from "./change.ts";
import { createdOption } from "./change-times.ts";

/** Runs the command. */
export const imageConvert: Action = async (invocation, host) => {
  const family = oneOf(invocation, "type", ["oci", "docker"] as const);
  const work = layerWork(invocation, host);
  if (family === undefined && work === undefined) {
    throw new TeuError<CliErrorCode>(
      "ERR_USAGE",
      "Converting: nothing is to change, expected --type, --compression or --normalise",
    );
  }
  const change = { invocation, host };
  return await changeGraph(
    invocation.operands[0] ?? "",
    async (graph, scratch) => {
      const rewritten = work === undefined ? graph : await editImages(graph, work, { scratch, change });
      return family === undefined ? rewritten : await convertGraph(rewritten, family, { signal: host.signal });
    },
    change,
  );
};

type LayerWork = (image: Image, scratch: OpenScratch) => Promise<Image>;

/** What is to be done to layers; nothing if they stay. */
function layerWork(invocation: Invocation, host: Host): LayerWork | undefined {
  const format = formatOption(invocation);
  const latest = invocation.flag("normalise") ? latestOption(invocation, host) : undefined;
  if (format === undefined && latest === undefined) return undefined;
  const owner = ownerOption(invocation);
  const write = { signal: host.signal, level: numberOption(invocation, "level") };
  return async (image, scratch) => {
    const even =
      latest === undefined ? image : await normaliseImage(image, await scratch(), { ...write, latest, owner });
    return format === undefined ? even : await recompressImage(even, format, await scratch(), write);
  };
}

/** @throws TeuError `ERR_USAGE` */
function formatOption(invocation: Invocation): LayerFormat | undefined {
  const name = invocation.option("compression");
  if (name === undefined || isLayerFormat(name)) return name;
  const message = `The compression "${name}" is not known, expected gzip, zstd, none, zstd:chunked or estargz`;
  throw new TeuError<CliErrorCode>("ERR_USAGE", message);
}

function latestOption(invocation: Invocation, host: Host): Date {
  return createdOption(invocation, host) ?? new Date(0);
}

/** @throws TeuError `ERR_USAGE` */
function ownerOption(invocation: Invocation): { readonly uid: number; readonly gid: number } | undefined {
  const text = invocation.option("owner");
  if (text === undefined) return undefined;
  const [, uid, gid] = /^(\d{1,10}):(\d{1,10})$/.exec(text) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading option --owner "${text}": expected UID:GID`);
}

/** @throws TeuError `ERR_USAGE` */
function oneOf<Word extends string>(invocation: Invocation, name: string, words: readonly Word[]): Word | undefined {
  const text = invocation.option(name);
  const found = words.find((word) => word === text);
  if (text === undefined || found !== undefined) return found;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading option --${name} "${text}": expected ${words.join(" or ")}`);
}
