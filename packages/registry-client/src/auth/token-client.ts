/**
 * Gets tokens from token servers: by GET, which all of them know, or by POST for refresh tokens and those that know no GET.
 * @see {@link https://github.com/distribution/distribution/blob/v3.1.1/docs/content/spec/auth/token.md}
 * @see {@link https://github.com/distribution/distribution/blob/v3.1.1/docs/content/spec/auth/oauth.md}
 * @module
 */
import { formatAuthorization } from "@teu/spec/distribution/authorization";
import type { BearerChallenge } from "@teu/spec/distribution/challenge";
import { parseErrorBody } from "@teu/spec/distribution/error-body";
import { type Scope, formatScope } from "@teu/spec/distribution/scope";
import { MAX_TOKEN_BYTES, type Token, parseToken } from "@teu/spec/distribution/token";
import { type TokenForm, formatTokenForm, formatTokenQuery } from "@teu/spec/distribution/token-request";
import { TeuError, isTeuError } from "@teu/std/error";
import { retry } from "@teu/std/retry";
import { parseRetryAfter } from "@teu/std/retry-after";
import { collect } from "@teu/std/streams";
import type { Credential } from "../credentials/credential.ts";
import type { RegistryClientErrorCode } from "../errors.ts";
import { isWithinReach, reachOf } from "../http/address.ts";
import type { Exchange, HttpRequest } from "../http/exchange.ts";
import { addressRefused, shownUrl } from "../http/http-error.ts";
import type { RetrySettings } from "../passing.ts";
import type { KnownSecrets } from "./known-secrets.ts";

/** What token to get, from where and as whom. */
export interface TokenCall {
  readonly challenge: BearerChallenge;
  readonly scopes: readonly Scope[];
  /** Nothing asks for what everybody may do. */
  readonly credential: Exclude<Credential, { readonly kind: "bearer" }> | undefined;
  readonly registry: URL;
  readonly exchange: Exchange;
  readonly clientId: string;
  readonly allowedHosts: readonly string[];
  /** Learns what is sent, and hides it in what is told of the answer. */
  readonly secrets: KnownSecrets;
  readonly retry: RetrySettings | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly signal?: AbortSignal;
}

const MAX_ATTEMPTS = 3;

/**
 * Gets a token.
 * @throws TeuError `ERR_UNAUTHORIZED`; `ERR_REGISTRY_ANSWER` for an answer that is no token; `ERR_ADDRESS_REFUSED` for a
 * token server that is neither at the registry's host nor reached by TLS, or lies inside of a private network while the
 * registry does not; and what an exchange throws.
 */
export async function fetchToken(call: TokenCall): Promise<Token> {
  const realm = realmOf(call);
  const { credential } = call;
  if (credential?.kind === "identity-token") {
    return await exchangeToken(call, realm, { type: "refresh_token", refreshToken: credential.token });
  }
  const got = await askToken(call, realm);
  if (got.kind === "token") return got.token;
  const knowsNoGet = got.status === 404 || got.status === 405;
  if (credential === undefined || !knowsNoGet) throw refused(call, realm, got);
  return await exchangeToken(call, realm, {
    type: "password",
    username: credential.username,
    password: credential.password,
  });
}

/** The address of the token server, if it is one that credentials may go to. */
function realmOf({ challenge, registry, allowedHosts }: TokenCall): URL {
  const url = URL.parse(challenge.realm, registry.href);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const message = `Asking for a token: the realm "${challenge.realm}", expected an address of https`;
    throw new TeuError<RegistryClientErrorCode>("ERR_REGISTRY_ANSWER", message);
  }
  if (url.username !== "" || url.password !== "") throw addressRefused(url, "it holds credentials");
  if (url.origin === registry.origin || allowedHosts.includes(url.host)) return url;
  const registryReach = reachOf(registry.hostname);
  const isAtHome = url.hostname === registry.hostname && registry.protocol === "http:";
  const isLocal = reachOf(url.hostname) === "loopback" && registryReach === "loopback";
  if (url.protocol === "http:" && !isAtHome && !isLocal) throw addressRefused(url, "a token server without TLS");
  if (!isWithinReach(reachOf(url.hostname), registryReach))
    throw addressRefused(url, "it lies inside of a private network");
  return url;
}

type Got =
  | { readonly kind: "token"; readonly token: Token }
  | { readonly kind: "status"; readonly status: number; readonly said: string };

async function askToken(call: TokenCall, realm: URL): Promise<Got> {
  const { challenge, scopes, credential, clientId } = call;
  const url = new URL(realm);
  const query = formatTokenQuery({
    ...(challenge.service === undefined ? {} : { service: challenge.service }),
    scopes: scopes.map(formatScope),
    clientId,
    ...(credential?.kind === "basic" ? { account: credential.username } : {}),
  });
  for (const [name, value] of query) url.searchParams.append(name, value);
  const headers: Record<string, string> = { accept: "application/json", "user-agent": clientId };
  if (credential?.kind === "basic") {
    const { username: user, password } = credential;
    headers["authorization"] = formatAuthorization({ scheme: "basic", user, password });
    call.secrets.addHeader(headers["authorization"]);
  }
  return await request(call, { method: "GET", url, headers });
}

async function exchangeToken(call: TokenCall, realm: URL, grant: TokenForm["grant"]): Promise<Token> {
  const { challenge, scopes, clientId } = call;
  const form = formatTokenForm({
    grant,
    service: challenge.service ?? call.registry.host,
    clientId,
    scopes: scopes.map(formatScope),
  });
  const headers = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
    "user-agent": clientId,
  };
  const got = await request(call, {
    method: "POST",
    url: realm,
    headers,
    body: new TextEncoder().encode(form.toString()),
  });
  if (got.kind === "token") return got.token;
  throw refused(call, realm, got);
}

/** Redirects are not followed: nothing good comes of sending credentials after one. */
async function request(call: TokenCall, { method, url, headers, body }: HttpRequest): Promise<Got> {
  const attempt = async (): Promise<Got> => {
    const answer = await call.exchange({ method, url, headers, body, signal: call.signal });
    const what = `the answer of the token server "${shownUrl(url)}"`;
    const bytes = await collect(answer.body, { maxBytes: MAX_TOKEN_BYTES, what, signal: call.signal });
    if (answer.status === 200) return { kind: "token", token: readToken(bytes, url) };
    const { errors, text } = parseErrorBody(bytes);
    const said = call.secrets.hide(errors[0]?.message ?? errors[0]?.code ?? text);
    if (answer.status === 429 || answer.status >= 500) {
      const askedMs = parseRetryAfter(answer.headers.get("retry-after") ?? "", call.nowMs());
      throw new PassingStatus({ status: answer.status, said, askedMs });
    }
    return { kind: "status", status: answer.status, said };
  };
  try {
    return await retry(attempt, { maxAttempts: MAX_ATTEMPTS, ...call.retry, retryable: passes, signal: call.signal });
  } catch (error) {
    if (error instanceof PassingStatus) return { kind: "status", status: error.status, said: error.message };
    throw error;
  }
}

class PassingStatus extends Error {
  readonly status: number;
  readonly askedMs: number | undefined;

  constructor({ status, said, askedMs }: { status: number; said: string; askedMs: number | undefined }) {
    super(said);
    this.status = status;
    this.askedMs = askedMs;
  }
}

function passes(error: unknown): boolean | number {
  if (error instanceof PassingStatus) return error.askedMs ?? true;
  return isTeuError(error, "ERR_NETWORK") || isTeuError(error, "ERR_NETWORK_TIMEOUT");
}

function readToken(bytes: Uint8Array, url: URL): Token {
  try {
    return parseToken(bytes);
  } catch (error) {
    if (!isTeuError(error)) throw error;
    const message = `Asking "${shownUrl(url)}" for a token: ${error.message}`;
    throw new TeuError<RegistryClientErrorCode>("ERR_REGISTRY_ANSWER", message, { cause: error });
  }
}

function refused(
  call: TokenCall,
  realm: URL,
  got: { readonly status: number; readonly said: string },
): TeuError<RegistryClientErrorCode> {
  const { host } = call.registry;
  const said = got.said === "" ? "" : ` (${got.said})`;
  const isRefusal = got.status === 400 || got.status === 401 || got.status === 403;
  const message = `Asking "${shownUrl(realm)}" for a token of ${host}: status ${got.status}${said}, expected 200`;
  const code = got.status === 429 ? "ERR_RATE_LIMITED" : isRefusal ? "ERR_UNAUTHORIZED" : "ERR_REGISTRY_STATUS";
  const hint =
    call.credential === undefined ? `Log in with: teu login ${host}` : `Log in again with: teu login ${host}`;
  // A status that passed not in several attempts will not pass in more.
  const detail = { url: shownUrl(realm), tokenStatus: got.status };
  return new TeuError(code, message, { detail, ...(isRefusal ? { hint } : {}) });
}
