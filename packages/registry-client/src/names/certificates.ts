/**
 * Certificates of registries in `certs.d`: `*.crt` to trust, and `*.cert` with `*.key` to show.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-certs.d.5.md}
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";
import type { TlsOptions } from "../http/tls-context.ts";
import { type ConfigPlaces, namesIn } from "./config-files.ts";
import type { HostRule } from "./hosts-toml.ts";

/**
 * The certificates for a host, of the first folder that has any.
 * @throws TeuError `ERR_REGISTRY_CONFIG` for a certificate without its key, or the reverse.
 */
export async function readCertificates({ certificates }: ConfigPlaces, host: string): Promise<TlsOptions> {
  for (const place of certificates) {
    const folder = join(place, host);
    const names = namesIn(folder);
    const found = names.filter((name) => /\.(?:crt|cert|key)$/.test(name));
    if (found.length > 0) return await readFolder(folder, found);
  }
  return {};
}

async function readFolder(folder: string, names: readonly string[]): Promise<TlsOptions> {
  const ca = await Promise.all(
    names.filter((name) => name.endsWith(".crt")).map((name) => readText(join(folder, name))),
  );
  const stems = new Set(names.filter((name) => !name.endsWith(".crt")).map((name) => name.replace(/\.[a-z]+$/, "")));
  const [stem] = stems;
  if (stem === undefined) return { ca };
  const [certificate, key] = [`${stem}.cert`, `${stem}.key`];
  for (const name of [certificate, key]) {
    if (!names.includes(name))
      throw new TeuError<RegistryClientErrorCode>(
        "ERR_REGISTRY_CONFIG",
        `Reading "${folder}": no ${name} beside its ${name === key ? "certificate" : "key"}`,
      );
  }
  return {
    ca,
    client: { certificate: await readText(join(folder, certificate)), key: await readText(join(folder, key)) },
  };
}

/**
 * The certificates that a `hosts.toml` names.
 * @throws TeuError `ERR_REGISTRY_CONFIG` for a file that cannot be read.
 */
export async function readRuleCertificates({ ca, client }: HostRule): Promise<TlsOptions> {
  const [pair] = client;
  return {
    ...(ca.length === 0 ? {} : { ca: await Promise.all(ca.map(readText)) }),
    ...(pair === undefined ? {} : { client: { certificate: await readText(pair[0]), key: await readText(pair[1]) } }),
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TeuError<RegistryClientErrorCode>("ERR_REGISTRY_CONFIG", `Reading "${path}": ${reason}`, {
      cause: error,
    });
  }
}
