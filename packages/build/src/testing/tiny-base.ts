/**
 * A base for tests: one layer with one file.
 * @module
 */
import { type Image, openImage } from "@teu/content/mutate/image";
import { writeObject } from "@teu/content/mutate/document";
import { digestBytes } from "@teu/content/hash";
import { nameBytes, overlay, union } from "@teu/content/overlay";
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from "@teu/spec/media-types";
import type { Platform } from "@teu/spec/platform";
import { concatBytes } from "@teu/std/bytes";
import { writeTarSync } from "@teu/tar/write-tar";

/** Makes a base for a platform. */
export async function tinyBase({ os, architecture }: Platform, env: readonly string[] = ["PATH=/bin"]): Promise<Image> {
  const text = new TextEncoder().encode(`base of ${os}/${architecture}\n`);
  const tar = concatBytes([...writeTarSync([{ entry: { name: "etc/base", size: text.length }, content: text }])]);
  const layer = nameBytes(tar, { mediaType: OCI_LAYER });
  const rootfs = { type: "layers", diff_ids: [digestBytes(tar)] };
  const config = nameBytes(
    writeObject({ architecture, os, config: { Env: env, User: "root" }, rootfs, history: [{ created_by: "base" }] }),
    { mediaType: OCI_CONFIG },
  );
  const fields = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: config.descriptor, layers: [layer.descriptor] };
  const manifest = nameBytes(writeObject(fields), { mediaType: OCI_MANIFEST });
  return await openImage({ root: manifest.descriptor, store: overlay([layer, config, manifest], union([])) });
}
