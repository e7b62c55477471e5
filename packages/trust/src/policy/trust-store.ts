/**
 * The Notary Project's trust stores: folders of certificates.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#trust-store}
 * @module
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Certificate, formatCertificateName, parseCertificate, parseCertificates } from "@teu/pki/certificate";
import { isIssuedBy } from "@teu/pki/certificate-chain";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import { readSmallFile } from "./material.ts";
import type { TrustStoreName } from "./notation-policy.ts";

/**
 * Reads all certificates of a store. Each has to be an authority or to have signed itself, those of time stamps to be roots.
 * @param folder The folder that `x509` is in.
 * @throws TeuError `ERR_TRUST_INVALID` if there are none, or anything in the folder is not a certificate of that kind.
 */
export async function readTrustStore(folder: string, { type, name }: TrustStoreName): Promise<readonly Certificate[]> {
  const path = join(folder, "x509", type, name);
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true) throw bad(path, "it is no folder");
  const certificates: Certificate[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const file = join(path, entry.name);
    if (!entry.isFile()) throw bad(file, "it is no regular file");
    for (const certificate of parse(await readSmallFile(file))) {
      if (!isFit(certificate, type)) throw bad(file, `"${formatCertificateName(certificate.subject)}" is no authority`);
      certificates.push(certificate);
    }
  }
  if (certificates.length === 0) throw bad(path, "it holds no certificate");
  return certificates;
}

function parse(bytes: Uint8Array): readonly Certificate[] {
  const text = new TextDecoder().decode(bytes);
  return text.includes("-----BEGIN") ? parseCertificates(text) : [parseCertificate(bytes)];
}

function isFit(certificate: Certificate, type: TrustStoreName["type"]): boolean {
  const { isAuthority, keyUsage } = certificate;
  if (type !== "tsa") return isAuthority || isIssuedBy(certificate, certificate);
  const maySign = isAuthority && (keyUsage === undefined || keyUsage.has("keyCertSign"));
  return maySign && isIssuedBy(certificate, certificate);
}

function bad(path: string, problem: string): TeuError<TrustErrorCode> {
  return new TeuError("ERR_TRUST_INVALID", `Reading trust store "${path}": ${problem}`);
}
