/**
 * The authority of a registry with users: passwords, tokens of our own, and rules that say who may do what.
 * @module
 */
import { createHash } from "node:crypto";
import { type Credentials, parseAuthorization } from "@teu/spec/distribution/authorization";
import { formatBasic, formatBearer } from "@teu/spec/distribution/challenge";
import { CATALOG_SCOPE, type Scope, coversScope, formatScope, uniteScopes } from "@teu/spec/distribution/scope";
import { refuse } from "@teu/spec/distribution/wire-error";
import { isTeuError } from "@teu/std/error";
import type { Access, Action, Authority } from "../access.ts";
import { answerProblem } from "../answers.ts";
import type { RegistryConfig } from "../config/config.ts";
import { allowsUser } from "../config/policy.ts";
import type { Answer, RegistryRequest } from "../exchange.ts";
import type { Awaitable } from "../metadata/metadata.ts";
import type { Accounts } from "./accounts.ts";
import type { Admitted } from "./issuers.ts";
import { type TokenContext, answerTokenRequest } from "./token-route.ts";
import type { TokenClaims, TokenSigner } from "./tokens.ts";

/** What the authority stands on. */
export interface AuthorityParts {
  /** Asked anew for each request, so that it may change. */
  readonly config: () => RegistryConfig;
  readonly accounts: Accounts;
  readonly signer: TokenSigner;
  /** Milliseconds since 1970. Default: the clock of the machine. */
  readonly now?: () => number;
  /** Whether clients come by TLS, for the address of the token server. */
  readonly secure?: boolean;
}

interface AuthorityContext extends TokenContext {
  /** What headers with tokens come to: a client sends the same one with each request. Whether a token holds is asked anew. */
  readonly bearers: Map<string, Credentials>;
}

const REMEMBERED = { count: 1000, maxLength: 4096 } as const;

/** Path of the token server. */
export const TOKEN_PATH = "/token";
const SERVICE = "teu-registry";

/** Makes the authority. */
export function createAuthority(parts: AuthorityParts): Authority {
  const context: AuthorityContext = {
    ...parts,
    bearers: new Map(),
    service: SERVICE,
    now: parts.now ?? Date.now,
    allows: (user, scope) => grantedActions(parts.config(), user, scope),
  };
  return {
    admit: (request) => admit(context, request),
    deny: (access, wanted, request) => deny(context, request, { access, wanted }),
    answer: (request) =>
      request.path === TOKEN_PATH && parts.config().tokens ? answerTokenRequest(context, request) : undefined,
  };
}

/** Makes a token for a user whose password has the bcrypt `hash`. It gives no more than the rules give the user. */
export function issueToken(
  signer: TokenSigner,
  order: {
    readonly user: string;
    readonly hash: string;
    readonly scopes: readonly Scope[];
    /** Milliseconds since 1970. */
    readonly now: number;
    readonly seconds: number;
  },
): string {
  const issued = Math.floor(order.now / 1000);
  const { user, scopes } = order;
  const claims = { user, scopes, audience: SERVICE, mark: markOf(order.hash), use: "access", issued } as const;
  return signer.sign({ ...claims, expires: issued + order.seconds });
}

/** A few characters that change with the password of a user. */
function markOf(hash: string | undefined): string {
  return hash === undefined ? "" : createHash("sha256").update(hash).digest("base64url").slice(0, 16);
}

function admit(context: AuthorityContext, request: RegistryRequest): Awaitable<Access | Answer> {
  const header = request.header("authorization");
  if (header === undefined) return accessOf(context, certified(context, request));
  const credentials = context.bearers.get(header) ?? readCredentials(context, header);
  if (credentials?.scheme === "basic") return admitUser(context, request, credentials);
  const claims = credentials === undefined ? undefined : readToken(context, credentials.token);
  if (claims !== undefined) return tokenAccess(context, claims);
  return admitOther(context, request, credentials?.token);
}

async function admitUser(
  context: TokenContext,
  request: RegistryRequest,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<Access | Answer> {
  const name = await context.accounts.check(user, password);
  if (name !== undefined) return accessOf(context, name);
  return challenge(context, request, { message: "wrong user or password" });
}

async function admitOther(
  context: TokenContext,
  request: RegistryRequest,
  token: string | undefined,
): Promise<Access | Answer> {
  const admitted = token === undefined ? undefined : await context.accounts.admit(token);
  if (admitted !== undefined) return admittedAccess(context, admitted);
  return challenge(context, request, { message: "the token does not hold", error: "invalid_token" });
}

/** A certificate that is nobody's lets its client in as anybody. */
function certified({ accounts }: TokenContext, request: RegistryRequest): string | undefined {
  const shown = request.certificate?.();
  return shown === undefined ? undefined : accounts.userOf(shown);
}

/** The token of an issuer with grants says itself what it allows. */
function admittedAccess(context: TokenContext, { user, scopes }: Admitted): Access {
  if (scopes === undefined) return accessOf(context, user);
  return {
    actor: user === "" ? "anonymous" : user,
    ping: true,
    allows: (action, repo) => coversScope(scopes, { type: "repository", name: repo, actions: [action] }),
    catalog: coversScope(scopes, CATALOG_SCOPE),
  };
}

function readCredentials({ bearers }: AuthorityContext, header: string): Credentials | undefined {
  try {
    const credentials = parseAuthorization(header);
    if (credentials?.scheme !== "bearer" || header.length > REMEMBERED.maxLength) return credentials;
    if (bearers.size >= REMEMBERED.count) bearers.clear();
    bearers.set(header, credentials);
    return credentials;
  } catch (error) {
    if (isTeuError(error, "ERR_HEADER_INVALID")) return undefined;
    throw error;
  }
}

function readToken({ signer, now, accounts }: TokenContext, token: string): TokenClaims | undefined {
  const claims = signer.read(token, SERVICE, Math.floor(now() / 1000));
  if (claims?.use !== "access") return undefined;
  return claims.user === "" || claims.mark === accounts.markOf(claims.user) ? claims : undefined;
}

function accessOf({ config }: TokenContext, user: string | undefined): Access {
  return {
    actor: user ?? "anonymous",
    known: user !== undefined,
    ping: user !== undefined,
    allows: (action, repo) => allowsUser(config(), user, { action, repo }),
    catalog: user !== undefined,
  };
}

/** A token gives no more than its user has at this moment. */
function tokenAccess(context: TokenContext, claims: TokenClaims): Access {
  const access = accessOf(context, claims.user === "" ? undefined : claims.user);
  const covers = (scope: Scope): boolean => coversScope(claims.scopes, scope);
  return {
    ...access,
    known: false,
    ping: true,
    allows: (action: Action, repo) =>
      covers({ type: "repository", name: repo, actions: [action] }) && access.allows(action, repo),
    catalog: access.catalog && covers({ type: "registry", name: "catalog", actions: ["*"] }),
    // A token for the list has no scopes of repositories.
    lists: (repo) => access.allows("pull", repo),
  };
}

function grantedActions(config: RegistryConfig, user: string | undefined, { type, name, actions }: Scope): string[] {
  if (type === "registry" && name === "catalog") return user === undefined ? [] : [...actions];
  if (type !== "repository") return [];
  const known = actions.includes("*") ? ["pull", "push", "delete"] : actions;
  return known.filter((action) => allowsUser(config, user, { action: action as Action, repo: name }));
}

function deny(
  context: TokenContext,
  request: RegistryRequest,
  { access, wanted }: { readonly access: Access; readonly wanted: readonly Scope[] },
): Answer {
  if (access.known === true) return answerProblem(refuse("DENIED", wanted.map(formatScope).join(" ")));
  const bearer = request.header("authorization") !== undefined;
  return challenge(context, request, { wanted, ...(bearer ? { error: "insufficient_scope" } : {}) });
}

function challenge(
  { config }: TokenContext,
  request: RegistryRequest,
  { wanted = [], error, message }: { wanted?: readonly Scope[]; error?: string; message?: string },
): Answer {
  const scopes = uniteScopes(wanted).map(formatScope);
  const { tokens } = config();
  const header = tokens
    ? formatBearer({
        realm: realmOf(config(), request),
        service: SERVICE,
        scopes,
        ...(error === undefined ? {} : { error }),
      })
    : formatBasic(SERVICE);
  return answerProblem(refuse("UNAUTHORIZED", message ?? scopes.join(" ")), { "WWW-Authenticate": header });
}

/** The host of a request goes back to its sender only, and only if it is one. */
function realmOf({ url, tls, acme }: RegistryConfig, request: RegistryRequest): string {
  const host = request.header("host") ?? "";
  const origin = url ?? `${(tls ?? acme) === undefined ? "http" : "https"}://${HOST.test(host) ? host : "localhost"}`;
  return `${origin}${TOKEN_PATH}`;
}

const HOST = /^[A-Za-z0-9._-]{1,253}(?::[0-9]{1,5})?$|^\[[0-9a-fA-F:.]{2,45}\](?::[0-9]{1,5})?$/;
