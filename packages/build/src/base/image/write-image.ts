/**
 * Writes the image of a base into a store: layers, config, manifest, and the list of what is in it beside it.
 * @module
 */
import { compress } from "@teu/content/compress";
import { createHasher } from "@teu/content/hash";
import { writeObject } from "@teu/content/mutate/document";
import { nameBytes } from "@teu/content/overlay";
import type { BlobIngester, Target } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { EMPTY_CONTENT } from "@teu/spec/image/empty-descriptor";
import { EMPTY_DESCRIPTOR } from "@teu/spec/descriptor";
import { artifactManifest } from "@teu/spec/image/artifact";
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, OCI_MANIFEST } from "@teu/spec/media-types";
import type { Platform } from "@teu/spec/platform";
import type { ByteSource } from "@teu/std/streams";
import { formatRfc3339 } from "@teu/std/time";

/** A layer that is in a store. */
export interface WrittenLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  /** What it is of. */
  readonly title: string;
}

/** How layers are compressed. */
export type LayerCompression = "gzip" | "zstd";

/** Can take content of any kind in. */
export type ImageStore = Target & BlobIngester;

/** Writes a layer from its plain tar archive. */
export async function writeLayer(
  store: BlobIngester,
  layer: { readonly title: string; readonly tar: ByteSource; readonly compression: LayerCompression },
  signal: AbortSignal | undefined,
): Promise<WrittenLayer> {
  const { title, tar, compression } = layer;
  const hasher = createHasher("sha256");
  const observed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of tar) {
      hasher.update(chunk);
      yield chunk;
    }
  };
  const mediaType = compression === "zstd" ? OCI_LAYER_ZSTD : OCI_LAYER_GZIP;
  const { digest, size } = await store.ingest(compress(observed(), compression, { signal }), { mediaType, signal });
  return { descriptor: { mediaType, digest, size }, diffId: hasher.digest(), title };
}

/** What an image is to say. */
export interface ImageFacts {
  readonly platform: Platform;
  /** Base layer first. */
  readonly layers: readonly WrittenLayer[];
  /** Seconds since 1970. */
  readonly created: number;
  /** The part of the config that runtimes read. */
  readonly container: Readonly<Record<string, unknown>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Who makes it, for its history. */
  readonly createdBy: string;
}

/** Writes config and manifest, and gives the manifest's descriptor. */
export async function writeImage(store: ImageStore, facts: ImageFacts, signal?: AbortSignal): Promise<Descriptor> {
  const { platform, layers, container, annotations, createdBy } = facts;
  const created = formatRfc3339({ seconds: facts.created, nanoseconds: 0 });
  const { os, architecture, variant } = platform;
  const config = nameBytes(
    writeObject({
      created,
      architecture,
      ...(variant === undefined ? {} : { variant }),
      os,
      config: container,
      rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(({ title }) => ({ created, created_by: createdBy, comment: title })),
    }),
    { mediaType: OCI_CONFIG },
  );
  const manifest = nameBytes(
    writeObject({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: config.descriptor,
      layers: layers.map(({ descriptor }) => descriptor),
      annotations: { "org.opencontainers.image.created": created, ...annotations },
    }),
    { mediaType: OCI_MANIFEST },
  );
  await store.put(config.descriptor, [config.bytes], { signal });
  await store.put(manifest.descriptor, [manifest.bytes], { signal });
  return { ...manifest.descriptor, platform };
}

/** Writes a document that says something of an image, and gives the descriptor of the artifact that holds it. */
export async function writeReferrer(
  store: ImageStore,
  document: { readonly bytes: Uint8Array; readonly mediaType: string; readonly created: number },
  { subject, signal }: { readonly subject: Descriptor; readonly signal?: AbortSignal | undefined },
): Promise<Descriptor> {
  const { mediaType, bytes } = document;
  const content = nameBytes(bytes, { mediaType });
  const { digest, size } = subject;
  const artifact = nameBytes(
    writeObject(
      artifactManifest({
        artifactType: mediaType,
        layers: [content.descriptor],
        subject: { mediaType: subject.mediaType, digest, size },
        annotations: {
          "org.opencontainers.image.created": formatRfc3339({ seconds: document.created, nanoseconds: 0 }),
        },
      }),
    ),
    { mediaType: OCI_MANIFEST },
  );
  await store.put(EMPTY_DESCRIPTOR, [EMPTY_CONTENT], { signal });
  await store.put(content.descriptor, [bytes], { signal });
  await store.put(artifact.descriptor, [artifact.bytes], { signal });
  await store.keep({ ...artifact.descriptor, artifactType: mediaType }, { signal });
  return { ...artifact.descriptor, artifactType: mediaType };
}
