/**
 * Certificates of registries in `certs.d`: `*.crt` to trust, and `*.cert` with `*.key` to show.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-certs.d.5.md}
 * @module
 */
import { readFileSync } from "node:fs";
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
export function readCertificates({ certificates }: ConfigPlaces, host: string): TlsOptions {
  for (const place of certificates) {
    const folder = join(place, host);
    const names = namesIn(folder);
    const found = names.filter((name) => /\.(?:crt|cert|key)$/.test(name));
    if (found.length > 0) return readFolder(folder, found);
  }
  return {};
}

function readFolder(folder: string, names: readonly string[]): TlsOptions {
  const ca = names.filter((name) => name.endsWith(".crt")).map((name) => readText(join(folder, name)));
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
    client: { certificate: readText(join(folder, certificate)), key: readText(join(folder, key)) },
  };
}

/**
 * The certificates that a `hosts.toml` names.
 * @throws TeuError `ERR_REGISTRY_CONFIG` for a file that cannot be read.
 */
export function readRuleCertificates({ ca, client }: HostRule): TlsOptions {
  const [pair] = client;
  return {
    ...(ca.length === 0 ? {} : { ca: ca.map(readText) }),
    ...(pair === undefined ? {} : { client: { certificate: readText(pair[0]), key: readText(pair[1]) } }),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TeuError<RegistryClientErrorCode>("ERR_REGISTRY_CONFIG", `Reading "${path}": ${reason}`, {
      cause: error,
    });
  }
}
