/**
 * What a manifest or index points to, read leniently: a copy must not fail over a clause that does not concern it. Where
 * documents could be taken for two things at once, it does fail.
 * @module
 */
import type { Annotations } from "@teu/spec/annotations";
import type { Descriptor } from "@teu/spec/descriptor";
import { digestProblem } from "@teu/spec/digest";
import { isIndex, isManifest, roleOf } from "@teu/spec/media-types";
import type { Platform } from "@teu/spec/platform";
import { type Shape, mapOf, string, strings } from "@teu/spec/shape";
import { TeuError } from "@teu/std/error";
import { DEFAULT_JSON_LIMITS, type Json, JsonError, type JsonLimits } from "@teu/std/json";
import { parseJsonBytes, toValue } from "@teu/std/json-value";
import type { ContentErrorCode } from "./errors.ts";

/** The links of one document. */
export interface Links {
  readonly role: "index" | "manifest";
  /** What the document needs, in its order: the entries of an index, or config and layers, or the blobs of an artifact. */
  readonly children: readonly Descriptor[];
  /** What the document says something about. It need not exist. */
  readonly subject?: Descriptor;
  /** The artifact type of an index or manifest; of a manifest without one, the media type of its config. */
  readonly artifactType?: string;
  readonly annotations?: Annotations;
}

/** The manifest of artifacts that image-spec had in candidates of 1.1 only; some registries still hold it. */
export const OCI_ARTIFACT_MANIFEST = "application/vnd.oci.artifact.manifest.v1+json";

/** Most descriptors in one document. */
export const MAX_LINKS = 10_000;

/** Tells whether content of `mediaType` has links that can be followed. All other content is a leaf. */
export function hasLinks(mediaType: string): boolean {
  return isIndex(mediaType) || isManifest(mediaType) || mediaType === OCI_ARTIFACT_MANIFEST;
}

/** Tells whether a document may have a subject, without reading it: a name in JSON is as it is, or has a backslash. */
export function mayHaveSubject(document: Uint8Array): boolean {
  const text = new TextDecoder().decode(document);
  return text.includes('"subject"') || text.includes("\\");
}

/**
 * Reads the links of the document that `descriptor` names, for whose type {@link hasLinks} has to be true.
 * @throws TeuError `ERR_GRAPH_INVALID` if it is not strict JSON, is another kind of document than its descriptor says, or
 * has a link without media type, digest or size; `ERR_GRAPH_LIMIT` if it has more than {@link MAX_LINKS}.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md}
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md}
 */
export function parseLinks(bytes: Uint8Array, descriptor: Descriptor): Links {
  try {
    const limits: JsonLimits = {
      ...DEFAULT_JSON_LIMITS,
      maxLength: Math.max(DEFAULT_JSON_LIMITS.maxLength, bytes.length),
    };
    return readLinks(parseJsonBytes(bytes, limits), descriptor.mediaType);
  } catch (error) {
    if (error instanceof JsonError) throw invalid(descriptor, error.message, error);
    throw error;
  }
}

function readLinks(json: Json, mediaType: string): Links {
  if (json.kind !== "object") throw json.unexpected("an object");
  const role = isIndex(mediaType) ? "index" : "manifest";
  refuseOtherKinds(json, role);
  const artifactType = textOf(json.get("artifactType")) ?? textOf(configOf(json).get("mediaType"));
  const annotations = json.get("annotations");
  const subject = json.get("subject");
  return {
    role,
    children: readChildren(json, mediaType),
    ...(subject.absent ? {} : { subject: readDescriptor(subject) }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(fits(annotations, mapOf(string)) ? { annotations: toValue(annotations) as Annotations } : {}),
  };
}

function configOf(json: Json): Json {
  const config = json.get("config");
  return config.kind === "object" ? config : json.get("");
}

/**
 * A document that some take for an index and others for a manifest could show each of them other content.
 * @see {@link https://github.com/opencontainers/image-spec/security/advisories/GHSA-77vh-xpmg-72qh}
 */
function refuseOtherKinds(json: Json, role: Links["role"]): void {
  const foreign = role === "index" ? ["config", "layers", "fsLayers"] : ["manifests"];
  for (const name of foreign) {
    if (json.get(name).kind !== "missing")
      throw new JsonError(`${name}: not a field of an ${role === "index" ? "index" : "image manifest"}`);
  }
  const ownType = textOf(json.get("mediaType"));
  const ownRole = ownType === undefined ? undefined : roleOf(ownType);
  if (ownRole !== undefined && ownRole !== role)
    throw new JsonError(
      `mediaType: ${JSON.stringify(ownType)}, expected the type of ${role === "index" ? "an index" : "a manifest"}`,
    );
}

function readChildren(json: Json, mediaType: string): Descriptor[] {
  if (isIndex(mediaType)) return readList(json.get("manifests"));
  if (mediaType === OCI_ARTIFACT_MANIFEST) return readList(json.get("blobs"));
  return [readDescriptor(json.get("config")), ...readList(json.get("layers"))];
}

function readList(json: Json): Descriptor[] {
  const items = json.list();
  if (items.length <= MAX_LINKS) return items.map(readDescriptor);
  throw new TeuError<ContentErrorCode>(
    "ERR_GRAPH_LIMIT",
    `Reading ${json.path}: ${items.length} links, expected at most ${MAX_LINKS}`,
  );
}

const OPTIONAL_FIELDS: readonly (readonly [string, Shape])[] = [
  ["urls", strings],
  ["annotations", mapOf(string)],
  ["data", string],
  ["artifactType", string],
  ["platform", platformShape],
];

function platformShape(json: Json, tell: (place: Json, message: string) => void): void {
  if (json.kind !== "object") return tell(json, "");
  for (const name of ["architecture", "os"]) string(json.get(name), tell);
  for (const name of ["os.version", "variant"]) if (!json.get(name).absent) string(json.get(name), tell);
  for (const name of ["os.features", "features"]) if (!json.get(name).absent) strings(json.get(name), tell);
}

const PLATFORM_FIELDS = ["architecture", "os", "variant", "os.version", "os.features"] as const;

/** The platform that an image's config names; nothing if it names none, or in a wrong way. */
export function readPlatform(config: Json): Platform | undefined {
  if (config.kind !== "object" || !fits(config, platformShape)) return undefined;
  const fields = PLATFORM_FIELDS.map((name) => [name, config.get(name)] as const);
  const filled = fields.filter(([, json]) => json.text !== "" || json.items.length > 0);
  return Object.fromEntries(filled.map(([name, json]) => [name, toValue(json)])) as unknown as Platform;
}

/**
 * The descriptor in `json` with all its fields, but for optional ones of the wrong type, which are left out.
 * @throws JsonError if media type, digest or size is missing or wrong.
 */
export function readDescriptor(json: Json): Descriptor {
  if (json.kind !== "object") throw json.unexpected("a descriptor");
  json.get("mediaType").string();
  const problem = digestProblem(json.get("digest").string());
  if (problem !== undefined) throw new JsonError(`${json.get("digest").path}: ${problem.message}`);
  json.get("size").integerBetween(0, Number.MAX_SAFE_INTEGER);
  const descriptor = toValue(json) as unknown as Descriptor & Record<string, unknown>;
  for (const [name, shape] of OPTIONAL_FIELDS) if (!fits(json.get(name), shape)) delete descriptor[name];
  return descriptor;
}

function fits(json: Json, shape: Shape): boolean {
  let misfits = 0;
  shape(json, () => (misfits += 1));
  return misfits === 0;
}

function textOf(json: Json): string | undefined {
  return json.kind === "string" && json.text !== "" ? json.text : undefined;
}

function invalid(descriptor: Descriptor, problem: string, cause: unknown): TeuError<ContentErrorCode> {
  const message = `Reading the links of "${descriptor.digest}": ${problem}`;
  return new TeuError("ERR_GRAPH_INVALID", message, { cause, detail: { descriptor } });
}
