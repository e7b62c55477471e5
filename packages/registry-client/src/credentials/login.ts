/**
 * Keeps credentials for later, and forgets them: in the user's file, or with the helper that the file names.
 * @module
 */
import { mkdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { lockFile } from "@teu/std/file-lock";
import {
  type AuthFile,
  credentialOf,
  formatAuthFile,
  keysFor,
  withCredential,
  withoutCredential,
} from "./auth-file.ts";
import { eraseWithHelper, helperRunner, storeWithHelper } from "./credential-helper.ts";
import {
  type CredentialOptions,
  authFilePaths,
  dockerConfigPath,
  helperFor,
  readAuthFile,
} from "./credential-lookup.ts";
import type { Credential } from "./credential.ts";

/** Where a credential is kept now. */
export interface Kept {
  /** The file that holds it, or names the helper. */
  readonly path: string;
  /** Nothing if the file itself holds it. */
  readonly helper?: string;
}

const LOCK_TIMEOUT_MS = 30_000;
const LOCK_NAME = ".teu-login.lock";

/**
 * Keeps the credential of a registry. The file is readable by its owner alone, and changes at once or not at all.
 * @throws TeuError `ERR_AUTH_FILE_INVALID`, `ERR_CREDENTIAL_HELPER`
 */
export async function keepCredential(
  host: string,
  credential: Credential,
  options: CredentialOptions = {},
): Promise<Kept> {
  const path = await fileFor(host, options);
  return await change<Kept>(path, async (file) => {
    const helper = helperFor(file, host);
    if (helper === undefined) return { file: withCredential(file, host, credential), result: { path } };
    await storeWithHelper(helper.name, helper.key, credential, options.runHelper ?? helperRunner(options.env));
    return { file: withoutCredential(file, host), result: { path, helper: helper.name } };
  });
}

/** Docker's file, unless one that counts more has a credential of the host already, which would hide the new one. */
async function fileFor(host: string, { env = process.env, home }: CredentialOptions): Promise<string> {
  const paths = authFilePaths(env, home);
  for (const path of paths) {
    const file = await readAuthFile(path);
    if (holds(file, path, host) || helperFor(file, host) !== undefined) return path;
  }
  return paths.at(-1) ?? dockerConfigPath(env, home);
}

/**
 * Forgets the credential of a registry wherever it is looked for; the places where there was one.
 * @throws TeuError `ERR_AUTH_FILE_INVALID`, `ERR_CREDENTIAL_HELPER`
 */
export async function forgetCredential(host: string, options: CredentialOptions = {}): Promise<readonly Kept[]> {
  const found: Kept[] = [];
  for (const path of authFilePaths(options.env ?? process.env, options.home)) {
    const file = await readAuthFile(path);
    const helper = helperFor(file, host);
    if (helper === undefined && !holds(file, path, host)) continue;
    if (helper !== undefined) {
      await eraseWithHelper(helper.name, helper.key, options.runHelper ?? helperRunner(options.env));
    }
    if (holds(file, path, host))
      await change(path, async (now) => ({ file: withoutCredential(now, host), result: undefined }));
    found.push({ path, ...(helper === undefined ? {} : { helper: helper.name }) });
  }
  return found;
}

function holds(file: AuthFile, path: string, host: string): boolean {
  return keysFor(host, "").some((key) => {
    const entry = file.auths.get(key);
    return entry !== undefined && credentialOf(entry, path, key) !== undefined;
  });
}

async function change<T>(path: string, edit: (file: AuthFile) => Promise<{ file: AuthFile; result: T }>): Promise<T> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await using _lock = await lockFile(join(dirname(path), LOCK_NAME), { timeoutMs: LOCK_TIMEOUT_MS });
  const before = await readAuthFile(path);
  const { file, result } = await edit(before);
  // A link to the file stays one.
  const place = await realpath(path).catch(() => path);
  await writeFileAtomic(place, formatAuthFile(file), { mode: 0o600 });
  return result;
}
