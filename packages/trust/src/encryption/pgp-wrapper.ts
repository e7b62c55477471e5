/**
 * Layers' keys wrapped as messages of OpenPGP, by gpg.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GpgOptions, gpg, gpgFailed } from "../gpg/gpg.ts";
import type { KeyUnwrapper, KeyWrapper } from "./layer-keys.ts";

const SCHEME = "pgp";

/**
 * Wraps for people whose public keys gpg has.
 * @param users Addresses, fingerprints or user ids.
 */
export function pgpWrapper(users: readonly string[], options: GpgOptions = {}): KeyWrapper {
  const recipients = users.flatMap((user) => ["--recipient", exactly(user)]);
  // Compression would tell the length apart, and OCIcrypt's library reads no newer cipher modes.
  const form = ["--trust-model", "always", "--cipher-algo", "AES256", "--compress-algo", "none"];
  return {
    scheme: SCHEME,
    wrap: async (secrets) => {
      const { code, output } = await gpg([...form, ...recipients, "--encrypt", "--output", "-"], secrets, options);
      if (code === 0 && output.length > 0) return output;
      throw gpgFailed(`it cannot encrypt for ${users.map((user) => JSON.stringify(user)).join(", ")}`);
    },
  };
}

/** To gpg a bare address is a part of one. */
function exactly(user: string): string {
  return /^[^\s<>=@]+@[^\s<>@]+$/.test(user) ? `<${user}>` : user;
}

/** Unwraps with the secret keys that gpg has: those of the user, unless options say otherwise. */
export function pgpUnwrapper(options: GpgOptions = {}): KeyUnwrapper {
  return { scheme: SCHEME, unwrap: async (wrapped) => await decrypt(wrapped, options) };
}

/** Unwraps with secret keys that were exported, under a passphrase or without one. */
export function pgpKeyUnwrapper(secretKeys: Uint8Array, passphrase?: Uint8Array, program?: string): KeyUnwrapper {
  const unwrap = async (wrapped: Uint8Array): Promise<Uint8Array | undefined> => {
    const home = await mkdtemp(join(tmpdir(), "teu-gpg-"));
    const options = { home, passphrase: passphrase ?? new Uint8Array(), ...(program === undefined ? {} : { program }) };
    try {
      const { code } = await gpg(["--import"], secretKeys, options);
      if (code !== 0) throw gpgFailed("a secret key cannot be imported");
      return await decrypt(wrapped, options);
    } finally {
      await endAgent(home);
      await rm(home, { recursive: true, force: true });
    }
  };
  return { scheme: SCHEME, unwrap };
}

const LIMITS = ["--no-auto-key-retrieve", "--max-output", "65536"];

async function decrypt(wrapped: Uint8Array, options: GpgOptions): Promise<Uint8Array | undefined> {
  const { code, output, status } = await gpg([...LIMITS, "--decrypt"], wrapped, options);
  const isWhole = /^\[GNUPG:\] (?:DECRYPTION_OKAY|GOODMDC)\b/m.test(status);
  return code === 0 && isWhole ? output : undefined;
}

/** gpg leaves an agent behind, which holds the keys. */
async function endAgent(home: string): Promise<void> {
  const child = spawn("gpgconf", ["--homedir", home, "--kill", "all"], { stdio: "ignore" });
  await once(child, "close").catch(() => undefined);
}
