/**
 * `teu image edit`: how containers of an image run, what it runs on, and which layers it has.
 * @module
 */
import {
  type Changes,
  type ContainerChanges,
  changeContainer,
  editConfig,
  setCreated,
  setPlatform,
} from "@teu/content/mutate/config-edit";
import { withFields } from "@teu/content/mutate/document";
import type { Image } from "@teu/content/mutate/image";
import { removeLayers } from "@teu/content/mutate/layer-edit";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { readPairs, readPlatform } from "../../images/client.ts";
import { changeImages } from "./change.ts";
import { createdOption } from "./change-times.ts";

/** Runs the command. */
export const imageEdit: Action = async (invocation, host) => {
  const container = containerChanges(invocation);
  return await changeImages(
    invocation.operands[0] ?? "",
    (image) => {
      const edited = Object.keys(container).length === 0 ? image : changeContainer(image, container);
      return withoutLayers(withFacts(edited, invocation, host), invocation);
    },
    { invocation, host },
  );
};

function containerChanges(invocation: Invocation): ContainerChanges {
  const { option } = invocation;
  const fields = {
    user: textOrNull(option("user")),
    workingDir: textOrNull(option("workdir")),
    stopSignal: textOrNull(option("stop-signal")),
    entrypoint: wordsOf(option("entrypoint"), "entrypoint"),
    cmd: wordsOf(option("cmd"), "cmd"),
    env: pairChanges(invocation, "env"),
    labels: pairChanges(invocation, "label"),
    exposedPorts: setChanges(invocation, "port"),
    volumes: setChanges(invocation, "volume"),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function textOrNull(text: string | undefined): string | null | undefined {
  return text === "" ? null : text;
}

/** One word, or a JSON list of them; an empty text takes the field away. @throws TeuError `ERR_USAGE` */
function wordsOf(text: string | undefined, name: string): readonly string[] | null | undefined {
  if (text === undefined || text === "") return textOrNull(text) as null | undefined;
  if (!text.startsWith("[")) return [text];
  const words = readJson(text);
  if (Array.isArray(words) && words.every((word): word is string => typeof word === "string")) return words;
  const message = `Reading option --${name} "${text}": expected a word, or a JSON list of words`;
  throw new TeuError<CliErrorCode>("ERR_USAGE", message);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `--env NAME=VALUE` sets, `--env-rm NAME` takes away. */
function pairChanges(invocation: Invocation, name: string): Changes<string> | undefined {
  const set = readPairs(invocation.options(name), name);
  const gone = invocation.options(`${name}-rm`).map((each) => [each, null] as const);
  return nonEmpty({ ...set, ...Object.fromEntries(gone) });
}

function setChanges(invocation: Invocation, name: string): Changes<true> | undefined {
  const set = invocation.options(name).map((each) => [withProtocol(name, each), true] as const);
  const gone = invocation.options(`${name}-rm`).map((each) => [withProtocol(name, each), null] as const);
  return nonEmpty({ ...Object.fromEntries(set), ...Object.fromEntries(gone) });
}

// As Docker has it, a port without a protocol is one of TCP.
function withProtocol(name: string, text: string): string {
  return name === "port" && !text.includes("/") ? `${text}/tcp` : text;
}

function nonEmpty<Value>(changes: Changes<Value>): Changes<Value> | undefined {
  return Object.keys(changes).length === 0 ? undefined : changes;
}

function withFacts(image: Image, invocation: Invocation, host: Host): Image {
  const platform = invocation.option("set-platform");
  const author = invocation.option("author");
  const created = createdOption(invocation, host);
  const placed = platform === undefined ? image : setPlatform(image, readPlatform(platform));
  const authored =
    author === undefined
      ? placed
      : editConfig(placed, (config) => withFields(config, { author: author === "" ? undefined : author }));
  return created === undefined ? authored : setCreated(authored, created);
}

/** Takes out the layers that `--rm-layer` names, by number from the base, 1, or by digest. @throws TeuError `ERR_USAGE` */
function withoutLayers(image: Image, invocation: Invocation): Image {
  const gone = new Set(invocation.options("rm-layer").map((text) => layerNumber(image, text)));
  return gone.size === 0 ? image : removeLayers(image, (_, index) => gone.has(index));
}

function layerNumber(image: Image, text: string): number {
  const index = /^\d{1,4}$/.test(text)
    ? Number(text) - 1
    : image.layers.findIndex(({ descriptor, diffId }) => descriptor.digest === text || diffId === text);
  if (index >= 0 && index < image.layers.length) return index;
  const message = `Reading option --rm-layer "${text}": no such layer, expected 1 to ${image.layers.length} or a digest`;
  throw new TeuError<CliErrorCode>("ERR_USAGE", message);
}
