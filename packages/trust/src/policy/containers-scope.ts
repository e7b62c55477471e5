/**
 * Which part of `policy.json` or `registries.d` speaks for an image: the most special one, and it alone.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-policy.json.5.md#supported-transports-and-their-scopes}
 * @module
 */
import { posix } from "node:path";
import { type Reference, formatName, formatReference } from "@teu/spec/reference";
import type { ContainersPolicy, ContainersRequirement } from "./containers-types.ts";

/** An image as a policy sees it. */
export type ContainersSubject =
  | { readonly transport: "docker"; readonly name: Reference }
  /** What is kept in files, by its absolute path without symbolic links. */
  | { readonly transport: "oci" | "oci-archive" | "dir" | "docker-archive"; readonly path: string };

/** The scopes of an image in a registry, from the most special to the most general. */
export function dockerScopes(name: Reference): readonly string[] {
  const repository = formatName(name);
  const { tag, digest, ...bare } = name;
  // Of a name with both, the tag says which part of a policy is meant.
  const exact = tag === undefined ? { ...bare, ...(digest === undefined ? {} : { digest }) } : { ...bare, tag };
  const parents = repository.split("/").map((_part, at, parts) => parts.slice(0, parts.length - at).join("/"));
  const labels = (parents.at(-1) ?? "").replace(/:.*$/s, "").split(".");
  const wildcards = labels.slice(1).map((_label, at) => `*.${labels.slice(at + 1).join(".")}`);
  return [...new Set([formatReference(exact), ...parents, ...wildcards])];
}

/** The scopes of a path, without the root. */
export function pathScopes(path: string): readonly string[] {
  const scopes: string[] = [];
  for (let at = path; at !== "/" && at !== "." && at !== ""; at = posix.dirname(at)) scopes.push(at);
  return scopes;
}

function scopesOf(subject: ContainersSubject): readonly string[] {
  if (subject.transport === "docker") return dockerScopes(subject.name);
  return subject.transport === "docker-archive" ? [] : pathScopes(subject.path);
}

/** The part of a policy that speaks for an image. */
export interface ChosenScope {
  /** Such as `docker registry.example.com/team`, for people. */
  readonly scope: string;
  readonly requirements: readonly ContainersRequirement[];
}

/** Chooses the part of `policy` that speaks for `subject`. */
export function chooseScope(policy: ContainersPolicy, subject: ContainersSubject): ChosenScope {
  const scopes = policy.transports.get(subject.transport);
  for (const scope of [...scopesOf(subject), ""]) {
    const requirements = scopes?.get(scope);
    if (requirements !== undefined)
      return { scope: scope === "" ? `all of ${subject.transport}` : `${subject.transport} ${scope}`, requirements };
  }
  return { scope: "the default", requirements: policy.default };
}
