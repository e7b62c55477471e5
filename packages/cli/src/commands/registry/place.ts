/**
 * Where the commands of the registry find its configuration and its data.
 * @module
 */
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type RegistryConfig, parseConfig } from "@teu/registry-server/config/config";
import { withEnvironment } from "@teu/registry-server/config/environment";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";

/** A configuration and where it is. */
export interface Place {
  readonly config: RegistryConfig;
  readonly configFile: string | undefined;
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** Folder of the data. */
  readonly root: string;
}

/**
 * Reads the configuration; without one, everything has its default.
 * @throws TeuError `ERR_SERVER_CONFIG`
 */
export async function readPlace({ option }: Pick<Invocation, "option">, host: Host): Promise<Place> {
  const given = option("config");
  const configFile = given === undefined ? undefined : resolve(host.cwd, given);
  const text = configFile === undefined ? "{}" : await readFile(configFile, "utf8");
  const config = withEnvironment(parseConfig(text, configFile), host.env);
  const folder = configFile === undefined ? host.cwd : dirname(configFile);
  const root = option("root");
  if (root !== undefined) return { config, configFile, folder, root: resolve(host.cwd, root) };
  return {
    config,
    configFile,
    folder,
    root: config.root === undefined ? defaultRoot(host) : resolve(folder, config.root),
  };
}

function defaultRoot({ env }: Host): string {
  if (env["TEU_ROOT"] !== undefined) return join(env["TEU_ROOT"], "registry");
  if (process.geteuid?.() === 0) return "/var/lib/teu/registry";
  return join(env["XDG_DATA_HOME"] ?? join(env["HOME"] ?? ".", ".local/share"), "teu/registry");
}
