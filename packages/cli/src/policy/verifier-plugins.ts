/**
 * The plug-ins of notation that this user has installed.
 * @module
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { installedPlugin } from "@teu/trust/plugin/plugin-program";
import type { VerifierPlugins } from "@teu/trust/verify/judge";
import type { Host } from "../host.ts";

/** Plug-ins where notation keeps them. */
export function userPlugins({ env, signal }: Host, config: Readonly<Record<string, string>> = {}): VerifierPlugins {
  return { find: (name) => installedPlugin(configFolder(env), name, signal), config };
}

/** The folder that notation's is in. */
export function configFolder(env: Host["env"]): string {
  return env["XDG_CONFIG_HOME"] ?? join(env["HOME"] ?? homedir(), ".config");
}
