/**
 * Keys and certificates in files, and the passwords of keys. Neither ever stands in an argument or a message.
 * @module
 */
import type { KeyObject } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Certificate } from "@teu/pki/certificate";
import { parsePrivateKey, parsePublicKey } from "@teu/pki/keys";
import { parsePem } from "@teu/pki/pem";
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import type { Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";

const MAX_KEY_BYTES = 1024 * 1024;
const MAX_PASSWORD_BYTES = 64 * 1024;

/**
 * Reads a small file, or standard input for `-`.
 * @throws TeuError `ERR_TOO_LARGE`; what the file system throws.
 */
export async function readSmall(path: string, host: Host, maxBytes: number = MAX_KEY_BYTES): Promise<Uint8Array> {
  if (path === "-") return await collect(host.input ?? [], { maxBytes, what: "standard input" });
  const file = resolve(host.cwd, path);
  const facts = statSync(file);
  // At once, since to have another thread read so little takes many times as long.
  if (facts.isFile() && facts.size <= maxBytes) return readFileSync(file);
  const { createReadStream } = await import("node:fs");
  return await collect(createReadStream(file), { maxBytes, what: `"${path}"` });
}

/** Reads a file of text. */
export async function readText(path: string, host: Host): Promise<string> {
  return new TextDecoder().decode(await readSmall(path, host));
}

/** Reads a file of text that nobody else is to know. */
export async function readSecret(path: string, host: Host): Promise<string> {
  host.guardSecrets?.();
  return await readText(path, host);
}

/**
 * Reads a private key, and asks for its password if it has one.
 * @throws TeuError `ERR_USAGE` if no password is given; `ERR_KEY_PASSWORD`, `ERR_KEY_INVALID`, `ERR_KEY_UNSUPPORTED`.
 */
export async function readPrivateKey(path: string, invocation: Invocation, host: Host): Promise<KeyObject> {
  const pem = await readSecret(path, host);
  const { isEncryptedKey, openPrivateKey } = await import("@teu/pki/encrypted-key");
  if (!isEncryptedKey(pem)) return parsePrivateKey(pem);
  return await openPrivateKey(pem, await readPassword(invocation, host));
}

/** Reads a public key: of its own, of a certificate, or of a private key that has no password. */
export async function readPublicKey(path: string, host: Host): Promise<KeyObject> {
  const pem = await readText(path, host);
  const [block] = parsePem(pem);
  if (block?.label !== "CERTIFICATE") return parsePublicKey(pem);
  const { parseCertificates } = await import("@teu/pki/certificate");
  const [certificate] = parseCertificates(pem);
  if (certificate === undefined) throw usage(`Reading "${path}": no certificate`);
  return certificate.publicKey;
}

/** Reads certificates. */
export async function readCertificates(path: string, host: Host): Promise<readonly Certificate[]> {
  const { parseCertificates } = await import("@teu/pki/certificate");
  return parseCertificates(await readText(path, host));
}

/**
 * The password of a key.
 * @param isNew Asks twice on a terminal.
 * @throws TeuError `ERR_USAGE` if there is no way to get one.
 */
export async function readPassword(invocation: Invocation, host: Host, isNew = false): Promise<Uint8Array> {
  host.guardSecrets?.();
  const file = invocation.option("password-file");
  if (file !== undefined) {
    const bytes = await readSmall(file, host, MAX_PASSWORD_BYTES);
    return encode(new TextDecoder().decode(bytes).replace(/\r?\n$/, ""));
  }
  const given = host.keyPassword ?? host.env["TEU_KEY_PASSWORD"] ?? host.env["COSIGN_PASSWORD"];
  if (given !== undefined) return encode(given);
  if (host.terminal === undefined)
    throw usage("Reading the password of a key: there is none", "Give --password-file, or set TEU_KEY_PASSWORD");
  const password = await host.terminal.ask("Password of the key: ", { secret: true });
  if (isNew && (await host.terminal.ask("Once more: ", { secret: true })) !== password)
    throw usage("Reading the password of a key: the two differ");
  return encode(password);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Makes an error about what was given. */
export function usage(message: string, hint?: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", message, hint === undefined ? {} : { hint });
}
