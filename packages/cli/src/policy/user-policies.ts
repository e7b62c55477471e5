/**
 * The policies of this user and machine.
 * @module
 */
import { resolve } from "node:path";
import type { Json } from "@teu/std/json";
import { type PolicyPlaces, policyFiles } from "@teu/trust/policy/find-policies";
import type { Policies } from "@teu/trust/policy/load-policies";
import type { Invocation } from "../command.ts";
import type { Host } from "../host.ts";

/** The options that name policies. */
export const POLICY_OPTION_NAMES = [
  "policy",
  "containers-policy",
  "registries-d",
  "notation-policy",
  "trust-store",
] as const;

/** Where policies are, by the options of a command if it has them. */
export function policyPlaces(host: Host, invocation?: Invocation): PolicyPlaces {
  const [teu, containers, registriesD, notation, trustStore] = POLICY_OPTION_NAMES.map((name) => {
    const path = invocation?.option(name);
    return path === undefined ? undefined : resolve(host.cwd, path);
  });
  return { env: host.env, readYaml, teu, containers, registriesD, notation, trustStore };
}

async function readYaml(text: string): Promise<Json> {
  if (/^\s*\{/.test(text)) return (await import("@teu/std/json")).parseJson(text);
  // Apart, because few machines have a policy that is YAML and is asked for.
  const { parseYaml } = await import("@teu/registry-server/config/yaml-document");
  return parseYaml(text).json;
}

/** Policies and where they came from. */
export interface UserPolicies {
  readonly places: PolicyPlaces;
  readonly policies: Policies;
}

/** Tells whether there is any policy at all. */
export function hasPolicies(host: Host): boolean {
  return policyFiles(policyPlaces(host)).length > 0;
}

/** Reads the policies. @throws TeuError `ERR_POLICY_INVALID` */
export async function userPolicies(host: Host, invocation?: Invocation): Promise<UserPolicies> {
  const { loadPolicies } = await import("@teu/trust/policy/load-policies");
  const places = policyPlaces(host, invocation);
  return { places, policies: await loadPolicies(places) };
}
