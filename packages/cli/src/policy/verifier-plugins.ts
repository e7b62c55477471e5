/**
 * The plug-ins of notation that this user has installed.
 * @module
 */
import { installedPlugin } from "@teu/trust/plugin/plugin-program";
import { configHome } from "@teu/trust/policy/find-policies";
import type { VerifierPlugins } from "@teu/trust/verify/judge";
import type { Host } from "../host.ts";

/** Plug-ins where notation keeps them. */
export function userPlugins({ env, signal }: Host, config: Readonly<Record<string, string>> = {}): VerifierPlugins {
  return { find: (name) => installedPlugin(configHome({ env }), name, signal), config };
}
