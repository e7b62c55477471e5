/**
 * `teu image encrypt` and `teu image decrypt`, and the same on the way of a copy.
 * @module
 */
import { convertGraph, convertImage } from "@teu/content/mutate/convert";
import type { Image } from "@teu/content/mutate/image";
import type { Graph } from "@teu/content/overlay";
import { isIndex } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { decryptImage, encryptImage } from "@teu/trust/encryption/encrypt-image";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { readDecrypters, readLayerNumbers, readRecipients, wrong } from "../../images/encryption-keys.ts";
import { type Change, type ImageEdit, type OpenScratch, changeGraph, editImages } from "./change.ts";

/** Runs `teu image encrypt`. */
export const imageEncrypt: Action = async (invocation, host) => {
  if (invocation.options("encryption-key").length === 0) throw missing("Encrypting", "--encryption-key");
  return await changeCrypt(invocation, host);
};

/** Runs `teu image decrypt`. */
export const imageDecrypt: Action = async (invocation, host) => {
  if (invocation.options("decryption-key").length === 0) throw missing("Decrypting", "--decryption-key");
  return await changeCrypt(invocation, host);
};

async function changeCrypt(invocation: Invocation, host: Host): Promise<ReturnType<typeof changeGraph>> {
  const change = { invocation, host };
  return await changeGraph(
    invocation.operands[0] ?? "",
    async (graph, scratch) => await cryptGraph(graph, scratch, change),
    change,
  );
}

function missing(doing: string, option: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `${doing}: there is no ${option}`);
}

/** The graph with its images encrypted, or decrypted, or as it was, as the options say. */
export async function cryptGraph(graph: Graph, scratch: OpenScratch, change: Change): Promise<Graph> {
  const edit = await cryptEdit(change);
  const isDocker = isIndex(graph.root.mediaType) && isOfDocker(graph.root.mediaType);
  const encrypts = change.invocation.options("encryption-key").length > 0;
  const fitting = isDocker && encrypts ? await convertGraph(graph, "oci", { signal: change.host.signal }) : graph;
  return await editImages(fitting, edit, { scratch, change });
}

async function cryptEdit({ invocation, host }: Change): Promise<ImageEdit> {
  const { signal } = host;
  const unwrappers = await readDecrypters(invocation, host);
  const wrappers = await readRecipients(invocation.options("encryption-key"), host);
  if (wrappers.length === 0)
    return async (image, scratch) => await decryptImage(image, { unwrappers, signal }, await scratch());
  const numbers = readLayerNumbers(invocation.options("encrypt-layer"));
  return async (image, scratch) => {
    const takes = takesOf(numbers, image.layers);
    const ours = isOfDocker(image.descriptor.mediaType) ? convertImage(image, "oci") : image;
    return await encryptImage(ours, { wrappers, unwrappers, takes, signal }, await scratch());
  };
}

function isOfDocker(mediaType: string): boolean {
  return mediaType.startsWith("application/vnd.docker.");
}

function takesOf(numbers: readonly number[] | undefined, { length }: Image["layers"]): (index: number) => boolean {
  const beyond = numbers?.find((number) => number >= length || number < -length);
  if (beyond !== undefined) throw wrong("encrypt-layer", String(beyond), `one of ${length} layers`);
  const chosen = new Set(numbers?.map((number) => (number < 0 ? number + length : number)));
  return (index) => numbers === undefined || chosen.has(index);
}
