/**
 * The apt configuration of this machine: sources, keys, proxies, credentials. Nothing of it is changed.
 * @module
 */
import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import { type LoginLine, parseAuthConf } from "./auth-conf.ts";
import { type AptSource, parseSources } from "./sources.ts";

/** What apt is configured to do. */
export interface AptHost {
  readonly sources: readonly AptSource[];
  /** Files of the keys that are trusted for every archive. */
  readonly keyrings: readonly string[];
  /** The settings of `apt.conf`, by name in lower case; of a list the last value. */
  readonly settings: ReadonlyMap<string, string>;
  readonly logins: readonly LoginLine[];
}

/** Where to look. */
export interface AptHostOptions {
  /** Default: `/etc/apt`. */
  readonly folder?: string;
  /** What `apt-config dump` prints. Default: it is run if it is there, for the usual folder only. */
  readonly dump?: string;
}

const DEFAULT_FOLDER = "/etc/apt";

/** Reads the configuration. @throws TeuError `ERR_APT_SOURCES` if a file of sources cannot be read. */
export async function readAptHost(options: AptHostOptions = {}): Promise<AptHost> {
  const { folder = DEFAULT_FOLDER } = options;
  const dump = options.dump ?? (folder === DEFAULT_FOLDER ? await dumpConfig() : "");
  const sourceFiles = await files(folder, "sources.list", ["sources.list.d", /^[\w.-]+\.(list|sources)$/]);
  const authFiles = await files(folder, "auth.conf", ["auth.conf.d", /^[\w.-]+\.conf$/]);
  return {
    sources: (await readAll(sourceFiles)).flatMap(({ path, text }) => parseSources(text, path)),
    keyrings: await files(folder, "trusted.gpg", ["trusted.gpg.d", /^[\w.-]+\.(gpg|asc)$/]),
    settings: parseDump(dump),
    logins: (await readAll(authFiles)).flatMap(({ text }) => parseAuthConf(text)),
  };
}

async function dumpConfig(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("apt-config", ["dump"], { maxBuffer: 16 * 2 ** 20 });
    return stdout;
  } catch {
    // Without apt there is nothing that it is told.
    return "";
  }
}

/** Reads `Name::Part "value";` lines. */
export function parseDump(dump: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const match of dump.matchAll(/^([\w:./-]+) "([^\n]*)";$/gm)) {
    settings.set((match[1] ?? "").toLowerCase().replace(/::$/, ""), match[2] ?? "");
  }
  return settings;
}

/** The main file if it is there, then the matching ones of a folder in the order of their names. */
async function files(folder: string, main: string, [parts, pattern]: readonly [string, RegExp]): Promise<string[]> {
  const own = await readdir(folder).catch(none);
  const more = await readdir(join(folder, parts)).catch(none);
  return [
    ...own.filter((name) => name === main).map((name) => join(folder, name)),
    ...more
      .filter((name) => pattern.test(name))
      .sort()
      .map((name) => join(folder, parts, name)),
  ];
}

function none(): string[] {
  return [];
}

async function readAll(paths: readonly string[]): Promise<{ readonly path: string; readonly text: string }[]> {
  return await Promise.all(paths.map(async (path) => ({ path, text: await readConfig(path) })));
}

async function readConfig(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const message = `Reading the apt configuration "${path}": ${(error as Error).message}`;
    throw new TeuError<BaseErrorCode>("ERR_APT_SOURCES", message, { cause: error, detail: { file: path } });
  }
}
