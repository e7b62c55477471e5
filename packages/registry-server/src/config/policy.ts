/**
 * What a configuration allows, and what holds for a repository.
 * @module
 */
import type { Action } from "../access.ts";
import type { RegistrySettings, RepositoryRules } from "../registry.ts";
import type { RegistryConfig, RepositoryPolicy, Retention } from "./config.ts";
import { matchesAny } from "./glob.ts";

/** Tells whether `user`, nothing for somebody unknown, may do `action`. */
export function allowsUser(
  { rules, groups }: Pick<RegistryConfig, "rules" | "groups">,
  user: string | undefined,
  { action, repo }: { readonly action: Action; readonly repo: string },
): boolean {
  return rules.some(
    ({ repositories, who, allow }) =>
      allow.includes(action) && who.some((name) => isMeant(name, user, groups)) && matchesAny(repositories, repo),
  );
}

function isMeant(who: string, user: string | undefined, groups: RegistryConfig["groups"]): boolean {
  if (who === "anyone") return true;
  if (user === undefined) return false;
  if (who === "authenticated") return true;
  return who.startsWith("group:") ? (groups.get(who.slice("group:".length)) ?? []).includes(user) : who === user;
}

/** The retention of a repository; nothing if it keeps everything. */
export function retentionOf(
  { repositories }: Pick<RegistryConfig, "repositories">,
  repo: string,
): Retention | undefined {
  return first(repositories, repo, ({ retention }) => retention);
}

/** The settings that a configuration makes. */
export function settingsOf(config: RegistryConfig): Partial<RegistrySettings> {
  const { maxManifestBytes, maxBlobBytes, leaseMs, sessionMs } = config;
  return {
    require: config.require,
    deletes: config.deletes,
    rules: (repo) => rulesOf(config, repo),
    hooks: (repo, kind) =>
      config.hooks
        .filter(({ match, events }) => events.includes(kind) && matchesAny(match, repo))
        .map(({ name }) => name),
    warnings: (repo) => config.repositories.flatMap((entry) => warningOf(entry, repo)),
    ...(maxManifestBytes === undefined ? {} : { maxManifestBytes }),
    ...(maxBlobBytes === undefined ? {} : { maxBlobBytes }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
    ...(sessionMs === undefined ? {} : { sessionMs }),
  };
}

function rulesOf({ repositories }: RegistryConfig, repo: string): RepositoryRules {
  const fixed = repositories
    .filter(({ match }) => matchesAny(match, repo))
    .flatMap(({ immutableTags }) => immutableTags);
  return {
    isFixed: (tag) => matchesAny(fixed, tag),
    maxBytes: first(repositories, repo, ({ maxBytes }) => maxBytes),
    maxTags: first(repositories, repo, ({ maxTags }) => maxTags),
  };
}

function warningOf({ match, warning }: RepositoryPolicy, repo: string): string[] {
  return warning !== undefined && matchesAny(match, repo) ? [warning] : [];
}

function first<T>(
  entries: readonly RepositoryPolicy[],
  repo: string,
  read: (entry: RepositoryPolicy) => T | undefined,
): T | undefined {
  return entries
    .filter(({ match }) => matchesAny(match, repo))
    .map(read)
    .find((value) => value !== undefined);
}
