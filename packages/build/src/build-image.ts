/**
 * Builds the image of an application by its plan: bases, packages and files become layers, these an image for each
 * platform, and several of these an index. Nothing is started but what the plan says runs here.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type Image, imageGraph } from "@teu/content/mutate/image";
import { assembleIndex } from "@teu/content/mutate/index-edit";
import type { Graph } from "@teu/content/overlay";
import type { Compression } from "@teu/spec/media-types";
import { type Platform, formatPlatform } from "@teu/spec/platform";
import { mapLimit } from "@teu/std/limit";
import { TeuError } from "@teu/std/error";
import { assembleImage, checkBase, emptyImage } from "./assemble/assemble-image.ts";
import { FileIndex } from "./assemble/file-index.ts";
import type { Bundler, StepRunner } from "./assemble/interfaces.ts";
import { LayerMaker, type MadeLayer } from "./assemble/layer-maker.ts";
import type { LayerRecipe } from "./assemble/recipe.ts";
import { type Ingredients, ingredientsFor } from "./assemble/ingredients.ts";
import type { attestationsOf } from "./attest/attestations.ts";
import type { BuildErrorCode } from "./errors.ts";
import type { ConfigPlan, Plan } from "./plan/plan.ts";
import { folderProject } from "./plan/project.ts";

/** What a build tells while it goes on. */
export type BuildEvent =
  | { readonly type: "step"; readonly name: string }
  | { readonly type: "line"; readonly line: string }
  | { readonly type: "fetch"; readonly what: string }
  | { readonly type: "layer"; readonly layer: MadeLayer; readonly platform: Platform }
  | { readonly type: "note"; readonly text: string };

/** How to build. */
export interface BuildOptions {
  /** The folder of the application, absolute. */
  readonly folder: string;
  readonly plan: Plan;
  readonly platforms: readonly Platform[];
  /** The base for a platform; nothing where the plan wants none. */
  readonly base: (platform: Platform) => Promise<Image | undefined>;
  /** The folder of the cache. */
  readonly cache: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: gzip. */
  readonly compression?: Compression | undefined;
  readonly level?: number | undefined;
  /** The C library of the base. Default: `glibc`. */
  readonly libc?: "glibc" | "musl" | undefined;
  /** The time that the image and its files have, in seconds since 1970. Default: 1980-01-01. */
  readonly createdSeconds?: number | undefined;
  /** Whether documents are to be made about what is inside and how it was made. Default: they are. */
  readonly attest?: boolean | undefined;
  readonly stepRunner?: StepRunner | undefined;
  readonly bundler?: Bundler | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: BuildEvent) => void) | undefined;
  /** The present, for telling files that were changed just now. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** An image that was built. Its layers can be read until it is disposed of. */
export interface BuiltImage extends AsyncDisposable {
  readonly graph: Graph;
  readonly images: readonly {
    readonly platform: Platform;
    readonly image: Image;
    readonly layers: readonly MadeLayer[];
  }[];
  /** What is inside and how it was made, as artifacts that refer to the image. */
  readonly attestations: readonly Graph[];
}

/** The first second that every format of archives can express. */
export const DEFAULT_CREATED_SECONDS = 315_532_800;

/** Each holds some megabytes. */
const PARALLEL_LAYERS = Math.min(3, availableParallelism());

/** Builds. @throws TeuError `ERR_BUILD_…`, `ERR_LOCKFILE_…`, `ERR_PACKAGE_…`, `ERR_NPM_CONFIG`, `ERR_IGNORE_INVALID` */
export async function buildImage(options: BuildOptions): Promise<BuiltImage> {
  const { createdSeconds = DEFAULT_CREATED_SECONDS, compression = "gzip" } = options;
  await using cleanup = new AsyncDisposableStack();
  const maker = cleanup.use(
    new LayerMaker({
      folder: options.cache,
      compression,
      level: options.level,
      mtimeSeconds: createdSeconds,
      signal: options.signal,
    }),
  );
  const out = await mkdtemp(join(tmpdir(), "teu-build-"));
  cleanup.defer(() => rm(out, { recursive: true, force: true }));
  const index = FileIndex.open(options.cache, options.folder, (options.now ?? Date.now)());
  const bases = await openBases(options);
  await runSteps(options, out, false);
  const images: { platform: Platform; image: Image; layers: readonly MadeLayer[]; ingredients: Ingredients }[] = [];
  for (const platform of options.platforms) {
    await runSteps({ ...options, platforms: [platform] }, out, true);
    const base = bases.get(platform);
    const start = base ?? (await emptyImage(platform));
    const make = async (recipes: readonly LayerRecipe[]): Promise<readonly MadeLayer[]> =>
      await mapLimit(recipes, (recipe) => maker.layer(recipe), {
        concurrency: PARALLEL_LAYERS,
        signal: options.signal,
      });
    const imageOf = (layers: readonly MadeLayer[], config: ConfigPlan): Image =>
      assembleImage(start, { platform, layers, config, createdSeconds, hasBase: base !== undefined });
    const ingredients = await ingredientsFor(
      { ...options, project: folderProject(options.folder) },
      {
        platform,
        out,
        index,
        start,
        image: async (recipes) => imageOf(await make(recipes), options.plan.config),
      },
    );
    // What is known of files takes memory, and the files of the last image have been looked at.
    if (platform === options.platforms.at(-1)) await index.close();
    const layers = await make(ingredients.recipes);
    for (const layer of layers) options.onEvent?.({ type: "layer", layer, platform });
    const image = imageOf(layers, ingredients.config);
    images.push({ platform, image, layers, ingredients });
  }
  const graphs = images.map(({ image }) => imageGraph(image));
  const [only] = graphs;
  const graph = only !== undefined && graphs.length === 1 ? only : assembleIndex(graphs);
  const attestations = await attested(options, {
    createdSeconds,
    graph,
    images: images.map((one, at) => ({ ...one, graph: graphs[at] ?? graph, base: bases.get(one.platform) })),
  });
  const disposal = cleanup.move();
  return { graph, images, attestations, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

type Attested = Parameters<typeof attestationsOf>[0];

async function attested(
  options: BuildOptions,
  about: Pick<Attested, "createdSeconds" | "graph" | "images">,
): Promise<readonly Graph[]> {
  if (options.attest === false) return [];
  const { attestationsOf } = await import("./attest/attestations.ts");
  return await attestationsOf({ ...options, ...about });
}

async function openBases({ platforms, plan, base }: BuildOptions): Promise<ReadonlyMap<Platform, Image>> {
  const bases = new Map<Platform, Image>();
  for (const platform of platforms) {
    const image = await base(platform);
    if (image !== undefined) {
      checkBase(image, platform);
      bases.set(platform, image);
    } else if (plan.base.kind !== "scratch") {
      throw new TeuError<BuildErrorCode>(
        "ERR_BUILD_BASE",
        `Building for ${formatPlatform(platform)}: there is no base`,
        { hint: "--base IMAGE names one" },
      );
    }
  }
  return bases;
}

async function runSteps(options: BuildOptions, out: string, perPlatform: boolean): Promise<void> {
  const { plan, folder, env, signal, onEvent, platforms } = options;
  const [platform] = platforms;
  const steps = plan.steps.filter((one) => (one.perPlatform ?? false) === perPlatform);
  if (steps.length === 0) return;
  const { runHostStep } = await import("./assemble/host-step.ts");
  for (const step of steps) {
    onEvent?.({ type: "step", name: step.run.join(" ") });
    if (platform === undefined) return;
    await runHostStep(step, {
      root: folder,
      out,
      platform,
      env,
      signal,
      onLine: (line) => onEvent?.({ type: "line", line }),
    });
  }
}
