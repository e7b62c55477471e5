/**
 * The token server: GET with a query and POST with a form. What is asked for and not allowed is left out of the token; only
 * wrong credentials are refused.
 * @module
 */
import { parseAuthorization } from "@teu/spec/distribution/authorization";
import { formatBasic } from "@teu/spec/distribution/challenge";
import { type Scope, formatScopes, parseScopes, uniteScopes } from "@teu/spec/distribution/scope";
import { formatToken } from "@teu/spec/distribution/token";
import {
  MAX_TOKEN_FORM_BYTES,
  type OAuthError,
  type TokenForm,
  parseTokenForm,
  parseTokenQuery,
} from "@teu/spec/distribution/token-request";
import { refuse } from "@teu/spec/distribution/wire-error";
import { isTeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import { answerJson, answerProblem, refusal } from "../answers.ts";
import type { RegistryConfig } from "../config/config.ts";
import type { Answer, RegistryRequest } from "../exchange.ts";
import type { Accounts } from "./accounts.ts";
import type { TokenSigner } from "./tokens.ts";

/** What tokens are made from. */
export interface TokenContext {
  readonly config: () => RegistryConfig;
  readonly accounts: Accounts;
  readonly signer: TokenSigner;
  readonly service: string;
  readonly now: () => number;
  /** Those of the actions of a scope that a user has. */
  readonly allows: (user: string | undefined, scope: Scope) => readonly string[];
}

const REFRESH_SECONDS = 30 * 24 * 3600;

/** Answers a request for a token. */
export async function answerTokenRequest(context: TokenContext, request: RegistryRequest): Promise<Answer> {
  if (request.method === "POST") return answerPost(context, request);
  if (request.method === "GET") return answerGet(context, request);
  return answerProblem(refuse("UNSUPPORTED", request.method), { Allow: "GET, POST" });
}

async function answerGet(context: TokenContext, request: RegistryRequest): Promise<Answer> {
  const { scopes, offline } = parseTokenQuery(request.query);
  const wanted = readScopes(scopes);
  if (wanted === undefined) return answerProblem(refuse("UNSUPPORTED", "expected scopes as scope", 400));
  const header = request.header("authorization");
  if (header === undefined) return grant(context, { user: undefined, wanted });
  const credentials = parseAuthorization(header);
  const user =
    credentials?.scheme === "basic" ? await context.accounts.check(credentials.user, credentials.password) : undefined;
  if (user === undefined) {
    const problem = refuse("UNAUTHORIZED", "wrong user or password");
    return answerProblem(problem, { "WWW-Authenticate": formatBasic(context.service) });
  }
  request.actor = user;
  return grant(context, { user, wanted, offline: offline === true });
}

async function answerPost(context: TokenContext, request: RegistryRequest): Promise<Answer> {
  const form = parseTokenForm(new URLSearchParams(await readForm(request)));
  if ("error" in form) return refuseGrant(form);
  const wanted = readScopes(form.scopes);
  if (wanted === undefined) return refuseGrant({ error: "invalid_scope", error_description: "expected scopes" });
  const user = await userOf(context, form.grant);
  if (user === undefined)
    return refuseGrant({ error: "invalid_grant", error_description: "wrong user, password or token" });
  request.actor = user;
  return grant(context, { user, wanted, offline: form.offline === true, tellScope: true });
}

async function readForm(request: RegistryRequest): Promise<string> {
  try {
    return new TextDecoder().decode(await collect(request.body, { maxBytes: MAX_TOKEN_FORM_BYTES, what: "a form" }));
  } catch (error) {
    if (isTeuError(error, "ERR_TOO_LARGE")) throw refusal("SIZE_INVALID", error.message, 413);
    throw error;
  }
}

function readScopes(texts: readonly string[]): readonly Scope[] | undefined {
  try {
    return uniteScopes(parseScopes(texts));
  } catch (error) {
    if (isTeuError(error, "ERR_SCOPE_INVALID")) return undefined;
    throw error;
  }
}

async function userOf(context: TokenContext, grantOf: TokenForm["grant"]): Promise<string | undefined> {
  if (grantOf.type === "password") return context.accounts.check(grantOf.username, grantOf.password);
  const claims = context.signer.read(grantOf.refreshToken, context.service, Math.floor(context.now() / 1000));
  const holds = claims?.use === "refresh" && claims.mark !== "" && claims.mark === context.accounts.markOf(claims.user);
  return holds ? claims.user : undefined;
}

function refuseGrant(error: OAuthError): Answer {
  return { ...answerJson(JSON.stringify(error), NOT_KEPT), status: error.error === "invalid_client" ? 401 : 400 };
}

const NOT_KEPT = { "Cache-Control": "no-store" };

function grant(
  context: TokenContext,
  order: {
    readonly user: string | undefined;
    readonly wanted: readonly Scope[];
    readonly offline?: boolean;
    readonly tellScope?: boolean;
  },
): Answer {
  const { user, wanted, offline = false, tellScope = false } = order;
  const scopes = wanted
    .map((scope) => ({ type: scope.type, name: scope.name, actions: [...context.allows(user, scope)] }))
    .filter(({ actions }) => actions.length > 0);
  const issued = Math.floor(context.now() / 1000);
  const expiresInSeconds = Math.max(60, Math.floor(context.config().tokenMs / 1000));
  const common = {
    user: user ?? "",
    audience: context.service,
    mark: user === undefined ? "" : context.accounts.markOf(user),
    issued,
  };
  const token = context.signer.sign({ ...common, scopes, use: "access", expires: issued + expiresInSeconds });
  const refresh = { ...common, scopes: [], use: "refresh", expires: issued + REFRESH_SECONDS } as const;
  const body = formatToken({
    token,
    expiresInSeconds,
    issuedAt: new Date(issued * 1000).toISOString(),
    ...(offline ? { refreshToken: context.signer.sign(refresh) } : {}),
    ...(tellScope ? { scope: formatScopes(scopes) } : {}),
  });
  return answerJson(body, NOT_KEPT);
}
