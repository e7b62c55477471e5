/**
 * Builds an image and writes it where it is wanted, with the documents about it.
 * @module
 */
import { type BuildOptions, type BuiltImage, buildImage } from "@teu/build/build-image";
import { copy } from "@teu/content/copy";
import { type ImagePlace, type PlaceKind, parseImagePlace } from "@teu/content/image-place";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";
import { openRegistries } from "../../images/client.ts";
import { openTarget } from "../../images/open-image.ts";
import { openBases } from "./base-images.ts";

/** Where an image goes. */
export interface WriteContext {
  readonly invocation: Invocation;
  readonly host: Host;
  /** What it is called in the store if nobody says. */
  readonly name: string;
}

/** Builds and writes. The layers of what it answers with can no longer be read. */
export async function writeImage(
  options: Omit<BuildOptions, "base">,
  { invocation, host, name }: WriteContext,
): Promise<{ readonly built: BuiltImage }> {
  using registries = openRegistries(invocation, host);
  const opener = { registries, host };
  await using bases = openBases(options.plan.base, {
    opener,
    platforms: options.platforms,
    cache: options.cache,
    onNote: (text) => host.note(text),
  });
  const place = placeOf(invocation, name);
  await using built = await buildImage({ ...options, base: bases.image });
  await using target = await openTarget(place, opener, name);
  const { graph, attestations } = built;
  await copy(graph.store, target.store, graph.root, { tags: target.tags, signal: host.signal });
  if (!invocation.flag("no-attestations") && ATTESTED.has(place.kind)) {
    for (const { root, store } of attestations) await copy(store, target.store, root, { signal: host.signal });
  }
  await target.finish();
  return { built };
}

// Programs that load an archive expect one thing in it.
const ATTESTED: ReadonlySet<PlaceKind> = new Set(["docker", "store", "oci"]);

function placeOf(invocation: Invocation, name: string): ImagePlace {
  const output = invocation.option("output");
  const tag = invocation.option("tag");
  if (output !== undefined) return parseImagePlace(output);
  return { kind: "store", name: tag ?? name };
}
