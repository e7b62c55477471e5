/**
 * The one mover: copies a graph of content from any store to any other. Pushing, pulling, saving, loading and tagging
 * are copies with other stores at their ends.
 *
 *     await copy(source, target, root, { tags: ["v1"], signal });
 *
 * Content goes before what names it and tags go last, so that whoever looks at the target meanwhile sees complete images
 * only. Every byte is verified on its way in.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { isIndex } from "@teu/spec/media-types";
import type { Platform } from "@teu/spec/platform";
import type { GraphLimits } from "./graph.ts";
import { copyGraph } from "./internal/copy-run.ts";
import { atTarget } from "./internal/copy-error.ts";
import { filterIndex } from "./mutate/index-edit.ts";
import type { Graph } from "./overlay.ts";
import { chooseManifest, manifestsFor } from "./platform-choice.ts";
import { type BlobReader, type CallOptions, type TagResolver, type Target, can } from "./store.ts";

/** What a copy tells while it is under way. Sizes are in bytes. */
export type CopyEvent =
  /** There is content to see to; what it takes is not known yet. */
  | { readonly type: "found"; readonly descriptor: Descriptor }
  /** Its bytes begin to move, from `start` on where an earlier try left some. */
  | { readonly type: "started"; readonly descriptor: Descriptor; readonly start: number }
  /** So many of its bytes are through, those from an earlier try included. */
  | { readonly type: "progress"; readonly descriptor: Descriptor; readonly bytes: number }
  | { readonly type: "finished"; readonly descriptor: Descriptor; readonly outcome: CopyOutcome }
  | { readonly type: "tagged"; readonly descriptor: Descriptor; readonly name: string };

/**
 * What became of content: it was `copied`; `mounted` from another place of the target; `present` there before; or
 * `left-out`, because the target does not want it or the source legally lacks it.
 */
export type CopyOutcome = "copied" | "mounted" | "present" | "left-out";

/** How to copy. */
export interface CopyOptions extends GraphLimits, CallOptions {
  /** The names that the root gets. Without any the target is asked to keep it nameless. */
  readonly tags?: readonly string[] | undefined;
  /** How many contents move at a time. Default: 4; a target may allow fewer. */
  readonly concurrency?: number | undefined;
  /** Copy the one manifest of an index that suits this platform best; it becomes the root. */
  readonly platform?: Platform | undefined;
  /** Copy of an index what these platforms need, as `sparse` says. */
  readonly platforms?: readonly Platform[] | undefined;
  /**
   * True to copy the index as it is though it names manifests that are left out, which some targets refuse; false to
   * copy a new index that names the chosen ones only. Default: false.
   */
  readonly sparse?: boolean | undefined;
  /** True to copy also what refers to the manifests and indexes of the graph. Default: false. */
  readonly referrers?: boolean | undefined;
  /**
   * True to believe that a manifest or index which is at the target is complete there, and not to look further. Default:
   * false.
   */
  readonly trustTarget?: boolean | undefined;
  /** Is told of the progress, in order. It must not throw. */
  readonly onEvent?: ((event: CopyEvent) => void) | undefined;
}

/**
 * Copies the graph below `root` and answers with the descriptor of what is now at the target, which is another than
 * `root` where platforms were chosen. When it fails or is aborted nothing is running any more, and at the target there is
 * nothing but whole content without a name, and what a later copy can resume; where the abort comes last of all, the name too.
 * @throws TeuError `ERR_COPY_SOURCE`, `ERR_COPY_TARGET`; `ERR_PLATFORM_MISSING`; `ERR_GRAPH_INVALID`, `ERR_GRAPH_LIMIT`;
 * the reason of `signal`.
 */
export async function copy(
  source: BlobReader & Partial<TagResolver>,
  target: Target,
  root: Descriptor,
  options: CopyOptions = {},
): Promise<Descriptor> {
  const { signal } = options;
  signal?.throwIfAborted();
  try {
    const chosen = await choose(source, root, options);
    await using _lease = await leaseOf(target, chosen.root, options);
    const isNamed = await copyGraph({ ...chosen, target, referrers: source }, options);
    await nameRoot({ target, isNamed }, chosen.root, options);
    return chosen.root;
  } catch (error) {
    // What an abort brings about is nobody's failure.
    signal?.throwIfAborted();
    throw error;
  }
}

/** Keeps what is at the target, or comes there, from being collected before it has a name. */
async function leaseOf(
  target: Target,
  root: Descriptor,
  { signal }: CallOptions,
): Promise<AsyncDisposable | undefined> {
  return can(target, "lease")
    ? await atTarget(root, "opening it for writing", () => target.lease({ signal }))
    : undefined;
}

interface Choice extends Graph {
  /** Answers false for entries of indexes that are not to be copied. */
  readonly takes?: (entry: Descriptor) => boolean;
}

async function choose(store: BlobReader, root: Descriptor, options: CopyOptions): Promise<Choice> {
  const { platform, platforms, sparse } = options;
  if (!isIndex(root.mediaType)) return { root, store };
  if (platform !== undefined) return { root: await chooseManifest(store, root, platform, options), store };
  if (platforms === undefined) return { root, store };
  const wanted = await manifestsFor(store, root, platforms, options);
  const takes = ({ digest, mediaType }: Descriptor): boolean => wanted.has(digest) || isIndex(mediaType);
  return sparse === true ? { root, store, takes } : await filterIndex({ root, store }, takes, options);
}

async function nameRoot(
  { target, isNamed }: { readonly target: Target; readonly isNamed: boolean },
  root: Descriptor,
  { tags = [], signal, onEvent }: CopyOptions,
): Promise<void> {
  if (tags.length === 0) return await atTarget(root, "keeping it", () => target.keep(root, { signal }));
  const told = (name: string): void => onEvent?.({ type: "tagged", descriptor: root, name });
  if (isNamed) return tags.forEach(told);
  if (tags.length > 1 && can(target, "tagAll")) {
    await atTarget(root, `tagging it ${JSON.stringify(tags)}`, () => target.tagAll(tags, root, { signal }));
    return tags.forEach(told);
  }
  for (const name of tags) {
    await atTarget(root, `tagging it ${JSON.stringify(name)}`, () => target.tag(name, root, { signal }));
    told(name);
  }
}
