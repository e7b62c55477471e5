/**
 * The names of images, layers and stacks of layers that are made of digests. Whoever calls brings the hash function.
 * @module
 */
import { type Digest, parseDigest } from "../digest.ts";

/** Computes the digest of bytes. */
export type DigestFunction = (bytes: Uint8Array) => Digest;

/**
 * The ChainIDs of a stack of layers: for each layer, the name of the file system that it and those below make.
 * @param diffIds DiffIDs of the layers, base layer first.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#layer-chainid}
 */
export function chainIds(diffIds: readonly string[], digest: DigestFunction): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? parseDigest(diffId) : digest(new TextEncoder().encode(`${below} ${diffId}`)));
  }
  return chain;
}

/**
 * The ImageID: the digest of the bytes of the configuration. The specification has SHA-256 for it.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#imageid}
 */
export function imageId(config: Uint8Array, sha256: DigestFunction): Digest {
  return sha256(config);
}
