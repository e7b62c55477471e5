/**
 * Reads the Notary Project's trust policies for images, and refuses what notation refuses.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md}
 * @module
 */
import { type Reference, formatName } from "@teu/spec/reference";
import { type Json, JsonError } from "@teu/std/json";
import { type DistinguishedName, isPartOf, parseDistinguishedName } from "./distinguished-name.ts";
import { readOneOf, readPolicy, readText, wrong } from "./strict-json.ts";

/** What is verified of a signature. */
export type NotationCheck = "integrity" | "authenticity" | "authenticTimestamp" | "expiry" | "revocation";

/** What a failure of a check means. */
export type NotationAction = "enforce" | "log" | "skip";

/** A level with what is overridden in it. */
export interface NotationLevel {
  readonly name: "strict" | "permissive" | "audit" | "skip" | "custom";
  readonly actions: Readonly<Record<NotationCheck, NotationAction>>;
}

/** A trust store by its kind and its name. */
export interface TrustStoreName {
  readonly type: "ca" | "signingAuthority" | "tsa";
  readonly name: string;
}

/** One statement of a policy. */
export interface NotationStatement {
  readonly name: string;
  /** Repositories with their hosts; `*` alone for all that no other statement has. */
  readonly scopes: readonly string[];
  readonly level: NotationLevel;
  readonly verifyTimestamp: "always" | "afterCertExpiry";
  readonly trustStores: readonly TrustStoreName[];
  /** Nothing for every identity. */
  readonly identities: readonly DistinguishedName[] | undefined;
  /** The same as they are written, those of other kinds included, for plug-ins. */
  readonly identityTexts: readonly string[];
}

const CHECKS = ["integrity", "authenticity", "authenticTimestamp", "expiry", "revocation"] as const;
const LEVELS = ["strict", "permissive", "audit", "skip"] as const;

/** From which check on a level only logs, in the order of {@link CHECKS}. */
const LOGS_FROM = { strict: 5, permissive: 2, audit: 1, skip: 0 } as const;

/** Reads a policy. @throws TeuError `ERR_POLICY_INVALID` */
export function parseNotationPolicy(bytes: Uint8Array, file: string): readonly NotationStatement[] {
  return readPolicy(bytes, file, (json) => {
    readOneOf(json.get("version"), ["1.0"]);
    const statements = json.get("trustPolicies").list().map(readStatement);
    if (statements.length === 0) throw wrong(json.get("trustPolicies"), "empty, expected a statement");
    refuseTwice(
      statements.map(({ name }) => name),
      "the name",
    );
    refuseTwice(
      statements.flatMap(({ scopes }) => [...new Set(scopes)]),
      "the scope",
    );
    return statements;
  });
}

function refuseTwice(texts: readonly string[], what: string): void {
  const twice = texts.find((text, at) => texts.indexOf(text) !== at);
  if (twice !== undefined) throw new JsonError(`${what} ${JSON.stringify(twice)} is in several statements`);
}

function readStatement(json: Json): NotationStatement {
  const name = readText(json.get("name"));
  const verification = json.get("signatureVerification");
  const level = readLevel(verification);
  const timestamp = verification.get("verifyTimestamp");
  const [stores, identities] = [json.get("trustStores").list(), json.get("trustedIdentities").list()];
  if (level.name === "skip" && (stores.length > 0 || identities.length > 0))
    throw wrong(json, "it skips verification, expected neither trust stores nor identities");
  if (level.name !== "skip" && (stores.length === 0 || identities.length === 0))
    throw wrong(json, "expected trust stores and trusted identities");
  return {
    name,
    scopes: readScopes(json),
    level,
    verifyTimestamp:
      timestamp.absent || timestamp.string() === "" ? "always" : readOneOf(timestamp, ["always", "afterCertExpiry"]),
    trustStores: stores.map(readStore),
    identities: level.name === "skip" ? [] : readIdentities(identities),
    identityTexts: identities.map((each) => each.string()),
  };
}

function readLevel(json: Json): NotationLevel {
  const name = readOneOf(json.get("level"), LEVELS);
  const logged = name === "skip" ? "skip" : "log";
  const entries = CHECKS.map((check, at) => [check, at < LOGS_FROM[name] ? "enforce" : logged] as const);
  const actions = Object.fromEntries(entries) as Record<NotationCheck, NotationAction>;
  const override = json.get("override");
  const names = override.absent || override.kind === "null" ? [] : override.names();
  if (names.length === 0) return { name, actions };
  if (name === "skip") throw wrong(override, "a level that skips everything has nothing to override");
  for (const field of names) {
    const check = CHECKS.find((each) => each === field);
    if (check === undefined || check === "integrity") throw wrong(override.get(field), "cannot be overridden");
    const action = readOneOf(override.get(field), ["enforce", "log", "skip"]);
    if (action === "skip" && check !== "revocation") throw wrong(override.get(field), "cannot be skipped");
    actions[check] = action;
  }
  return { name: "custom", actions };
}

const HOST =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?$/;
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

function readScopes(json: Json): readonly string[] {
  const items = json.get("registryScopes").list();
  const scopes = items.map((item) => item.string());
  if (scopes.length === 0) throw wrong(json, "no registryScopes, expected at least one");
  if (scopes.length > 1 && scopes.includes("*")) throw wrong(json.get("registryScopes"), "the scope * has to be alone");
  for (const item of items) {
    const scope = item.string();
    if (scope === "*") continue;
    const slash = scope.indexOf("/");
    if (slash < 0 || scope.length > 1024 || !HOST.test(scope.slice(0, slash)) || !PATH.test(scope.slice(slash + 1)))
      throw wrong(item, `${JSON.stringify(scope)}, expected a repository with its host and without a tag`);
  }
  if (new Set(scopes).size < scopes.length) throw wrong(json.get("registryScopes"), "a scope twice");
  return scopes;
}

function readStore(json: Json): TrustStoreName {
  const [, type, name] = /^(ca|signingAuthority|tsa):([a-zA-Z0-9_.-]+)$/.exec(json.string()) ?? [];
  if (type === undefined || name === undefined || name === "." || name === "..")
    throw wrong(json, `${JSON.stringify(json.string())}, expected ca:NAME, signingAuthority:NAME or tsa:NAME`);
  return { type: type as TrustStoreName["type"], name };
}

function readIdentities(items: readonly Json[]): readonly DistinguishedName[] | undefined {
  const texts = items.map((item) => item.string());
  if (texts.includes("*")) {
    if (texts.length === 1) return undefined;
    throw new JsonError("trustedIdentities: the identity * has to be alone");
  }
  const names = items.map(readIdentity).filter((name) => name !== undefined);
  for (const [at, name] of names.entries())
    if (names.some((other, index) => index !== at && isPartOf(name, other)))
      throw new JsonError("trustedIdentities: one of them is part of another");
  return names;
}

/** Identities of other kinds are for plug-ins, and match nobody here. */
function readIdentity(item: Json): DistinguishedName | undefined {
  const text = item.string();
  const colon = text.indexOf(":");
  if (colon < 0) throw wrong(item, `${JSON.stringify(text)}, expected x509.subject:NAME`);
  if (text.slice(0, colon) !== "x509.subject") return undefined;
  return parseDistinguishedName(text.slice(colon + 1));
}

/** The statement for a repository: the one that names it, else the one for all; nothing if there is none. */
export function chooseStatement(
  statements: readonly NotationStatement[],
  name: Reference,
): NotationStatement | undefined {
  const repository = formatName(name);
  return (
    statements.find(({ scopes }) => scopes.includes(repository)) ??
    statements.find(({ scopes }) => scopes.includes("*"))
  );
}
