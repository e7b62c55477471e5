/**
 * Scopes of registry tokens: who asks for or holds what, as `repository:library/debian:pull,push`.
 * @see {@link https://github.com/distribution/distribution/blob/v3.1.1/docs/content/spec/auth/scope.md}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { SpecErrorCode } from "../errors.ts";

/** Actions on one resource. Entries of the claim `access` in tokens have this form too. */
export interface Scope {
  /** Such as `repository` or `registry`. */
  readonly type: string;
  /** Deprecated subdivision of the type, such as `plugin`; it has no effect. */
  readonly class?: string;
  /** Such as `library/debian`; it may hold colons, as in `localhost:5000/app`. */
  readonly name: string;
  /** Such as `pull`; `*` means all. There may be none. */
  readonly actions: readonly string[];
}

/** Longest scope, in characters. */
export const MAX_SCOPE_LENGTH = 1024;
/** Most scopes of one list. */
export const MAX_SCOPES = 64;

/** The scope of all of a registry's repositories: what listing them takes. */
export const CATALOG_SCOPE: Scope = { type: "registry", name: "catalog", actions: ["*"] };

/** The scope of `actions` on a repository. */
export function repositoryScope(name: string, ...actions: readonly string[]): Scope {
  return { type: "repository", name, actions };
}

// Wider than the documented grammar where registries are: hyphens in types, underscores in actions, wildcards in names.
const TYPE = /^([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?:\(([a-z0-9]+)\))?$/;
const NAME = /^[A-Za-z0-9._:/@+~*[\]-]+$/;
const ACTIONS = /^(?:[A-Za-z0-9._*-]+(?:,[A-Za-z0-9._*-]+)*)?$/;

/**
 * Reads one scope: the type ends at the first colon, and the actions begin behind the last one.
 * @throws TeuError `ERR_SCOPE_INVALID`
 */
export function parseScope(text: string): Scope {
  if (text.length > MAX_SCOPE_LENGTH)
    throw invalid(text, `${text.length} characters, expected at most ${MAX_SCOPE_LENGTH}`);
  const [first, last] = [text.indexOf(":"), text.lastIndexOf(":")];
  const type = TYPE.exec(text.slice(0, Math.max(first, 0)));
  const name = text.slice(first + 1, last);
  const actions = text.slice(last + 1);
  if (type === null || first === last) throw invalid(text, "expected type, colon, name, colon, actions");
  if (!NAME.test(name)) throw invalid(text, `the name ${JSON.stringify(name)}, expected that of a resource`);
  if (!ACTIONS.test(actions)) throw invalid(text, `the actions ${JSON.stringify(actions)}, expected words with commas`);
  return {
    type: type[1] ?? "",
    ...(type[2] === undefined ? {} : { class: type[2] }),
    name,
    actions: actions === "" ? [] : actions.split(","),
  };
}

function invalid(text: string, problem: string): TeuError<SpecErrorCode> {
  const shown = text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH)}…`;
  return new TeuError("ERR_SCOPE_INVALID", `Reading scope ${JSON.stringify(shown)}: ${problem}`);
}

const SHOWN_LENGTH = 160;

/**
 * Reads scopes with spaces between them, or several such texts.
 * @throws TeuError `ERR_SCOPE_INVALID`, also for more than {@link MAX_SCOPES}.
 */
export function parseScopes(texts: string | readonly string[]): readonly Scope[] {
  const words = (typeof texts === "string" ? [texts] : texts).flatMap((text) => text.split(" ")).filter(Boolean);
  if (words.length > MAX_SCOPES)
    throw invalid(words.join(" "), `${words.length} scopes, expected at most ${MAX_SCOPES}`);
  return words.map(parseScope);
}

/**
 * Writes one scope.
 * @throws TeuError `ERR_SCOPE_INVALID` if its parts do not make one.
 */
export function formatScope(scope: Scope): string {
  const type = scope.class === undefined ? scope.type : `${scope.type}(${scope.class})`;
  const text = `${type}:${scope.name}:${scope.actions.join(",")}`;
  const read = parseScope(text);
  const same = read.name === scope.name && read.actions.length === scope.actions.length;
  if (!same) throw invalid(text, "expected a type without colons and actions without commas");
  return text;
}

/**
 * Writes scopes with spaces between them.
 * @throws TeuError `ERR_SCOPE_INVALID` as {@link formatScope} does.
 */
export function formatScopes(scopes: readonly Scope[]): string {
  return scopes.map(formatScope).join(" ");
}

/**
 * Joins scopes: one for each resource, actions without repetition, everything in order. Equal sets of scopes give equal
 * results, so they can name a token in a cache. Classes are dropped.
 */
export function uniteScopes(scopes: Iterable<Scope>): readonly Scope[] {
  const resources = new Map<string, Set<string>>();
  for (const { type, name, actions } of scopes) {
    const resource = `${type}:${name}`;
    const joined = resources.get(resource) ?? new Set();
    for (const action of actions) joined.add(action);
    resources.set(resource, joined);
  }
  return Array.from(resources, ([resource, actions]) => ({
    type: resource.slice(0, resource.indexOf(":")),
    name: resource.slice(resource.indexOf(":") + 1),
    actions: Array.from(actions).sort(byCode),
  })).sort((a, b) => byCode(a.type, b.type) || byCode(a.name, b.name));
}

function byCode(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

/** Tells whether `granted` allows every action of `wanted`. Classes have no effect. */
export function coversScope(granted: readonly Scope[], wanted: Scope): boolean {
  const allows = (action: string): boolean =>
    granted.some(
      ({ type, name, actions }) =>
        name === wanted.name && type === wanted.type && (actions.includes(action) || actions.includes("*")),
    );
  return wanted.actions.every(allows);
}

/** Tells whether `granted` allows everything that `wanted` names. */
export function coversScopes(granted: readonly Scope[], wanted: readonly Scope[]): boolean {
  return wanted.every((scope) => coversScope(granted, scope));
}
