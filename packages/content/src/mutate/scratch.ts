/**
 * The image to begin with: no layers, and a config that says nothing but its platform.
 * @module
 */
import type { Platform } from "@teu/spec/platform";
import { OCI_CONFIG, OCI_MANIFEST } from "@teu/spec/media-types";
import { type Graph, nameBytes, overlay, union } from "../overlay.ts";
import { writeObject } from "./document.ts";

/** An image of OCI without layers for `platform`, the same each time. */
export function scratchImage(platform: Platform): Graph {
  const { architecture, os, variant } = platform;
  const rootfs = { type: "layers", diff_ids: [] };
  const config = nameBytes(writeObject({ architecture, os, variant, rootfs }), { mediaType: OCI_CONFIG });
  const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: config.descriptor, layers: [] };
  const manifest = nameBytes(writeObject(document), { mediaType: OCI_MANIFEST });
  return { root: manifest.descriptor, store: overlay([config, manifest], union([])) };
}
