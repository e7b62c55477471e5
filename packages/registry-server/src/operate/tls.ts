/**
 * The keys of a service: from files, which are read again when they change, or from an authority by ACME.
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { RegistryConfig } from "../config/config.ts";
import type { TlsKeys } from "../serve.ts";
import { AcmeKeeper } from "./acme/acme-keeper.ts";
import type { TlsChallenge } from "./acme/tls-challenge.ts";

/** Where keys are. */
export interface KeyPlaces {
  readonly config: RegistryConfig;
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** Folder of the data. */
  readonly root: string;
}

/** Keys that are kept up to date. */
export interface WatchedKeys extends AsyncDisposable {
  readonly keys: TlsKeys;
  /** Answers an authority that asks by TLS. */
  readonly challenge?: TlsChallenge | undefined;
}

/** How often files are looked at, in milliseconds. */
const LOOK_MS = 30_000;

/** Reads keys from files; nothing if the configuration names none. */
export async function readTls({ folder, config }: Pick<KeyPlaces, "folder" | "config">): Promise<TlsKeys | undefined> {
  const { tls } = config;
  if (tls === undefined) return undefined;
  const [key, cert] = [await readFile(resolve(folder, tls.key)), await readFile(resolve(folder, tls.cert))];
  return tls.clientCa === undefined ? { key, cert } : { key, cert, ca: await readFile(resolve(folder, tls.clientCa)) };
}

/**
 * Gives the first keys and keeps looking for others, which `onKeys` gets.
 * @returns nothing for a service without TLS.
 */
export async function watchTls(
  places: KeyPlaces,
  { onKeys, onError }: { readonly onKeys: (keys: TlsKeys) => void; readonly onError: (error: unknown) => void },
): Promise<WatchedKeys | undefined> {
  const { acme, host, port } = places.config;
  if (acme !== undefined) return AcmeKeeper.start({ ...places, config: acme, host, port, onKeys, onError });
  const keys = await readTls(places);
  if (keys === undefined) return undefined;
  let last = await stampOf(places);
  const look = async (): Promise<void> => {
    const stamp = await stampOf(places);
    if (stamp === last) return;
    const changed = await readTls(places);
    if (changed !== undefined) onKeys(changed);
    last = stamp;
  };
  const timer = setInterval(() => void look().catch(onError), LOOK_MS).unref();
  return { keys, [Symbol.asyncDispose]: async () => clearInterval(timer) };
}

async function stampOf({ config, folder }: KeyPlaces): Promise<string> {
  const { key = "", cert = "", clientCa } = config.tls ?? {};
  const files = clientCa === undefined ? [key, cert] : [key, cert, clientCa];
  const stats = await Promise.all(files.map((path) => stat(resolve(folder, path))));
  return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`).join(" ");
}
