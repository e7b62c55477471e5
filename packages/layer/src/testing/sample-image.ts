/**
 * Images in memory for tests, from the plain archives of their layers.
 * @module
 */
import { gzipSync } from "node:zlib";
import { digestBytes } from "@teu/content/hash";
import { MemoryStore } from "@teu/content/memory-store";
import { type Image, openImage } from "@teu/content/mutate/image";
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from "@teu/spec/media-types";
import { concatBytes } from "@teu/std/bytes";
import { type NewMemberSync, writeTarSync } from "@teu/tar/write-tar";

/** An image of layers with these plain archives. */
export async function imageOf(
  layers: readonly Uint8Array[],
  config: { readonly [field: string]: unknown } = {},
): Promise<Image & { readonly memory: MemoryStore }> {
  const memory = new MemoryStore();
  const put = async (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestBytes(bytes), size: bytes.length };
    await memory.put(descriptor, [bytes]);
    return descriptor;
  };
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const descriptors: Descriptor[] = [];
  for (const layer of layers) descriptors.push(await put(OCI_LAYER_GZIP, gzipSync(layer)));
  const rootfs = { type: "layers", diff_ids: layers.map((layer) => digestBytes(layer)) };
  const configDescriptor = await put(OCI_CONFIG, json({ architecture: "amd64", os: "linux", ...config, rootfs }));
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: configDescriptor, layers: descriptors };
  const root = await put(OCI_MANIFEST, json(manifest));
  return { ...(await openImage({ root, store: memory })), memory };
}

/** A plain archive of these members. */
export function archive(...members: readonly NewMemberSync[]): Uint8Array {
  return concatBytes([...writeTarSync(members)]);
}

/** A member with text. */
export function file(name: string, text: string, fields: Partial<NewMemberSync["entry"]> = {}): NewMemberSync {
  const content = new TextEncoder().encode(text);
  return { entry: { name, mode: 0o644, ...fields, size: content.length }, content };
}

/** A directory. */
export function folder(name: string, fields: Partial<NewMemberSync["entry"]> = {}): NewMemberSync {
  return { entry: { name, type: "directory", mode: 0o755, ...fields } };
}

/** A symbolic link. */
export function symlink(name: string, linkname: string): NewMemberSync {
  return { entry: { name, type: "symlink", linkname, mode: 0o777 } };
}

/** A hard link. */
export function hardLink(name: string, linkname: string, fields: Partial<NewMemberSync["entry"]> = {}): NewMemberSync {
  return { entry: { name, type: "hard-link", linkname, ...fields } };
}
