/**
 * Requests to token servers: GET with a query, which all of them take, and POST with a form (OAuth 2), which some do.
 * @module
 */
import { isToken } from "./field.ts";

/**
 * What a GET asks for. Who asks is said by `Authorization`, or by nothing.
 * @see {@link https://github.com/distribution/distribution/blob/v3.1.1/docs/content/spec/auth/token.md}
 */
export interface TokenQuery {
  /** Name of the registry that the token is for. */
  readonly service?: string;
  /** Scopes as texts; see `scope.ts`. */
  readonly scopes: readonly string[];
  /** Name of the user, as a courtesy. */
  readonly account?: string;
  /** Name of the program that asks. */
  readonly clientId?: string;
  /** True to get a refresh token too. */
  readonly offline?: boolean;
}

/** Writes the query of a GET. */
export function formatTokenQuery(request: TokenQuery): URLSearchParams {
  const query = new URLSearchParams();
  set(query, "account", request.account);
  set(query, "client_id", request.clientId);
  if (request.offline === true) query.set("offline_token", "true");
  for (const scope of request.scopes) query.append("scope", scope);
  set(query, "service", request.service);
  return query;
}

/** Reads the query of a GET. */
export function parseTokenQuery(query: URLSearchParams): TokenQuery {
  return {
    scopes: splitScopes(query.getAll("scope")),
    ...optional("service", query.get("service")),
    ...optional("account", query.get("account")),
    ...optional("clientId", query.get("client_id")),
    ...(query.get("offline_token") === "true" ? { offline: true } : {}),
  };
}

/**
 * What a POST asks for, and by whom.
 * @see {@link https://github.com/distribution/distribution/blob/v3.1.1/docs/content/spec/auth/oauth.md}
 */
export interface TokenForm {
  readonly grant:
    | { readonly type: "password"; readonly username: string; readonly password: string }
    | { readonly type: "refresh_token"; readonly refreshToken: string };
  readonly service: string;
  readonly clientId: string;
  /** Scopes as texts; see `scope.ts`. */
  readonly scopes: readonly string[];
  /** True to get a refresh token too. */
  readonly offline?: boolean;
}

/** Largest form that is read, in bytes. */
export const MAX_TOKEN_FORM_BYTES = 65_536;

/** Writes the form of a POST. */
export function formatTokenForm({ grant, service, clientId, scopes, offline }: TokenForm): URLSearchParams {
  const form = new URLSearchParams({ grant_type: grant.type, service, client_id: clientId });
  if (grant.type === "password") {
    form.set("username", grant.username);
    form.set("password", grant.password);
  } else {
    form.set("refresh_token", grant.refreshToken);
  }
  if (offline === true) form.set("access_type", "offline");
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  return form;
}

/** Why a token server refuses a POST (RFC 6749 section 5.2). */
export type OAuthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope";

/** The refusal of a POST; as JSON it is the body of an answer with status 400, or 401 for `invalid_client`. */
export interface OAuthError {
  readonly error: OAuthErrorCode;
  readonly error_description: string;
}

/** Reads the form of a POST, or says why it is refused. Descriptions show no secret. */
export function parseTokenForm(form: URLSearchParams): TokenForm | OAuthError {
  const twice = FORM_FIELDS.find((name) => form.getAll(name).length > 1);
  if (twice !== undefined) return refuse("invalid_request", `${twice} is given twice`);
  const grant = readGrant(form);
  if ("error" in grant) return grant;
  const [service, clientId] = [form.get("service") ?? "", form.get("client_id") ?? ""];
  if (service === "" || clientId === "") return refuse("invalid_request", "service and client_id are required");
  const offline = form.get("access_type") === "offline" ? { offline: true } : {};
  return { grant, service, clientId, scopes: splitScopes(form.getAll("scope")), ...offline };
}

const FORM_FIELDS = [
  "grant_type",
  "service",
  "client_id",
  "access_type",
  "scope",
  "username",
  "password",
  "refresh_token",
];

function readGrant(form: URLSearchParams): TokenForm["grant"] | OAuthError {
  const type = form.get("grant_type") ?? "";
  const [username, password, refreshToken] = [form.get("username"), form.get("password"), form.get("refresh_token")];
  switch (type) {
    case "password":
      if (username === null || password === null)
        return refuse("invalid_request", "username and password are required");
      return { type, username, password };
    case "refresh_token":
      if (refreshToken === null || refreshToken === "") return refuse("invalid_request", "refresh_token is required");
      return { type, refreshToken };
    default:
      if (!isToken(type)) return refuse("invalid_request", "grant_type is required");
      return refuse("unsupported_grant_type", "grant_type is password or refresh_token");
  }
}

function refuse(error: OAuthErrorCode, description: string): OAuthError {
  return { error, error_description: description };
}

function splitScopes(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(" ")).filter(Boolean);
}

function set(query: URLSearchParams, name: string, value: string | undefined): void {
  if (value !== undefined) query.set(name, value);
}

function optional<Name extends string>(name: Name, value: string | null): { readonly [K in Name]?: string } {
  return value === null || value === "" ? {} : ({ [name]: value } as { readonly [K in Name]: string });
}
