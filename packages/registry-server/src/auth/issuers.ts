/**
 * Tokens of issuers that a registry trusts: those of a token server of Docker's kind, which say what may be done, and those
 * of OpenID Connect, which say who somebody is, such as one run of a CI.
 * @module
 */
import { resolve } from "node:path";
import { type Scope, formatScope, parseScope } from "@teu/spec/distribution/scope";
import { isTeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { matchesGlob } from "../config/glob.ts";
import { isSigned, readToken } from "./jwt.ts";
import { KeySet } from "./key-set.ts";

/** An issuer as the configuration has it. */
export interface IssuerConfig {
  readonly issuer: string;
  readonly audience: string;
  /** Where its keys are: an address or a file. Default: where it says. */
  readonly keys?: string | undefined;
  /** True if what its tokens allow counts, as with a token server of the registry. */
  readonly grants: boolean;
  /** Who its tokens stand for: the first of which all claims match. */
  readonly identities: readonly Identity[];
}

/** Who a token stands for. */
export interface Identity {
  readonly user: string;
  /** Patterns of claims by their names. */
  readonly claims: ReadonlyMap<string, string>;
}

/** What a token comes to. */
export interface Admitted {
  /** Name for rules, or for logs where the token itself says what is allowed. */
  readonly user: string;
  /** What a token with grants allows. */
  readonly scopes?: readonly Scope[];
}

const LEEWAY_SECONDS = 60;

/** The issuers of one registry. Their keys outlast a reload of the configuration. */
export class Issuers {
  readonly #configs: () => readonly IssuerConfig[];
  readonly #folder: string;
  readonly #now: () => number;
  readonly #fetch: typeof fetch;
  readonly #keys = new Map<string, KeySet>();

  /** @param folder That paths of files start from. */
  constructor(
    configs: () => readonly IssuerConfig[],
    { folder, now = Date.now, fetch: fetcher = fetch }: { folder: string; now?: () => number; fetch?: typeof fetch },
  ) {
    this.#configs = configs;
    this.#folder = folder;
    this.#now = now;
    this.#fetch = fetcher;
  }

  /**
   * Tells who a token stands for and what it allows; nothing if it does not hold.
   * @throws TeuError `ERR_ISSUER` if the keys of its issuer cannot be had.
   */
  async admit(token: string): Promise<Admitted | undefined> {
    const read = readToken(token);
    if (read === undefined) return undefined;
    const { claims } = read;
    const config = this.#configs().find(({ issuer }) => isText(claims.get("iss"), issuer));
    if (config === undefined || !isFor(claims, config.audience) || !this.#isNow(claims)) return undefined;
    if (!isSigned(read, await this.#keysOf(config).keysFor(read.keyId))) return undefined;
    return config.grants ? readGrants(claims) : identify(claims, config);
  }

  /** Tells whether somebody of this name is known, so that what they were given holds on. */
  identityOf(user: string): Identity | undefined {
    return this.#configs()
      .flatMap(({ identities }) => identities)
      .find((identity) => identity.user === user);
  }

  #keysOf({ issuer, keys }: IssuerConfig): KeySet {
    const place = { issuer, keys: keys === undefined || /^https?:/.test(keys) ? keys : resolve(this.#folder, keys) };
    const name = JSON.stringify(place);
    const known = this.#keys.get(name) ?? new KeySet(place, this.#now, this.#fetch);
    this.#keys.set(name, known);
    return known;
  }

  #isNow(claims: Json): boolean {
    const now = this.#now() / 1000;
    const [from, until] = [secondsOf(claims.get("nbf")), secondsOf(claims.get("exp"))];
    return until !== undefined && now < until + LEEWAY_SECONDS && (from ?? 0) <= now + LEEWAY_SECONDS;
  }
}

function secondsOf(json: Json): number | undefined {
  return json.kind === "number" ? Number(json.text) : undefined;
}

function isText(json: Json, text: string): boolean {
  return json.kind === "string" && json.text === text;
}

function isFor(claims: Json, audience: string): boolean {
  const given = claims.get("aud");
  return given.kind === "array" ? given.items.some((item) => isText(item, audience)) : isText(given, audience);
}

function identify(claims: Json, { identities }: IssuerConfig): Admitted | undefined {
  const found = identities.find((identity) =>
    Array.from(identity.claims).every(([name, pattern]) => {
      const claim = claims.get(name);
      return (claim.kind === "string" || claim.kind === "boolean") && matchesGlob(pattern, claim.text);
    }),
  );
  return found === undefined ? undefined : { user: found.user };
}

function readGrants(claims: Json): Admitted | undefined {
  try {
    const access = claims.get("access");
    const scopes = access.absent ? [] : access.list().map(readScope);
    const subject = claims.get("sub");
    return { user: subject.kind === "string" ? subject.text.slice(0, 255) : "", scopes };
  } catch (error) {
    if (error instanceof JsonError || isTeuError(error, "ERR_SCOPE_INVALID")) return undefined;
    throw error;
  }
}

function readScope(item: Json): Scope {
  const actions = item
    .get("actions")
    .list()
    .map((action) => action.string());
  return parseScope(formatScope({ type: item.get("type").string(), name: item.get("name").string(), actions }));
}
