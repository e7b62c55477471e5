/**
 * Reads the keys and certificates that policies name.
 * @module
 */
import type { KeyObject } from "node:crypto";
import { open } from "node:fs/promises";
import { type Certificate, parseCertificates } from "@teu/pki/certificate";
import { parsePublicKey } from "@teu/pki/keys";
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import type { TrustErrorCode } from "../errors.ts";
import type { Material } from "./containers-types.ts";

/** Reads a small file. */
export type ReadSmallFile = (path: string) => Promise<Uint8Array>;

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Reads files of this machine. @throws TeuError `ERR_TRUST_INVALID` */
export const readSmallFile: ReadSmallFile = async (path) => {
  try {
    await using file = await open(path);
    return await collect(file.createReadStream({ autoClose: false }), { maxBytes: MAX_FILE_BYTES, what: `"${path}"` });
  } catch (error) {
    const problem = error instanceof Error ? error.message : "it cannot be read";
    throw new TeuError<TrustErrorCode>("ERR_TRUST_INVALID", `Reading "${path}": ${problem}`, { cause: error });
  }
};

/** The contents of all parts, in order. @throws TeuError */
export async function readMaterial(material: Material, read: ReadSmallFile): Promise<readonly Uint8Array[]> {
  return material.kind === "data" ? material.data : await Promise.all(material.paths.map(read));
}

/** One public key of each part. @throws TeuError */
export async function readKeys(material: Material, read: ReadSmallFile): Promise<readonly KeyObject[]> {
  const parts = await readMaterial(material, read);
  return parts.map((bytes) => parsePublicKey(new TextDecoder().decode(bytes)));
}

/** All certificates of all parts. @throws TeuError */
export async function readCertificateMaterial(
  material: Material,
  read: ReadSmallFile,
): Promise<readonly Certificate[]> {
  const parts = await readMaterial(material, read);
  return parts.flatMap((bytes) => parseCertificates(new TextDecoder().decode(bytes)));
}
