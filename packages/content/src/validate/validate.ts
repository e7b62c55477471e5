/**
 * Validates everything below a descriptor: each document against every clause that a look at it can judge, each content
 * against its size and digest, each layer against its DiffID and the rules for archives, and the documents against each other.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { type ImageConfig, parseConfig } from "@teu/spec/image/config";
import { type DocumentKind, detectDocument, kindOfType } from "@teu/spec/image/detect";
import { IMAGE_CLAUSES, type ImageClauseId } from "@teu/spec/image/clauses";
import { checkManifestWithConfig } from "@teu/spec/image/manifest-with-config";
import { OCI_CONFIG, isConfig, isManifest, parseLayerType } from "@teu/spec/media-types";
import { isTeuError } from "@teu/std/error";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { giveBack } from "@teu/std/slabs";
import { decompress } from "../decompress.ts";
import { GraphGuard, type GraphLimits } from "../graph.ts";
import { createHasher } from "../hash.ts";
import { hasLinks, parseLinks } from "../links.ts";
import type { BlobReader, CallOptions } from "../store.ts";
import { openVerified, readVerified } from "../verified-read.ts";
import { type Finding, fromError, fromIssue, fromJsonError } from "./finding.ts";
import { LayerCheck } from "./layer-check.ts";

/** What has been validated, with what was found in it. */
export interface Validated {
  /** The digest of content, or the name of a file of a layout. */
  readonly where: string;
  /** Bytes of the content. */
  readonly size: number;
  /** What it is, with its article: `an image manifest`, `a layer`, `a blob`. */
  readonly what: string;
  /** Entries of a layer. */
  readonly entries?: number;
  /** The findings, none if all is well. */
  readonly findings: readonly Finding[];
}

/** Bounds of {@link validate}. */
export type ValidateOptions = GraphLimits & CallOptions;

const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/**
 * Validates the graph below `root`, parents first, each content once. What is wrong is told, not thrown.
 * @throws TeuError `ERR_GRAPH_LIMIT`; and whatever the store throws that the content is not to blame for.
 */
export async function* validate(
  store: BlobReader,
  root: Descriptor,
  options: ValidateOptions = {},
): AsyncGenerator<Validated, void, undefined> {
  const guard = new GraphGuard(options);
  const pending: Task[] = [{ descriptor: root, depth: 0 }];
  for (let task = pending.pop(); task !== undefined; task = pending.pop()) {
    options.signal?.throwIfAborted();
    if (!guard.enter(task)) continue;
    const { validated, next } = await validateOne(store, task, options);
    yield validated;
    pending.push(...next.toReversed());
  }
}

interface Task {
  readonly descriptor: Descriptor;
  readonly depth: number;
  /** The DiffID that a configuration gives for this layer. */
  readonly diffId?: string;
}

interface Outcome {
  readonly validated: Validated;
  readonly next: readonly Task[];
}

async function validateOne(store: BlobReader, task: Task, options: ValidateOptions): Promise<Outcome> {
  const { descriptor } = task;
  const kind = kindOfType(descriptor.mediaType);
  try {
    if (kind !== undefined) return await validateDocument(store, task, kind, options);
    return { validated: await validateBlob(store, task, options), next: [] };
  } catch (error) {
    const layer = parseLayerType(descriptor.mediaType);
    const finding = findingOf(error, descriptor, kind, layer?.compression);
    if (finding === undefined) throw error;
    const what = kind?.name ?? (layer === undefined ? "a blob" : "a layer");
    return { validated: { ...named(descriptor), what, findings: [finding] }, next: [] };
  }
}

const OBJECT_CLAUSES: Readonly<Record<string, ImageClauseId>> = {
  manifest: "image.manifest.object",
  index: "image.index.object",
  config: "image.config.object",
};

// oxlint-disable-next-line eslint/max-params -- what went wrong, and with what
function findingOf(
  error: unknown,
  { digest }: Descriptor,
  kind: DocumentKind | undefined,
  compression: string | undefined,
): Finding | undefined {
  if (error instanceof JsonError) return fromJsonError(digest, error, OBJECT_CLAUSES[kind?.id ?? ""]);
  return fromError(digest, error, compression);
}

function named({ digest, size }: Descriptor): Pick<Validated, "where" | "size"> {
  return { where: digest, size };
}

async function validateDocument(
  store: BlobReader,
  task: Task,
  kind: DocumentKind,
  options: ValidateOptions,
): Promise<Outcome> {
  const { descriptor } = task;
  const bytes = await readVerified(store, descriptor, { maxBytes: MAX_DOCUMENT_BYTES, signal: options.signal });
  const findings = kind
    .check(parseJsonBytes(bytes, DOCUMENT_LIMITS))
    .map((issue) => fromIssue(descriptor.digest, issue));
  const isWhatItSays = checkKind(bytes, descriptor, findings);
  const validated = { ...named(descriptor), what: kind.name, findings };
  if (!isWhatItSays || !hasLinks(descriptor.mediaType)) return { validated, next: [] };
  const children = childrenOf(bytes, descriptor, findings);
  const config = await configOf(store, descriptor, children, options);
  if (config === undefined)
    return { validated, next: children.map((child) => ({ descriptor: child, depth: task.depth + 1 })) };
  const layers = children.slice(1);
  const across = checkManifestWithConfig({ layers }, config).map((issue) =>
    fromIssue((children[0] ?? descriptor).digest, issue),
  );
  const next = children.map((child, at) =>
    withDiffId({ descriptor: child, depth: task.depth + 1 }, config.rootfs.diff_ids[at - 1]),
  );
  return { validated: { ...validated, findings: [...findings, ...across] }, next };
}

/** Whether a document is of the kind that its descriptor says; one of two kinds is not followed. */
function checkKind(bytes: Uint8Array, descriptor: Descriptor, findings: Finding[]): boolean {
  try {
    detectDocument(bytes, descriptor.mediaType);
    return true;
  } catch (error) {
    const finding = fromError(descriptor.digest, error);
    if (finding === undefined) throw error;
    if (!findings.some(({ level }) => level === "MUST")) findings.push(finding);
    return false;
  }
}

const DOCUMENT_LIMITS = { maxLength: MAX_DOCUMENT_BYTES, maxDepth: 64 };

function withDiffId(task: Task, diffId: string | undefined): Task {
  return diffId === undefined ? task : { ...task, diffId };
}

/** The links of a document; none, with a finding, if it is too broken to have any. */
function childrenOf(bytes: Uint8Array, descriptor: Descriptor, findings: Finding[]): readonly Descriptor[] {
  try {
    return parseLinks(bytes, descriptor).children;
  } catch (error) {
    const finding = fromError(descriptor.digest, error);
    if (finding === undefined) throw error;
    // A document that a check has found fault with need not be told off again for what follows from it.
    if (!findings.some(({ level }) => level === "MUST")) findings.push(finding);
    return [];
  }
}

/** The configuration of an image manifest, if it is one and can be read; what is wrong with it is told when its turn comes. */
async function configOf(
  store: BlobReader,
  manifest: Descriptor,
  [first]: readonly Descriptor[],
  options: ValidateOptions,
): Promise<ImageConfig | undefined> {
  if (!isManifest(manifest.mediaType) || first === undefined || !isConfig(first.mediaType)) return undefined;
  try {
    const bytes = await readVerified(store, first, { maxBytes: MAX_DOCUMENT_BYTES, signal: options.signal });
    return parseConfig(bytes).value;
  } catch (error) {
    if (isTeuError(error)) return undefined;
    throw error;
  }
}

async function validateBlob(store: BlobReader, task: Task, options: ValidateOptions): Promise<Validated> {
  const { descriptor } = task;
  const type = parseLayerType(descriptor.mediaType);
  if (type?.base.format === "tar" && !type.encrypted) return validateLayer(store, task, type, options);
  for await (const chunk of openVerified(store, descriptor, options)) {
    options.signal?.throwIfAborted();
    giveBack(chunk);
  }
  return { ...named(descriptor), what: type === undefined ? "a blob" : "a layer", findings: [] };
}

async function validateLayer(
  store: BlobReader,
  { descriptor, diffId }: Task,
  type: NonNullable<ReturnType<typeof parseLayerType>>,
  options: ValidateOptions,
): Promise<Validated> {
  const check = new LayerCheck();
  const hasher = createHasher(diffId?.split(":", 1)[0] ?? "sha256");
  for await (const chunk of decompress(openVerified(store, descriptor, options), type.compression, options)) {
    hasher.update(chunk);
    check.push(chunk);
    giveBack(chunk);
  }
  check.end();
  const actual = hasher.digest();
  const findings = check.issues.map((issue) => fromIssue(descriptor.digest, issue));
  if (diffId !== undefined && actual !== diffId) findings.push(wrongDiffId(descriptor, diffId, actual));
  return { ...named(descriptor), what: "a layer", entries: check.entries, findings };
}

function wrongDiffId(descriptor: Descriptor, expected: string, actual: string): Finding {
  const { id, level, link } = IMAGE_CLAUSES["image.config.diffId"];
  const message = `the plain archive has digest ${actual}, expected the DiffID ${expected} of the configuration (${OCI_CONFIG})`;
  return { where: descriptor.digest, level, path: "", message, clause: id, link };
}
