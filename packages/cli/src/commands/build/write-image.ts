/**
 * Builds an image and writes it where it is wanted, with the documents about it.
 * @module
 */
import { type BuildOptions, type BuiltImage, buildImage } from "@teu/build/build-image";
import type { Plan } from "@teu/build/plan/plan";
import { copy } from "@teu/content/copy";
import { type ImagePlace, type PlaceKind, parseImagePlace } from "@teu/content/image-place";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";
import { type Opener, openTarget } from "../../images/open-image.ts";
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
  using cleanup = new DisposableStack();
  const place = placeOf(invocation, name);
  const opener = await openerFor([place, ...basePlaces(options.plan)], { invocation, host }, cleanup);
  await using bases = openBases(options.plan.base, {
    opener,
    platforms: options.platforms,
    application: options.folder,
    cache: options.cache,
    onNote: (text) => host.note(text),
  });
  await using built = await buildImage({ ...options, base: bases.image });
  await using target = await openTarget(place, opener, name);
  const { graph, attestations } = built;
  const written = await copy(graph.store, target.store, graph.root, { tags: target.tags, signal: host.signal });
  if (ATTESTED.has(place.kind)) {
    for (const { root, store } of attestations) await copy(store, target.store, root, { signal: host.signal });
  }
  await target.finish(written);
  return { built };
}

function basePlaces({ base }: Plan): readonly ImagePlace[] {
  return base.kind === "named" && base.reference !== undefined ? [parseImagePlace(base.reference)] : [];
}

/** What opens these places. Registries are loaded where one of them is in one. */
async function openerFor(
  places: readonly ImagePlace[],
  { invocation, host }: Pick<WriteContext, "invocation" | "host">,
  cleanup: DisposableStack,
): Promise<Opener> {
  if (places.some(({ kind }) => kind === "docker")) {
    const { openRegistries } = await import("../../images/client.ts");
    return { registries: cleanup.use(openRegistries(invocation, host)), host };
  }
  return {
    host,
    get registries(): never {
      throw new Error("Opening a registry: none of the places is in one");
    },
  };
}

// Programs that load an archive expect one thing in it.
const ATTESTED: ReadonlySet<PlaceKind> = new Set(["docker", "store", "oci"]);

function placeOf(invocation: Invocation, name: string): ImagePlace {
  const output = invocation.option("output");
  const tag = invocation.option("tag");
  if (output !== undefined) return parseImagePlace(output);
  return { kind: "store", name: tag ?? name };
}
