/**
 * The image that a command's operand names, open for reading.
 * @module
 */
import { resolve } from "node:path";
import {
  type ImagePlace,
  type OpenedSource,
  findRoot,
  openSource as openFiles,
  parseImagePlace,
} from "@teu/content/image-place";
import { type Image, openImage } from "@teu/content/mutate/image";
import { chooseManifest } from "@teu/content/platform-choice";
import type { BlobReader, Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Platform, parsePlatform, platformOfNode } from "@teu/spec/platform";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";
import { type Location, parseLocation } from "../../images/location.ts";
import { openSource } from "../../images/open-image.ts";
import { watchReads } from "../../images/watch-reads.ts";

/** A place that is open, and what the operand means in it. */
export interface OpenedPlace extends AsyncDisposable {
  readonly source: Source;
  readonly root: Descriptor;
  /** The place as messages and archives call it. */
  readonly name: string;
}

/** Opens the place that `text` names, relative to the working directory. A bare name is one of teu's own store. */
export async function openPlace(text: string, invocation: Invocation, host: Host): Promise<OpenedPlace> {
  const location = parseLocation(text, "store");
  if (location.kind === "docker" || location.kind === "store") return await openNamed(location, invocation, host);
  const place = placeOf(text, host);
  await using cleanup = new AsyncDisposableStack();
  const opened: OpenedSource = cleanup.use(await openFiles(place));
  const root = await findRoot(opened.source, place, { signal: host.signal });
  const kept = cleanup.move();
  return { source: opened.source, root, name: text, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function openNamed(location: Location, invocation: Invocation, host: Host): Promise<OpenedPlace> {
  // Apart, because most commands talk to no registry.
  const { openRegistries } = await import("../../images/client.ts");
  await using cleanup = new AsyncDisposableStack();
  const registries = cleanup.use(openRegistries(invocation, host));
  const { store, root, name } = cleanup.use(await openSource(location, { registries, host }));
  const kept = cleanup.move();
  return { source: store, root, name, [Symbol.asyncDispose]: () => kept.disposeAsync() };
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
  /** What the operand stands for: the image's manifest, or an index that it is in. */
  readonly root: Descriptor;
  /** The place as messages call it. */
  readonly name: string;
  /** What reads its layers are to come from: shown while they are under way. */
  readonly watched: BlobReader;
  /** Of the image's manifest. */
  readonly descriptor: Descriptor;
  readonly image: Image;
}

/** Opens the image that `text` names, for the platform that was asked for or this machine's. */
export async function openOneImage(text: string, invocation: Invocation, host: Host): Promise<OpenedImage> {
  await using cleanup = new AsyncDisposableStack();
  const { source, root, name } = cleanup.use(await openPlace(text, invocation, host));
  const { store: watched } = cleanup.use(watchReads(source, host, { quiet: invocation.flag("quiet") }));
  const { signal } = host;
  const descriptor = await chooseManifest(source, root, platformOption(invocation), { signal });
  const image = await openImage({ root: descriptor, store: watched }, { signal });
  const kept = cleanup.move();
  return { source, root, name, watched, descriptor, image, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The platform that was asked for, or that of this machine, whose images are Linux's. */
export function platformOption(invocation: Invocation): Platform {
  const here = platformOfNode("linux", process.arch);
  const asked = invocation.option("platform");
  return asked === undefined ? here : parsePlatform(asked, here);
}
