/**
 * Artifacts: files with media types and annotations, kept in a repository as images are.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage}
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { openLayout } from "@teu/content/layout-store";
import type { Scratch } from "@teu/content/mutate/rewrite-layers";
import { type Graph, union } from "@teu/content/overlay";
import { packArtifact } from "@teu/content/pack";
import type { CallOptions } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { isMediaType } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import { cleanPath } from "@teu/std/safe-path";
import type { Timestamp } from "@teu/std/time";
import type { CliErrorCode } from "../errors.ts";
import type { Annotations } from "./annotation-file.ts";
import { packFolder } from "./artifact-folder.ts";
import { FileBlobs } from "./file-blobs.ts";
import { describeInput, inputFacts } from "./input-file.ts";

/** What an artifact is made of. */
export interface ArtifactOptions extends CallOptions {
  /** Files and folders as `PATH` or `PATH:TYPE`. */
  readonly files: readonly string[];
  readonly cwd: string;
  /** Where archives of folders are until the artifact is disposed of. */
  readonly temporary: string;
  /** The time of all that is in folders. Default: 1970. */
  readonly epoch?: Timestamp | undefined;
  readonly artifactType: string;
  readonly annotations: Annotations;
  /** Those of files and folders, by the paths that were given. */
  readonly fileAnnotations: ReadonlyMap<string, Annotations>;
  /** What the artifact says something about. */
  readonly subject?: Descriptor;
}

/** An artifact, to be copied to wherever it goes. Its content is in the files that it is made of. */
export interface PackedArtifact extends Graph, AsyncDisposable {}

/** The annotation with the path of a file. */
export const TITLE = "org.opencontainers.image.title";

/**
 * Makes an artifact.
 * @throws TeuError `ERR_USAGE` for a wrong media type or path.
 */
export async function packFiles(options: ArtifactOptions): Promise<PackedArtifact> {
  checkType(options.artifactType);
  const files = options.files.map(splitFile);
  checkAnnotated(files, options);
  await using cleanup = new AsyncDisposableStack();
  const packing = { blobs: new FileBlobs(), archives: cleanup.use(new Archives(options.temporary)), options };
  const layers: Descriptor[] = [];
  for (const file of files) layers.push(await layerOf(file, packing));
  const { artifactType, annotations, subject } = options;
  const graph = packArtifact(
    {
      artifactType,
      contents: layers,
      ...(subject === undefined ? {} : { subject }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    union([packing.blobs, ...packing.archives.stores]),
  );
  const kept = cleanup.move();
  return { ...graph, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A file or folder as it was given. */
interface GivenFile {
  readonly name: string;
  readonly mediaType: string | undefined;
}

interface Packing {
  readonly blobs: FileBlobs;
  readonly archives: Archives;
  readonly options: ArtifactOptions;
}

async function layerOf({ name, mediaType }: GivenFile, { blobs, archives, options }: Packing): Promise<Descriptor> {
  const path = resolve(options.cwd, name);
  const facts = inputFacts(path, { folders: true });
  const own = options.fileAnnotations.get(name);
  if (facts.isDirectory()) {
    const title = titleOf(name === "." ? path : name);
    const layer = await packFolder(await archives.open(), path, { ...options, title, mediaType });
    return { ...layer, annotations: { ...layer.annotations, ...own, [TITLE]: title } };
  }
  if (!facts.isFile()) throw usage(`Reading the file "${path}": it is neither, expected a file or a folder`);
  const descriptor = await describeInput(path, mediaType ?? "application/octet-stream");
  blobs.add(descriptor, path);
  return { ...descriptor, annotations: { [TITLE]: titleOf(name), ...own } };
}

/** Takes `PATH` or `PATH:TYPE` apart. */
function splitFile(text: string): GivenFile {
  const colon = text.lastIndexOf(":");
  if (colon <= 0) return { name: text, mediaType: undefined };
  return { name: text.slice(0, colon), mediaType: checkType(text.slice(colon + 1)) };
}

function checkAnnotated(files: readonly GivenFile[], { fileAnnotations }: ArtifactOptions): void {
  const names = new Set(files.map(({ name }) => name));
  const unknown = fileAnnotations.keys().find((name) => !names.has(name));
  if (unknown !== undefined) throw usage(`Reading the annotations of "${unknown}": no such file is pushed`);
}

/** The path as it was given, where it can be made again below any folder; else the name of the file alone. */
function titleOf(name: string): string {
  return name.startsWith("/") || name.split("/").includes("..") ? basename(name) : cleanPath(name);
}

function checkType(text: string): string {
  if (isMediaType(text)) return text;
  throw usage(`Reading the media type "${text}": expected one such as application/json`);
}

function usage(message: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", message);
}

/** Where archives of folders are: a layout that is made for the first of them. */
class Archives implements AsyncDisposable {
  readonly #temporary: string;
  readonly #cleanup = new AsyncDisposableStack();
  #store: Scratch | undefined;

  constructor(temporary: string) {
    this.#temporary = temporary;
  }

  get stores(): readonly Scratch[] {
    return this.#store === undefined ? [] : [this.#store];
  }

  async open(): Promise<Scratch> {
    return (this.#store ??= await this.#make());
  }

  async #make(): Promise<Scratch> {
    const folder = await mkdtemp(join(this.#temporary, "teu-folder-"));
    this.#cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    return this.#cleanup.use(await openLayout(folder, { create: true, durable: false }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
  }
}
