/**
 * Artifacts: files with media types and annotations, kept in a repository as images are.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage}
 * @module
 */
import { createReadStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { createHasher, digestBytes } from "@teu/content/hash";
import { parseLinks } from "@teu/content/links";
import type { CallOptions, Source, Target } from "@teu/content/store";
import { openVerified, readVerified } from "@teu/content/verified-read";
import { type Descriptor, EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { OCI_MANIFEST, isMediaType } from "@teu/spec/media-types";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import { stringifyJson } from "@teu/std/json-value";
import type { CliErrorCode } from "../errors.ts";

/** What an artifact is made of. */
export interface ArtifactOptions extends CallOptions {
  /** Files as `PATH` or `PATH:TYPE`. */
  readonly files: readonly string[];
  readonly cwd: string;
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** What the artifact says something about. */
  readonly subject?: Descriptor;
}

const TITLE = "org.opencontainers.image.title";
const CHUNK_BYTES = 1024 * 1024;

/**
 * Puts an artifact into a store and answers with its manifest's descriptor.
 * @throws TeuError `ERR_USAGE` for a wrong media type or name.
 */
export async function putArtifact(store: Target, options: ArtifactOptions): Promise<Descriptor> {
  const { artifactType, annotations, subject, signal } = options;
  checkType(artifactType);
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

async function putFile(store: Target, text: string, { cwd, signal }: ArtifactOptions): Promise<Descriptor> {
  const colon = text.lastIndexOf(":");
  const path = resolve(cwd, colon > 0 ? text.slice(0, colon) : text);
  const mediaType = colon > 0 ? checkType(text.slice(colon + 1)) : "application/octet-stream";
  const hasher = createHasher("sha256");
  const { size } = await stat(path);
  for await (const chunk of readChunks(path)) hasher.update(chunk);
  const descriptor = { mediaType, digest: hasher.digest(), size, annotations: { [TITLE]: basename(path) } };
  await store.put(descriptor, readChunks(path), { signal });
  return descriptor;
}

function readChunks(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES });
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
 * @throws TeuError `ERR_USAGE` for a title that is no plain name: it could lead elsewhere.
 */
export async function* writeArtifact(
  store: Source,
  root: Descriptor,
  { folder, signal }: CallOptions & { readonly folder: string },
): AsyncGenerator<string, void, undefined> {
  const { children } = parseLinks(await readVerified(store, root, { signal }), root);
  const files = children
    .map((child) => ({ child, title: child.annotations?.[TITLE] }))
    .filter(({ title }) => title !== undefined);
  for (const { title = "" } of files) checkTitle(title);
  await mkdir(folder, { recursive: true });
  for (const { child, title = "" } of files) {
    await writeFileAtomic(join(folder, title), openVerified(store, child, { signal }), { signal });
    yield title;
  }
}

function checkTitle(title: string): void {
  if (/^[^/\\\u0000-\u001f\u007f:]{1,255}$/.test(title) && title !== "." && title !== "..") return;
  throw new TeuError<CliErrorCode>(
    "ERR_USAGE",
    `Writing the file ${JSON.stringify(title)}: expected a plain name, without folders`,
  );
}
