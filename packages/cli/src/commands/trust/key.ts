/**
 * `teu key`: makes, takes in, gives out and shows keys.
 * @module
 */
import type { KeyObject } from "node:crypto";
import { resolve } from "node:path";
import { createFileAtomic } from "@teu/std/atomic-file";
import { stringifyJson } from "@teu/std/json-value";
import { isEncryptedKey, sealPrivateKey } from "@teu/pki/encrypted-key";
import {
  NEW_KEY_KINDS,
  formatPublicKey,
  generateKey,
  keyFacts,
  keyHint,
  parsePrivateKey,
  privateKeyToDer,
} from "@teu/pki/keys";
import { formatPem, parsePem } from "@teu/pki/pem";
import type { Action, Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { readPassword, readPrivateKey, readPublicKey, readSecret, usage } from "./key-file.ts";

const PRIVATE_MODE = 0o600;

/** Runs `teu key generate`. */
export const generate: Action = async (invocation, host) => {
  const text = invocation.option("kind") ?? "ecdsa-p256";
  const kind = NEW_KEY_KINDS.find((each) => each === text);
  if (kind === undefined) throw usage(`Reading option --kind "${text}": expected ${NEW_KEY_KINDS.join(", ")}`);
  const password = await readPassword(invocation, host, true);
  await writePair(await generateKey(kind), { password, prefix: invocation.operands[0] ?? "teu", host });
  return EXIT.ok;
};

/** Runs `teu key import`. */
export const importKey: Action = async (invocation, host) => {
  const [file = "", prefix = "teu"] = invocation.operands;
  const pem = await readSecret(file, host);
  if (isEncryptedKey(pem)) throw usage(`Importing "${file}": it is encrypted as it should be already`);
  const key = parsePrivateKey(pem);
  await writePair(key, { password: await readPassword(invocation, host, true), prefix, host });
  return EXIT.ok;
};

interface Pair {
  readonly password: Uint8Array;
  readonly prefix: string;
  readonly host: Host;
}

/** Neither file may exist: a key that is overwritten is lost. */
async function writePair(key: KeyObject, { password, prefix, host }: Pair): Promise<void> {
  const sealed = await sealPrivateKey(key, password);
  await createFileAtomic(resolve(host.cwd, `${prefix}.key`), sealed, { mode: PRIVATE_MODE });
  await createFileAtomic(resolve(host.cwd, `${prefix}.pub`), formatPublicKey(key), { mode: 0o644 });
  host.out(`${prefix}.key\n${prefix}.pub\n`);
}

/** Runs `teu key export`. */
export const exportKey: Action = async (invocation, host) => {
  const [file = ""] = invocation.operands;
  const target = invocation.option("private");
  if (target === undefined) {
    host.out(formatPublicKey(await readAny(file, invocation, host)));
    return EXIT.ok;
  }
  const key = await readPrivateKey(file, invocation, host);
  const pem = formatPem({ label: "PRIVATE KEY", bytes: privateKeyToDer(key) });
  await createFileAtomic(resolve(host.cwd, target), pem, { mode: PRIVATE_MODE });
  host.note(`teu: ${target} holds the private key for whoever can read it`);
  return EXIT.ok;
};

/** Runs `teu key show`. */
export const show: Action = async (invocation, host) => {
  const [file = ""] = invocation.operands;
  const pem = await readSecret(file, host);
  const label = parsePem(pem)[0]?.label ?? "";
  const key = await readAny(file, invocation, host);
  const facts = { ...keyFacts(key), file: label, encrypted: isEncryptedKey(pem), hint: keyHint(key) };
  if (invocation.option("format") === "json") host.out(`${stringifyJson(facts)}\n`);
  else for (const [name, value] of Object.entries(facts)) host.out(`${name}: ${String(value)}\n`);
  return EXIT.ok;
};

async function readAny(file: string, invocation: Invocation, host: Host): Promise<KeyObject> {
  const label = parsePem(await readSecret(file, host))[0]?.label ?? "";
  const isPrivate = label.endsWith("PRIVATE KEY");
  return isPrivate ? await readPrivateKey(file, invocation, host) : await readPublicKey(file, host);
}
