/**
 * What all commands have in common that make an image from another: where it is read, which images of an index are meant,
 * where new layers go, and how the result is written.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { copy } from "@teu/content/copy";
import { readDocument } from "@teu/content/graph";
import { type ImagePlace, parseImagePlace } from "@teu/content/image-place";
import { openLayout } from "@teu/content/layout-store";
import { type Image, imageGraph, openImage } from "@teu/content/mutate/image";
import { mapIndex } from "@teu/content/mutate/index-edit";
import type { Scratch } from "@teu/content/mutate/rewrite-layers";
import { scratchImage } from "@teu/content/mutate/scratch";
import type { Graph } from "@teu/content/overlay";
import { chooseManifest } from "@teu/content/platform-choice";
import { isConfig, isIndex, isManifest } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import type { Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { openRegistries } from "../../images/client.ts";
import { openTarget, storeFolder } from "../../images/open-image.ts";
import { showProgress } from "../../images/progress.ts";
import { watchReads } from "../../images/watch-reads.ts";
import { openPlace, platformOption } from "./image-argument.ts";

/** One run of a command that changes images. */
export interface Change {
  readonly invocation: Invocation;
  readonly host: Host;
}

/** Where new layers go until the image is copied to its place. */
export type OpenScratch = () => Promise<Scratch>;

/** Makes an image from another. */
export type ImageEdit = (image: Image, scratch: OpenScratch) => Promise<Image> | Image;

/** Makes a graph from another. */
export type GraphEdit = (graph: Graph, scratch: OpenScratch) => Promise<Graph>;

/** Changes the image that `from` names, or every image of an index, and writes it to where it is to go. */
export async function changeImages(from: string, edit: ImageEdit, change: Change): Promise<ExitCode> {
  return await changeGraph(from, async (graph, scratch) => await editImages(graph, edit, { scratch, change }), change);
}

/** Changes what `from` names as a whole, or of an index the image of the platform that was asked for. */
export async function changeGraph(from: string, edit: GraphEdit, change: Change): Promise<ExitCode> {
  const { invocation, host } = change;
  const to = targetOf(from, invocation);
  if (from === SCRATCH) return await changeScratch(to, edit, change);
  await using place = await openPlace(from, invocation, host);
  using watched = watchReads(place.source, host, { quiet: invocation.flag("quiet") });
  const isOne = invocation.option("platform") !== undefined && isIndex(place.root.mediaType);
  const root = isOne
    ? await chooseManifest(place.source, place.root, platformOption(invocation), { signal: host.signal })
    : place.root;
  await using scratch = new ScratchPlace(to, host);
  const changed = await edit({ root, store: watched.store }, () => scratch.open());
  watched[Symbol.dispose]();
  return await writeGraph(changed, to, { change, named: place.name });
}

/** What stands for an image without layers. */
const SCRATCH = "scratch";

async function changeScratch(to: ImagePlace, edit: GraphEdit, change: Change): Promise<ExitCode> {
  await using scratch = new ScratchPlace(to, change.host);
  const changed = await edit(scratchImage(platformOption(change.invocation)), () => scratch.open());
  return await writeGraph(changed, to, { change });
}

/** Changes an image, or every image of an index; what else an index has stays. */
export async function editImages(
  graph: Graph,
  edit: ImageEdit,
  { scratch, change }: { readonly scratch: OpenScratch; readonly change: Change },
): Promise<Graph> {
  const { signal } = change.host;
  const editOne = async (entry: Graph): Promise<Graph> =>
    imageGraph(await edit(await openImage(entry, { signal }), scratch));
  if (!isIndex(graph.root.mediaType)) return await editOne(graph);
  return await mapIndex(graph, async (entry) => ((await isImage(entry, signal)) ? await editOne(entry) : entry), {
    signal,
  });
}

/** Whether an entry of an index is an image and no artifact, such as an attestation. */
async function isImage({ root, store }: Graph, signal: AbortSignal): Promise<boolean> {
  if (!isManifest(root.mediaType) || root.platform?.os === "unknown") return false;
  const { links } = await readDocument(store, root, { signal });
  return isConfig(links.children[0]?.mediaType ?? "");
}

/**
 * Where the result goes: where `--output` says, or back where the image was found.
 * @throws TeuError `ERR_USAGE` where that cannot be written to by name
 */
export function targetOf(from: string, invocation: Invocation, option = "--output PLACE"): ImagePlace {
  const output = invocation.option("output");
  if (output !== undefined) return parseImagePlace(output, "store");
  const location: ImagePlace = parseImagePlace(from, "store");
  const isNamed = location.kind === "oci" ? location.tag !== undefined && !location.tag.startsWith("@") : false;
  if (isNamed || (location.kind === "store" && from !== SCRATCH && !location.name.includes("@"))) return location;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Changing "${from}": it cannot be written back, expected ${option}`, {
    hint: "Only images of the store and oci:FOLDER:TAG are changed in place",
  });
}

/** Copies a graph to its place and prints the digest of its root. */
export async function writeGraph(
  graph: Graph,
  to: ImagePlace,
  { change, named }: { readonly change: Change; readonly named?: string | undefined },
): Promise<ExitCode> {
  const { invocation, host } = change;
  using registries = openRegistries(invocation, host);
  await using target = await openTarget(to, { registries, host }, named);
  using progress = showProgress(host, { quiet: invocation.flag("quiet") || host.terminal === undefined });
  const root = await copy(graph.store, target.store, graph.root, {
    tags: target.tags,
    signal: host.signal,
    onEvent: progress.onEvent,
  });
  await target.finish(root);
  progress[Symbol.dispose]();
  host.out(`${root.digest}\n`);
  return EXIT.ok;
}

/** A store for new layers: the layout that they go to anyway, else a temporary one. Opened when it is needed. */
export class ScratchPlace implements AsyncDisposable {
  readonly #target: ImagePlace;
  readonly #host: Host;
  readonly #cleanup = new AsyncDisposableStack();
  #opened: Promise<Scratch> | undefined;

  constructor(target: ImagePlace, host: Host) {
    this.#target = target;
    this.#host = host;
  }

  open(): Promise<Scratch> {
    return (this.#opened ??= this.#open());
  }

  async #open(): Promise<Scratch> {
    const layout = this.#cleanup.use(await openLayout(await this.#folder(), { create: true }));
    this.#cleanup.use(await layout.lease({ signal: this.#host.signal }));
    return layout;
  }

  async #folder(): Promise<string> {
    if (this.#target.kind === "oci") return resolve(this.#host.cwd, this.#target.path);
    if (this.#target.kind === "store") return storeFolder(this.#host);
    const folder = await mkdtemp(join(this.#host.env["TMPDIR"] ?? tmpdir(), "teu-layers-"));
    this.#cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened?.catch(() => {});
    await this.#cleanup.disposeAsync();
  }
}
