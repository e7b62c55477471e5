/**
 * Answers the challenges of one registry: with user and password where it wants them, or with tokens, which are kept for
 * as long as they are good, one for each set of scopes.
 * @module
 */
import { formatAuthorization } from "@teu/spec/distribution/authorization";
import { type BearerChallenge, findBearer, findChallenge, parseChallenges } from "@teu/spec/distribution/challenge";
import { type Scope, coversScopes, formatScopes, parseScopes, uniteScopes } from "@teu/spec/distribution/scope";
import { TeuError, isTeuError } from "@teu/std/error";
import { SingleFlight } from "@teu/std/single-flight";
import type { Credential } from "../credentials/credential.ts";
import type { RegistryClientErrorCode } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { RetrySettings } from "../passing.ts";
import { KnownSecrets } from "./known-secrets.ts";

/** Finds the user's credential for a repository; the path is empty for the registry as a whole. */
export type FindCredential = (repository: string, signal?: AbortSignal) => Promise<Credential | undefined>;

/** What an authorizer works with. */
export interface AuthorizerOptions {
  /** Address of the registry. */
  readonly registry: URL;
  readonly credential: FindCredential;
  readonly exchange: Exchange;
  /** Hosts at which a token server may be though they are neither the registry's nor have TLS. */
  readonly allowedHosts?: readonly string[];
  /** Name of the program for token servers. Default: `teu`. */
  readonly clientId?: string;
  /** How a token server is asked again. Default: 3 attempts within a minute. */
  readonly retry?: RetrySettings;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly nowMs?: () => number;
}

/** A refusal that says how to be let in. */
export interface Refusal {
  /** The header `WWW-Authenticate`. */
  readonly challenge: string;
  /** The header `Authorization` that was not enough. */
  readonly sent: string | undefined;
  /** What the request needs. */
  readonly scopes: readonly Scope[];
}

interface CachedToken {
  readonly header: string;
  readonly scopes: readonly Scope[];
  readonly untilMs: number;
}

// A token must still be good when the request arrives.
const MARGIN_MS = 5000;
const MAX_CACHED = 256;

/** Authorizes requests to one registry for one user. */
export class Authorizer {
  /** What must not be told to anybody else. */
  readonly secrets: KnownSecrets = new KnownSecrets();
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, CachedToken>();
  readonly #flights = new SingleFlight<CachedToken>();
  readonly #credentials = new Map<string, Promise<Credential | undefined>>();
  /** What the registry is known to want. */
  #way: { readonly kind: "basic" } | { readonly kind: "bearer"; readonly challenge: BearerChallenge } | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The header `Authorization` for a request, as far as the registry's ways are known; nothing if they are not. */
  async header(scopes: readonly Scope[], signal?: AbortSignal): Promise<string | undefined> {
    if (this.#way === undefined) return undefined;
    if (this.#way.kind === "basic") return await this.#basic(scopes, signal);
    const wanted = uniteScopes(scopes);
    return (this.#cached(wanted) ?? (await this.#token(this.#way.challenge, wanted, signal))).header;
  }

  /**
   * Takes a challenge and answers with the header to try again with; nothing if there is no use in that.
   * @throws TeuError `ERR_UNAUTHORIZED`, `ERR_REGISTRY_ANSWER`, and what an exchange throws.
   */
  async challenged(refusal: Refusal, signal?: AbortSignal): Promise<string | undefined> {
    const challenges = readChallenges(refusal.challenge);
    const bearer = findBearer(challenges);
    const again = bearer === undefined ? undefined : await this.#bearer(bearer, refusal, signal);
    if (bearer !== undefined) return again === refusal.sent ? undefined : again;
    if (findChallenge(challenges, "Basic") === undefined) return undefined;
    this.#way = { kind: "basic" };
    const basic = await this.#basic(refusal.scopes, signal);
    return basic === refusal.sent ? undefined : basic;
  }

  async #bearer(challenge: BearerChallenge, refusal: Refusal, signal?: AbortSignal): Promise<string> {
    const { realm, service } = challenge;
    this.#way = {
      kind: "bearer",
      challenge: { realm, scopes: [], ...(service === undefined ? {} : { service }) },
    };
    const wanted = uniteScopes([...refusal.scopes, ...readScopes(challenge.scopes)]);
    const cached = this.#cached(wanted);
    // Another request may have brought a new one while this one was under way.
    if (cached !== undefined && cached.header !== refusal.sent) return cached.header;
    for (const [key, { header }] of this.#tokens) if (header === refusal.sent) this.#tokens.delete(key);
    return (await this.#token(challenge, wanted, signal)).header;
  }

  async #basic(scopes: readonly Scope[], signal?: AbortSignal): Promise<string | undefined> {
    const credential = await this.#credential(repositoryOf(scopes), signal);
    if (credential === undefined) return undefined;
    if (credential.kind === "bearer") return formatAuthorization({ scheme: "bearer", token: credential.token });
    if (credential.kind !== "basic") return undefined;
    const { username: user, password } = credential;
    const header = formatAuthorization({ scheme: "basic", user, password });
    this.secrets.addHeader(header);
    return header;
  }

  #cached(wanted: readonly Scope[]): CachedToken | undefined {
    const now = this.#nowMs();
    for (const [key, token] of this.#tokens) if (token.untilMs <= now) this.#tokens.delete(key);
    const exact = this.#tokens.get(formatScopes(wanted));
    if (exact !== undefined || wanted.length === 0) return exact;
    return this.#tokens.values().find((token) => coversScopes(token.scopes, wanted));
  }

  #token(challenge: BearerChallenge, wanted: readonly Scope[], signal?: AbortSignal): Promise<CachedToken> {
    const key = formatScopes(wanted);
    return this.#flights.run(
      key,
      async (shared) => this.#remember(key, await this.#ask(challenge, wanted, shared)),
      signal,
    );
  }

  async #ask(challenge: BearerChallenge, scopes: readonly Scope[], signal: AbortSignal): Promise<CachedToken> {
    const credential = await this.#credential(repositoryOf(scopes), signal);
    if (credential?.kind === "bearer") {
      const header = formatAuthorization({ scheme: "bearer", token: credential.token });
      return { header, scopes, untilMs: this.#nowMs() + 60_000 };
    }
    const { registry, exchange, clientId = "teu", allowedHosts = [], retry } = this.#options;
    // Loaded for registries that want tokens.
    const { fetchToken } = await import("./token-client.ts");
    const token = await fetchToken({
      challenge,
      scopes,
      credential,
      registry,
      exchange,
      clientId,
      allowedHosts,
      secrets: this.secrets,
      retry,
      nowMs: () => this.#nowMs(),
      signal,
    });
    this.secrets.add(token.token);
    const header = formatAuthorization({ scheme: "bearer", token: token.token });
    // Clocks differ, so the time of issue is not looked at.
    return { header, scopes, untilMs: this.#nowMs() + token.expiresInSeconds * 1000 - MARGIN_MS };
  }

  #remember(key: string, token: CachedToken): CachedToken {
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size >= MAX_CACHED && oldest !== undefined) this.#tokens.delete(oldest);
    this.#tokens.set(key, token);
    return token;
  }

  /** Asks once for each repository: helpers are slow. A failure is not kept. */
  #credential(repository: string, signal?: AbortSignal): Promise<Credential | undefined> {
    const known = this.#credentials.get(repository);
    if (known !== undefined) return known;
    const asked = this.#learned(repository, signal);
    this.#credentials.set(repository, asked);
    asked.catch(() => this.#credentials.delete(repository));
    return asked;
  }

  async #learned(repository: string, signal?: AbortSignal): Promise<Credential | undefined> {
    const credential = await this.#options.credential(repository, signal);
    if (credential !== undefined) this.secrets.addCredential(credential);
    return credential;
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? Date.now)();
  }
}

/** The repository whose credential a request takes; the one that is written to, if there are several. */
function repositoryOf(scopes: readonly Scope[]): string {
  const repositories = scopes.filter(({ type }) => type === "repository");
  return (repositories.find(({ actions }) => actions.includes("push")) ?? repositories[0])?.name ?? "";
}

function readChallenges(value: string): ReturnType<typeof parseChallenges> {
  try {
    return parseChallenges(value);
  } catch (error) {
    throw new TeuError<RegistryClientErrorCode>(
      "ERR_REGISTRY_ANSWER",
      `Reading how a registry wants credentials: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** Scopes that cannot be read are left out: what the request needs is known anyway. */
function readScopes(texts: readonly string[]): readonly Scope[] {
  try {
    return parseScopes(texts);
  } catch (error) {
    if (isTeuError(error)) return [];
    throw error;
  }
}
