/**
 * Verifies the signature of a Release file with the program that apt itself uses on this machine: `gpgv`, or `sqv`.
 * The signature is always detached from the text first, and both go to the program as files of a private folder.
 * @see docs/adr/0013-debian-archives.md
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import { dearmour } from "./clear-signed.ts";

/** What is signed, and by whom it has to be. */
export interface SignatureCase {
  readonly data: Uint8Array;
  /** Armoured or binary. */
  readonly signature: Uint8Array;
  /** Files of keys, or keys as text. */
  readonly keys: readonly string[];
  /** Fingerprints, one of which must be that of the key or of its primary key; empty for any of `keys`. */
  readonly fingerprints: readonly string[];
  /** For messages. */
  readonly label: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program. Its exit code does not matter, for one unknown key among good ones makes it fail. */
type Verifier = (files: VerifierFiles, options: { readonly signal?: AbortSignal | undefined }) => Promise<Verdict>;

interface VerifierFiles {
  readonly folder: string;
  readonly keyring: string;
  readonly signature: string;
  readonly data: string;
}

interface Verdict {
  /** The fingerprints of good signatures, each with that of its primary key. */
  readonly good: readonly (readonly string[])[];
  /** What the program says of the others. */
  readonly problems: readonly string[];
}

const MAX_OUTPUT_BYTES = 1024 * 1024;
const MAX_KEYRING_BYTES = 64 * 1024 * 1024;

/**
 * Verifies a signature and gives the fingerprints of the keys that made good ones.
 * @throws TeuError `ERR_ARCHIVE_SIGNATURE` if none is good, or no program for it is there.
 */
export async function verifySignature(signed: SignatureCase): Promise<readonly string[]> {
  const keyring = await joinKeys(signed);
  const folder = await mkdtemp(join(tmpdir(), "teu-verify-"));
  try {
    const files = {
      folder,
      keyring: join(folder, "keys.gpg"),
      signature: join(folder, "signature"),
      data: join(folder, "data"),
    };
    await writeFile(files.keyring, keyring);
    await writeFile(files.signature, binarySignature(signed));
    await writeFile(files.data, signed.data);
    return judge(signed, await runFirst(files, signed));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function judge({ fingerprints, label }: SignatureCase, { good, problems }: Verdict): readonly string[] {
  const wanted = fingerprints.map((fingerprint) => fingerprint.replace(/!$/, "").toUpperCase());
  const accepted = good.filter((keys) => wanted.length === 0 || keys.some((key) => wanted.includes(key)));
  if (accepted.length > 0) return accepted.flatMap(([key = ""]) => [key]);
  const found = good.length > 0 ? `signed by ${good.flat().join(", ")}, expected ${wanted.join(" or ")}` : undefined;
  throw signatureError(label, found ?? (problems.join("; ") || "no good signature"));
}

function signatureError(label: string, problem: string, hint?: string): TeuError<BaseErrorCode> {
  return new TeuError("ERR_ARCHIVE_SIGNATURE", `Verifying "${label}": ${problem}`, {
    hint: hint ?? "check the keys of the source (Signed-By, or --keyring) and whether the mirror is genuine",
  });
}

/** All keys in one file, as `gpgv` reads them: packets without armour. */
async function joinKeys({ keys, label }: SignatureCase): Promise<Uint8Array> {
  if (keys.length === 0) throw signatureError(label, "no keys are configured that it could be verified with");
  const parts = await Promise.all(keys.map(async (key) => await readKeys(key, label)));
  return Buffer.concat(parts);
}

async function readKeys(key: string, label: string): Promise<Uint8Array> {
  if (key.includes("-----BEGIN PGP")) return dearmour(key) ?? fail(label, "the key in the source is malformed");
  const bytes = await readFile(key).catch((error: unknown) => fail(label, `its keyring: ${(error as Error).message}`));
  if (bytes.length > MAX_KEYRING_BYTES)
    return fail(label, `the keyring "${key}" is larger than ${MAX_KEYRING_BYTES} bytes`);
  const text = bytes.toString("latin1", 0, 64);
  if (text.slice(8, 12) === "KBXf") return fail(label, `the keyring "${key}" is a keybox, expected exported keys`);
  if (!text.trimStart().startsWith("-----BEGIN PGP")) return bytes;
  return dearmour(bytes.toString("latin1")) ?? fail(label, `the keyring "${key}" is malformed`);
}

function fail(label: string, problem: string): never {
  throw signatureError(label, problem);
}

function binarySignature({ signature, label }: SignatureCase): Uint8Array {
  const text = Buffer.from(signature).toString("latin1");
  if (!text.trimStart().startsWith("-----BEGIN PGP SIGNATURE-----")) return signature;
  return dearmour(text) ?? fail(label, "its signature is malformed");
}

async function runFirst(files: VerifierFiles, { label, signal }: SignatureCase): Promise<Verdict> {
  for (const verifier of [gpgv, sqv]) {
    try {
      return await verifier(files, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (Reflect.get(Object(error), "code") !== "ENOENT") throw error;
    }
  }
  throw signatureError(label, "neither gpgv nor sqv is here", "install gpgv");
}

const gpgv: Verifier = async ({ folder, keyring, signature, data }, { signal }) => {
  const options = ["--homedir", folder, "--status-fd", "1", "--keyring", keyring];
  return readStatus(await run("gpgv", [...options, signature, data], { folder, signal }));
};

// Algorithms of hashes that prove nothing any more: MD5, SHA-1, RIPEMD-160.
const WEAK_HASHES: readonly string[] = ["1", "2", "3"];

/**
 * Reads what `gpgv` says of each signature. `VALIDSIG` stands behind `GOODSIG` for a good one, but also behind the words
 * for an expired one and for one of an expired or revoked key.
 * @see {@link https://github.com/gpg/gnupg/blob/gnupg-2.4.8/doc/DETAILS}
 */
export function readStatus(output: string): Verdict {
  const signatures = output.split("[GNUPG:] NEWSIG").slice(1);
  const verdicts = signatures.map((part) => readSignature(part.split("\n").map((line) => line.split(" ").slice(1))));
  const bad = verdicts.find(({ isBad }) => isBad);
  if (bad !== undefined) return { good: [], problems: bad.problems };
  return {
    good: verdicts.flatMap(({ keys }) => (keys === undefined ? [] : [keys])),
    problems: verdicts.flatMap(({ problems }) => problems),
  };
}

interface SignatureStatus {
  /** The fingerprints of the key and of its primary key; nothing if the signature does not count. */
  readonly keys: readonly string[] | undefined;
  readonly problems: readonly string[];
  /** Whether the text has been changed. */
  readonly isBad: boolean;
}

function readSignature(lines: readonly (readonly string[])[]): SignatureStatus {
  const said = new Map(lines.map(([word = "", ...rest]) => [word, rest]));
  const problems = Object.entries(STATUS_PROBLEMS).flatMap(([word, text]) => {
    const found = said.get(word);
    return found === undefined ? [] : [`${text} ${found[0]}`];
  });
  const valid = said.get("VALIDSIG");
  const isBad = said.has("BADSIG");
  if (!said.has("GOODSIG") || valid === undefined || isBad) return { keys: undefined, problems, isBad };
  const [key = "", , , , , , , hash = "", , primary = key] = valid;
  if (WEAK_HASHES.includes(hash))
    return { keys: undefined, problems: [`a weak hash in the signature of ${key}`], isBad };
  return { keys: [key, primary], problems, isBad };
}

const STATUS_PROBLEMS: Readonly<Record<string, string>> = {
  BADSIG: "the text does not fit the signature of key",
  EXPSIG: "an expired signature of key",
  EXPKEYSIG: "a signature of the expired key",
  REVKEYSIG: "a signature of the revoked key",
  NO_PUBKEY: "there is no key",
};

/** `sqv` prints the fingerprint of each good key on a line, and nothing else. */
const sqv: Verifier = async ({ folder, keyring, signature, data }, { signal }) => {
  const output = await run("sqv", ["--keyring", keyring, "--signature-file", signature, data], { folder, signal });
  const good = output.split("\n").filter((line) => /^[0-9A-F]{40,64}$/.test(line));
  return { good: good.map((key) => [key]), problems: [] };
};

/** What a program prints. */
function run(
  program: string,
  args: readonly string[],
  { folder, signal }: { readonly folder: string; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", HOME: folder, GNUPGHOME: folder };
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, signal, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout) => {
      // A number is an exit code; anything else means that the program did not run.
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve(stdout);
    });
  });
}
