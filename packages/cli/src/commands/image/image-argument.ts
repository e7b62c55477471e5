/**
 * The image that a command's operand names, open for reading.
 * @module
 */
import { resolve } from "node:path";
import { type ImagePlace, type OpenedSource, findRoot, openSource, parseImagePlace } from "@teu/content/image-place";
import { type Image, openImage } from "@teu/content/mutate/image";
import { chooseManifest } from "@teu/content/platform-choice";
import type { Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Platform, parsePlatform, platformOfNode } from "@teu/spec/platform";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";

/** A place that is open, and what the operand means in it. */
export interface OpenedPlace extends AsyncDisposable {
  readonly source: Source;
  readonly root: Descriptor;
}

/** Opens the place that `text` names, relative to the working directory. */
export async function openPlace(text: string, host: Host): Promise<OpenedPlace> {
  const place = placeOf(text, host);
  await using cleanup = new AsyncDisposableStack();
  const opened: OpenedSource = cleanup.use(await openSource(place));
  const root = await findRoot(opened.source, place, { signal: host.signal });
  cleanup.move();
  return { source: opened.source, root, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

/** The place that `text` names, with its path made absolute. */
export function placeOf(text: string, host: Host): ImagePlace {
  const place = parseImagePlace(text);
  const isPath = place.transport !== "docker" && place.transport !== "store";
  return isPath ? { ...place, location: resolve(host.cwd, place.location) } : place;
}

/** One image that is open. */
export interface OpenedImage extends AsyncDisposable {
  readonly source: Source;
  /** Of the image's manifest. */
  readonly descriptor: Descriptor;
  readonly image: Image;
}

/** Opens the image that `text` names, for the platform that was asked for or this machine's. */
export async function openOneImage(text: string, invocation: Invocation, host: Host): Promise<OpenedImage> {
  await using cleanup = new AsyncDisposableStack();
  const place = cleanup.use(await openPlace(text, host));
  const { signal } = host;
  const descriptor = await chooseManifest(place.source, place.root, platformOption(invocation), { signal });
  const image = await openImage({ root: descriptor, store: place.source }, { signal });
  cleanup.move();
  return { source: place.source, descriptor, image, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

/** The platform that was asked for, or that of this machine, whose images are Linux's. */
export function platformOption(invocation: Invocation): Platform {
  const here = platformOfNode("linux", process.arch);
  const asked = invocation.option("platform");
  return asked === undefined ? here : parsePlatform(asked, here);
}
