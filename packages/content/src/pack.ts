/**
 * Artifacts: anything that is not an image, wrapped in a manifest so that registries and layouts take it.
 *
 *     const report = nameBytes(bytes, { mediaType: "text/markdown" });
 *     const { root, store } = packArtifact({ artifactType: "application/vnd.example.report", contents: [report], subject });
 *     await copy(store, target, root);
 * @module
 */
import type { Annotations } from "@teu/spec/annotations";
import { type Descriptor, EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { artifactManifest } from "@teu/spec/image/artifact";
import { EMPTY_CONTENT } from "@teu/spec/image/empty-descriptor";
import { OCI_MANIFEST } from "@teu/spec/media-types";
import { writeObject } from "./mutate/document.ts";
import { type Graph, type NamedContent, nameBytes, overlay, union } from "./overlay.ts";
import type { BlobReader } from "./store.ts";

/** What goes into an artifact. Content is in memory, or named by a descriptor and in the store that is given along. */
export interface NewArtifact {
  /** What the artifact is: a media type of its maker's choice. */
  readonly artifactType: string;
  /** The files or blobs of the artifact, in order. */
  readonly contents?: readonly (NamedContent | Descriptor)[];
  /** Facts about the artifact as a JSON blob. */
  readonly config?: NamedContent | Descriptor;
  /** The manifest or index that the artifact says something about. */
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/**
 * Makes the manifest of an artifact. Nothing is written: the graph is there to be copied. The same parts give the same bytes.
 * @param store Has the content that is named by descriptors.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if `artifactType` is no media type, or the config is one of an image.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage}
 */
export function packArtifact(artifact: NewArtifact, store: BlobReader = union([])): Graph {
  const { artifactType, contents = [], config, subject, annotations } = artifact;
  const document = artifactManifest({
    artifactType,
    layers: contents.map(descriptorOf),
    ...(config === undefined ? {} : { config: descriptorOf(config) }),
    ...(subject === undefined ? {} : { subject: withoutExtras(subject) }),
    ...(annotations === undefined ? {} : { annotations }),
  });
  const manifest = nameBytes(writeObject(document), { mediaType: OCI_MANIFEST });
  const empty: NamedContent = { descriptor: EMPTY_DESCRIPTOR, bytes: EMPTY_CONTENT };
  const inMemory = [...contents, ...(config === undefined ? [] : [config])].filter(isInMemory);
  return { root: { ...manifest.descriptor, artifactType }, store: overlay([empty, ...inMemory, manifest], store) };
}

function isInMemory(content: NamedContent | Descriptor): content is NamedContent {
  return "bytes" in content;
}

function descriptorOf(content: NamedContent | Descriptor): Descriptor {
  return isInMemory(content) ? content.descriptor : content;
}

/** What names the subject, without what was said of it elsewhere, so that its artifacts do not depend on that. */
function withoutExtras({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
