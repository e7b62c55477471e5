/**
 * Artifacts: files with media types and annotations, kept in a repository as images are.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage}
 * @module
 */
import { mkdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { digestBytes } from "@teu/content/hash";
import { parseLinks } from "@teu/content/links";
import type { CallOptions, Source, Target } from "@teu/content/store";
import { openVerified, readVerified } from "@teu/content/verified-read";
import { type Descriptor, EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { OCI_MANIFEST, isMediaType } from "@teu/spec/media-types";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import { stringifyJson } from "@teu/std/json-value";
import { cleanPath, resolveInRoot } from "@teu/std/safe-path";
import type { StdErrorCode } from "@teu/std/errors";
import type { Timestamp } from "@teu/std/time";
import type { CliErrorCode } from "../errors.ts";
import type { Annotations } from "./annotation-file.ts";
import { isFolder, putFolder, writeFolder } from "./artifact-folder.ts";
import { describeInput, inputFacts, readInput } from "./input-file.ts";

/** What an artifact is made of. */
export interface ArtifactOptions extends CallOptions {
  /** Files and folders as `PATH` or `PATH:TYPE`. */
  readonly files: readonly string[];
  readonly cwd: string;
  /** Where archives of folders are until they are put. */
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

const TITLE = "org.opencontainers.image.title";

/**
 * Puts an artifact into a store and answers with its manifest's descriptor.
 * @throws TeuError `ERR_USAGE` for a wrong media type or name.
 */
export async function putArtifact(store: Target, options: ArtifactOptions): Promise<Descriptor> {
  const { artifactType, annotations, subject, signal } = options;
  checkType(artifactType);
  checkAnnotated(options);
  const layers: Descriptor[] = [];
  for (const file of options.files) layers.push(await putFile(store, file, options));
  await store.put(EMPTY_DESCRIPTOR, [new TextEncoder().encode("{}")], { signal });
  const text = stringifyJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: EMPTY_DESCRIPTOR,
    layers: layers.length === 0 ? [EMPTY_DESCRIPTOR] : layers,
    ...(subject === undefined ? {} : { subject: bare(subject) }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  });
  const bytes = new TextEncoder().encode(text);
  const manifest: Descriptor = { mediaType: OCI_MANIFEST, digest: digestBytes(bytes), size: bytes.length };
  await store.put(manifest, [bytes], { signal });
  return manifest;
}

function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

async function putFile(store: Target, text: string, options: ArtifactOptions): Promise<Descriptor> {
  const { cwd, fileAnnotations, signal } = options;
  const { name, mediaType } = splitFile(text);
  const path = resolve(cwd, name);
  const facts = inputFacts(path, { folders: true });
  const own = fileAnnotations.get(name);
  if (facts.isDirectory()) {
    const title = titleOf(name === "." ? path : name);
    const layer = await putFolder(store, path, { ...options, title, mediaType });
    return { ...layer, annotations: { ...layer.annotations, ...own, [TITLE]: title } };
  }
  if (!facts.isFile())
    throw new TeuError<CliErrorCode>(
      "ERR_USAGE",
      `Reading the file "${path}": it is neither, expected a file or a folder`,
    );
  const descriptor = await describeInput(path, mediaType ?? "application/octet-stream");
  await store.put(descriptor, readInput(path), { signal });
  return { ...descriptor, annotations: { [TITLE]: titleOf(name), ...own } };
}

/** Takes `PATH` or `PATH:TYPE` apart. */
function splitFile(text: string): { readonly name: string; readonly mediaType: string | undefined } {
  const colon = text.lastIndexOf(":");
  if (colon <= 0) return { name: text, mediaType: undefined };
  return { name: text.slice(0, colon), mediaType: checkType(text.slice(colon + 1)) };
}

function checkAnnotated({ files, fileAnnotations }: ArtifactOptions): void {
  const names = new Set(files.map((file) => splitFile(file).name));
  const unknown = fileAnnotations.keys().find((name) => !names.has(name));
  if (unknown === undefined) return;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading the annotations of "${unknown}": no such file is pushed`);
}

/** The path as it was given, where it can be made again below any folder; else the name of the file alone. */
function titleOf(name: string): string {
  return name.startsWith("/") || name.split("/").includes("..") ? basename(name) : cleanPath(name);
}

function checkType(text: string): string {
  if (isMediaType(text)) return text;
  throw new TeuError<CliErrorCode>(
    "ERR_USAGE",
    `Reading the media type "${text}": expected one such as application/json`,
  );
}

/**
 * Writes the files of an artifact into a folder, each whole or not at all, and names them. Content without a title is left
 * out.
 * @throws TeuError `ERR_PATH_ESCAPE`, `ERR_PATH_INVALID` for a title that leads out of the folder or cannot be a path,
 * before anything is written.
 */
export async function* writeArtifact(
  store: Source,
  root: Descriptor,
  { folder, signal }: CallOptions & { readonly folder: string },
): AsyncGenerator<string, void, undefined> {
  const { children } = parseLinks(await readVerified(store, root, { signal }), root);
  const files = children.flatMap((child) => {
    const title = child.annotations?.[TITLE];
    return title === undefined ? [] : [{ child, title: checkTitle(title) }];
  });
  await mkdir(folder, { recursive: true });
  for (const { child, title } of files) {
    const path = await resolveInRoot(folder, title, { followLast: false });
    await mkdir(dirname(path), { recursive: true });
    if (isFolder(child)) await writeFolder(store, child, { path, title, signal });
    else await writeFileAtomic(path, openVerified(store, child, { signal }), { signal });
    yield isFolder(child) ? `${title}/` : title;
  }
}

function checkTitle(title: string): string {
  const clean = cleanPath(title);
  if (clean !== "." && !/[\\\u0000-\u001f\u007f]/.test(clean) && !title.endsWith("/")) return clean;
  const message = `Writing the file ${JSON.stringify(title)}: expected the path of a file inside of the folder`;
  throw new TeuError<StdErrorCode>("ERR_PATH_INVALID", message);
}
