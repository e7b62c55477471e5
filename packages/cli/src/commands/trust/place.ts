/**
 * Opens images where signatures can be read, and written.
 * @module
 */
import { resolve } from "node:path";
import { type ImagePlace, isFilePlace, parseImagePlace } from "@teu/content/image-place";
import type { Source, Target } from "@teu/content/store";
import type { UserRegistries } from "@teu/registry-client/user-registries";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Reference, formatName, parseReference, withDefaultTag } from "@teu/spec/reference";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";
import { openSource, storeFolder } from "../../images/open-image.ts";
import { usage } from "./key-file.ts";

/** An image whose signatures can be read. */
export interface TrustPlace extends AsyncDisposable {
  readonly store: Source;
  readonly root: Descriptor;
  /** What was found, written in full, for messages. */
  readonly title: string;
  /** The full name of the image; nothing where its place has none and none was given. */
  readonly name?: Reference;
  /** The name under which the store keeps a tag of the image's repository. */
  readonly nameOfTag: (tag: string) => string;
  /** The `dir:` folder that it is in, which has signatures in files. */
  readonly dirFolder?: string;
}

/** An image whose signatures can be written, too. */
export interface SigningPlace extends TrustPlace {
  readonly target: Source & Target;
}

/** What places are opened with. */
export interface TrustOpener {
  readonly registries: UserRegistries;
  readonly host: Host;
  readonly invocation: Invocation;
}

/** Opens an image for reading. */
export async function openForReading(text: string, { registries, host, invocation }: TrustOpener): Promise<TrustPlace> {
  const location = parseImagePlace(text);
  const source = await openSource(location, { registries, host });
  const name = nameOf(location, invocation);
  const isOwn = location.kind === "store" && name !== undefined;
  return {
    store: source.store,
    root: source.root,
    title: source.name,
    ...(name === undefined ? {} : { name }),
    ...(location.kind === "dir" ? { dirFolder: resolve(host.cwd, location.path) } : {}),
    nameOfTag: isOwn ? (tag) => `${formatName(name)}:${tag}` : (tag) => tag,
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

/** Opens an image for signing. @throws TeuError `ERR_USAGE` where no signature can be kept. */
export async function openForSigning(text: string, opener: TrustOpener): Promise<SigningPlace> {
  const location = parseImagePlace(text);
  const place = await openForReading(text, opener);
  return { ...place, target: await openTarget(location, place, opener) };
}

async function openTarget(
  location: ImagePlace,
  { name, title }: TrustPlace,
  { registries, host }: TrustOpener,
): Promise<Source & Target> {
  switch (location.kind) {
    case "docker":
      return await registries.target(parseReference(title));
    case "store":
      if (name === undefined) throw usage(`Signing "${title}": expected a name, to keep signatures under`);
      return await openFolder(storeFolder(host));
    case "oci":
      return await openFolder(resolve(host.cwd, location.path));
    default:
      throw usage(
        `Signing "${title}": signatures cannot be kept in a place of this kind`,
        "Copy it to oci:FOLDER first",
      );
  }
}

async function openFolder(path: string): Promise<Source & Target> {
  return await (await import("@teu/content/layout-store")).openLayout(path);
}

function nameOf(location: ImagePlace, invocation: Invocation): Reference | undefined {
  const given = invocation.option("name");
  if (given !== undefined) return withDefaultTag(parseReference(given));
  if (isFilePlace(location) || /^[a-z0-9]+:[0-9a-f]{32,}$/.test(location.name)) return undefined;
  return withDefaultTag(parseReference(location.name));
}
