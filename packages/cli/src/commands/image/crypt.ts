/**
 * `teu image encrypt` and `teu image decrypt`, and the same on the way of a copy.
 * @module
 */
import { parseImagePlace } from "@teu/content/image-place";
import { convertGraph, convertImage } from "@teu/content/mutate/convert";
import type { Image } from "@teu/content/mutate/image";
import type { Graph } from "@teu/content/overlay";
import { chooseManifest } from "@teu/content/platform-choice";
import type { Descriptor } from "@teu/spec/descriptor";
import { isIndex } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { decryptImage, encryptImage } from "@teu/trust/encryption/encrypt-image";
import type { ImageEvidence } from "@teu/trust/policy/evidence";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { readDecrypters, readLayerNumbers, readRecipients, wrong } from "../../images/encryption-keys.ts";
import {
  type Change,
  type GraphEdit,
  type ImageEdit,
  type OpenScratch,
  changeGraph,
  editImages,
  targetOf,
} from "./change.ts";
import { openPlace, platformOption } from "./image-argument.ts";

/** Runs `teu image encrypt`. */
export const imageEncrypt: Action = async (invocation, host) => {
  if (invocation.options("encryption-key").length === 0) throw missing("Encrypting", "--encryption-key");
  return await changeCrypt(invocation, host);
};

/** Runs `teu image decrypt`. */
export const imageDecrypt: Action = async (invocation, host) => {
  if (invocation.options("decryption-key").length === 0) throw missing("Decrypting", "--decryption-key");
  const evidence = await evidenceBefore(invocation, host);
  let made: Descriptor | undefined;
  const code = await changeCrypt(invocation, host, ({ root }) => {
    made = root;
  });
  if (evidence === undefined || made === undefined) return code;
  const { keepWithImage } = await import("../../policy/enforce.ts");
  await keepWithImage(host, made, evidence);
  return code;
};

async function changeCrypt(
  invocation: Invocation,
  host: Host,
  onMade?: (graph: Graph) => void,
): Promise<ReturnType<typeof changeGraph>> {
  const change = { invocation, host };
  const edit: GraphEdit = async (graph, scratch) => {
    const made = await cryptGraph(graph, scratch, change);
    if (made.root.digest !== graph.root.digest) onMade?.(made);
    return made;
  };
  return await changeGraph(invocation.operands[0] ?? "", edit, change);
}

/**
 * What the store knows of an image in it that is to be decrypted there, for what is made of it: policies go on to hold for that,
 * as they do where an image is decrypted when it is pulled.
 */
async function evidenceBefore(invocation: Invocation, host: Host): Promise<ImageEvidence | undefined> {
  const text = invocation.operands[0] ?? "";
  const from = parseImagePlace(text, "store");
  if (from.kind !== "store" || targetOf(text, invocation).kind !== "store") return undefined;
  const { forDecrypted, knownEvidence } = await import("../../policy/enforce.ts");
  const { policySubject } = await import("../../policy/subject.ts");
  await using place = await openPlace(text, invocation, host);
  const { source, root } = place;
  const manifest = await chooseManifest(source, root, platformOption(invocation), { signal: host.signal });
  const subject = await policySubject(from, place.name ?? text, host);
  const image = { ...subject, source, root, manifest, isOwn: true, moment: "check" } as const;
  const evidence = await knownEvidence(host, image);
  return evidence === undefined ? undefined : await forDecrypted(evidence, { store: source });
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
