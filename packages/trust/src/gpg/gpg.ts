/**
 * Runs gpg, which reads OpenPGP better than any code of ours would. Keys to verify with are brought along: no keyring of the
 * user is looked at, and no agent started, where nothing is signed.
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import type { TrustErrorCode } from "../errors.ts";

/** How to run gpg. */
export interface GpgOptions {
  /** Default: `gpg`, found on the path. */
  readonly program?: string;
  /** Folder of keyrings. Default: the user's own. */
  readonly home?: string;
  /** Opens secret keys, instead of what the user's agent asks for. */
  readonly passphrase?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How gpg ended. */
export interface GpgEnded {
  readonly code: number | null;
  readonly output: Uint8Array;
  readonly status: string;
}

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/**
 * Runs gpg to its end, with the options that keep it from asking anybody.
 * @throws TeuError `ERR_PLUGIN` if it cannot be run
 */
export async function gpg(words: readonly string[], input: Uint8Array, options: GpgOptions): Promise<GpgEnded> {
  const { program = "gpg", home, passphrase, signal } = options;
  const place = home === undefined ? [] : ["--homedir", home, "--no-permission-warning"];
  const secret = passphrase === undefined ? [] : ["--pinentry-mode", "loopback", "--passphrase-fd", "4"];
  const all = ["--batch", "--no-tty", "--no-options", "--status-fd", "3", ...place, ...secret, ...words];
  const limits = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
  const child = spawn(program, all, { stdio: ["pipe", "pipe", "ignore", "pipe", "pipe"], signal: limits });
  const ended = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  const [stdin, stdout, , status, secrets] = child.stdio;
  if (stdin === null || stdout === null) throw gpgFailed("it has no streams");
  for (const [stream, bytes] of [
    [stdin, input],
    [secrets as unknown as typeof stdin, passphrase ?? new Uint8Array()],
  ] as const) {
    // It may end before it has read all.
    stream.on("error", () => {});
    stream.end(bytes);
  }
  const limit = { maxBytes: MAX_OUTPUT_BYTES, what: "the output of gpg" };
  const [code, output, lines] = await Promise.all([
    ended,
    collect(stdout, limit),
    collect(status as unknown as AsyncIterable<Uint8Array>, limit),
  ]).catch((error: unknown) => {
    child.kill();
    signal?.throwIfAborted();
    throw gpgFailed(error instanceof Error ? error.message : "it ended early", error);
  });
  return { code, output, status: new TextDecoder().decode(lines) };
}

/** What a signed message holds, once verified. */
export interface GpgVerified {
  readonly payload: Uint8Array;
  /** Of the primary key, in upper-case hex. */
  readonly fingerprint: string;
}

const BAD = /^\[GNUPG:\] (?:BADSIG|ERRSIG|EXPSIG|EXPKEYSIG|REVKEYSIG|NODATA|BADARMOR|FAILURE)\b/m;

/**
 * Verifies a signed message, which holds its payload, with keys that are trusted.
 * @param keys Public keys of OpenPGP, with armour or without.
 * @returns Nothing if it is not such a message, is signed by others, twice, or with a key that expired or was revoked.
 * @throws TeuError `ERR_PLUGIN` if gpg cannot be run.
 */
export async function verifyGpgMessage(
  message: Uint8Array,
  keys: readonly Uint8Array[],
  options: Omit<GpgOptions, "home"> = {},
): Promise<GpgVerified | undefined> {
  const home = await mkdtemp(join(tmpdir(), "teu-gpg-"));
  try {
    for (const key of keys) {
      const { code } = await gpg(["--no-autostart", "--import"], key, { ...options, home });
      if (code !== 0) throw gpgFailed("a public key cannot be imported");
    }
    const words = [
      "--no-autostart",
      "--trust-model",
      "always",
      "--no-auto-key-retrieve",
      "--max-output",
      "1048576",
      "--decrypt",
    ];
    const { code, output, status } = await gpg(words, message, { ...options, home });
    const valid = [...status.matchAll(/^\[GNUPG:\] VALIDSIG ([0-9A-F]{40,64}) .*? ?([0-9A-F]{40,64})?$/gm)];
    const fingerprint = valid[0]?.[2] ?? valid[0]?.[1];
    const isOne = valid.length === 1 && [...status.matchAll(/^\[GNUPG:\] NEWSIG\b/gm)].length === 1;
    if (code !== 0 || !isOne || fingerprint === undefined || BAD.test(status)) return undefined;
    return { payload: output, fingerprint };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/**
 * Signs a payload into a message that holds it, with a secret key of the user.
 * @param key Fingerprint or user id.
 * @throws TeuError `ERR_PLUGIN` if gpg cannot be run or has no such key.
 */
export async function signGpgMessage(payload: Uint8Array, key: string, options: GpgOptions = {}): Promise<Uint8Array> {
  const { code, output } = await gpg(["--local-user", key, "--sign", "--output", "-"], payload, options);
  if (code === 0 && output.length > 0) return output;
  throw gpgFailed(`it cannot sign as ${JSON.stringify(key)}`);
}

/** Makes the error of gpg. */
export function gpgFailed(problem: string, cause?: unknown): TeuError<TrustErrorCode> {
  const isAbsent = (cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  return new TeuError("ERR_PLUGIN", `Running gpg: ${problem}`, {
    cause,
    ...(isAbsent ? { hint: "gpg has to be installed to use such keys" } : {}),
  });
}
