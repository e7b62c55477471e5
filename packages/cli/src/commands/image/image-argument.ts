/**
 * The image that a command's operand names, open for reading.
 * @module
 */
import { type ImagePlace, isFilePlace, parseImagePlace } from "@teu/content/image-place";
import { type Image, openImage } from "@teu/content/mutate/image";
import { chooseManifest } from "@teu/content/platform-choice";
import type { BlobReader, Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Platform, parsePlatform, platformOfNode } from "@teu/spec/platform";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";
import { type OpenedSource, openFiles, openSource } from "../../images/open-image.ts";
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
  const place = parseImagePlace(text, "store");
  await using cleanup = new AsyncDisposableStack();
  const { store, root, name } = cleanup.use(await openAny(place, invocation, { host, cleanup }));
  const kept = cleanup.move();
  return { source: store, root, name, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

interface Opening {
  readonly host: Host;
  readonly cleanup: AsyncDisposableStack;
}

async function openAny(place: ImagePlace, invocation: Invocation, { host, cleanup }: Opening): Promise<OpenedSource> {
  if (isFilePlace(place)) return await openFiles(place, host);
  // Apart, because most commands talk to no registry.
  const { openRegistries } = await import("../../images/client.ts");
  const registries = cleanup.use(openRegistries(invocation, host));
  return await openSource(place, { registries, host });
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
