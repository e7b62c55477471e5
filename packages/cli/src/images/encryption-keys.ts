/**
 * Whom layers are encrypted for and with what they are decrypted, as skopeo, buildah and podman have people write it.
 * @module
 */
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { readDecryptionKey, needsPassword, readRecipientKey } from "@teu/pki/encryption-key";
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import { jweUnwrapper, jweWrapper } from "@teu/trust/encryption/jwe-wrapper";
import type { KeyUnwrapper, KeyWrapper } from "@teu/trust/encryption/layer-keys";
import type { GpgOptions } from "@teu/trust/gpg/gpg";
import type { KeyProvider } from "@teu/trust/encryption/provider-wrapper";
import type { Invocation } from "../command.ts";
import { readPassword, readSmall } from "../commands/trust/key-file.ts";
import type { CliErrorCode } from "../errors.ts";
import type { Host } from "../host.ts";

/**
 * Reads `--encryption-key`: `jwe:FILE`, `pgp:USER` or `provider:NAME[:PARAMETERS]`.
 * @throws TeuError `ERR_USAGE`; `ERR_KEY_INVALID`, `ERR_KEY_UNSUPPORTED`; `ERR_PLUGIN`.
 */
export async function readRecipients(texts: readonly string[], host: Host): Promise<readonly KeyWrapper[]> {
  const named = Map.groupBy(texts, (text) => text.split(":", 1)[0] ?? "");
  const wrappers: KeyWrapper[] = [];
  for (const [scheme, all] of named) {
    const values = all.map((text) => text.slice(scheme.length + 1));
    wrappers.push(...(await recipientsOf(scheme, values, host)));
  }
  return wrappers;
}

async function recipientsOf(scheme: string, values: readonly string[], host: Host): Promise<readonly KeyWrapper[]> {
  switch (scheme) {
    case "jwe":
      return [jweWrapper(await Promise.all(values.map(async (file) => readRecipientKey(await readSmall(file, host)))))];
    case "pgp":
      return [(await import("@teu/trust/encryption/pgp-wrapper")).pgpWrapper(values, gpgOptions(host))];
    case "provider": {
      const { providerWrapper } = await import("@teu/trust/encryption/provider-wrapper");
      const providers = values.map(async (value) => await openProvider(value, host));
      return (await Promise.all(providers)).map(({ provider, parameters }) => providerWrapper(provider, parameters));
    }
    default:
      throw wrong("encryption-key", `${scheme}:`, "jwe:FILE, pgp:USER or provider:NAME");
  }
}

/**
 * Reads `--decryption-key`: `FILE` of a private key or of secret keys of OpenPGP, with `:file=FILE` or `:fd=N` behind it for
 * its password; `pgp:` for the keys that gpg has; or `provider:NAME[:PARAMETERS]`.
 * @throws TeuError `ERR_USAGE`; `ERR_KEY_INVALID`, `ERR_KEY_PASSWORD`, `ERR_KEY_UNSUPPORTED`; `ERR_PLUGIN`.
 */
export async function readDecrypters(invocation: Invocation, host: Host): Promise<readonly KeyUnwrapper[]> {
  const unwrappers: KeyUnwrapper[] = [];
  for (const text of invocation.options("decryption-key")) unwrappers.push(await decrypterOf(text, invocation, host));
  return unwrappers;
}

async function decrypterOf(text: string, invocation: Invocation, host: Host): Promise<KeyUnwrapper> {
  if (text.startsWith("provider:")) {
    const { providerUnwrapper } = await import("@teu/trust/encryption/provider-wrapper");
    const { provider, parameters } = await openProvider(text.slice("provider:".length), host);
    return providerUnwrapper(provider, parameters);
  }
  if (text === "pgp:") return (await import("@teu/trust/encryption/pgp-wrapper")).pgpUnwrapper(gpgOptions(host));
  host.guardSecrets?.();
  const { file, password } = await splitPassword(text, host);
  const bytes = await readSmall(file, host);
  if (isSecretKeyOfPgp(bytes)) {
    const { pgpKeyUnwrapper } = await import("@teu/trust/encryption/pgp-wrapper");
    return pgpKeyUnwrapper(bytes, password);
  }
  const opens = password ?? (needsPassword(bytes) ? await readPassword(invocation, host) : undefined);
  return jweUnwrapper(await readDecryptionKey(bytes, opens));
}

function gpgOptions({ env, signal }: Host): GpgOptions {
  const home = env["GNUPGHOME"];
  return { signal, ...(home === undefined ? {} : { home }) };
}

/** Armoured, or a packet of a secret key at the beginning. */
function isSecretKeyOfPgp(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  const tag = (first & 0xc0) === 0xc0 ? first & 0x3f : (first & 0x80) === 0 ? 0 : (first & 0x3c) >> 2;
  return tag === 5 || new TextDecoder().decode(bytes.subarray(0, 64)).includes("-----BEGIN PGP PRIVATE KEY BLOCK-----");
}

const MAX_PASSWORD_BYTES = 64 * 1024;

async function splitPassword(
  text: string,
  host: Host,
): Promise<{ readonly file: string; readonly password?: Uint8Array }> {
  const [, file = text, kind, value = ""] = /^([^:]+):(?:(file|fd)=)?(.*)$/s.exec(text) ?? [];
  if (file === text) return { file };
  const limit = { maxBytes: MAX_PASSWORD_BYTES, what: "the password" };
  if (kind === "file") return { file, password: await readSmall(resolve(host.cwd, value), host, MAX_PASSWORD_BYTES) };
  if (kind === "fd" && /^\d{1,4}$/.test(value))
    return { file, password: await collect(createReadStream("", { fd: Number(value) }), limit) };
  // Not shown: it may be a password, which everyone on this machine could read in a list of processes.
  const message = `Reading option --decryption-key "${file}:…": a password does not belong there`;
  throw new TeuError<CliErrorCode>("ERR_USAGE", message, {
    hint: `Write ${file}:file=FILE or ${file}:fd=N, or set TEU_KEY_PASSWORD`,
  });
}

async function openProvider(
  text: string,
  host: Host,
): Promise<{ readonly provider: KeyProvider; readonly parameters: readonly string[] }> {
  const { PROVIDERS_VARIABLE, findProvider } = await import("@teu/trust/encryption/provider-wrapper");
  const [name = "", ...rest] = text.split(":");
  const file = host.env[PROVIDERS_VARIABLE];
  if (file === undefined || file === "") {
    const message = `Asking the key provider "${name}": ${PROVIDERS_VARIABLE} is not set, expected a file`;
    throw new TeuError<CliErrorCode>("ERR_USAGE", message);
  }
  const provider = findProvider(await readSmall(file, host), name);
  return { provider, parameters: rest.length === 0 ? [] : [rest.join(":")] };
}

/**
 * Reads `--encrypt-layer`: which layers, from 0, the base, or from the end, -1.
 * @returns Nothing for all of them.
 * @throws TeuError `ERR_USAGE`
 */
export function readLayerNumbers(texts: readonly string[]): readonly number[] | undefined {
  const numbers = texts
    .flatMap((text) => text.split(","))
    .map((text) => (/^-?\d{1,4}$/.test(text) ? Number(text) : NaN));
  if (numbers.some(Number.isNaN))
    throw wrong("encrypt-layer", texts.join(","), "a number, 0 for the base, -1 for the top");
  return numbers.length === 0 ? undefined : numbers;
}

/** Makes the error for an option. */
export function wrong(name: string, value: string, expected: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `Reading option --${name} "${value}": expected ${expected}`);
}
