/**
 * How a fake registry lets people in: by user and password, or by tokens that it hands out itself.
 * @module
 */
import { parseAuthorization } from "@teu/spec/distribution/authorization";
import { formatBasic, formatBearer } from "@teu/spec/distribution/challenge";
import { parseRoute } from "@teu/spec/distribution/routes";
import {
  CATALOG_SCOPE,
  type Scope,
  coversScope,
  formatScope,
  parseScopes,
  repositoryScope,
} from "@teu/spec/distribution/scope";
import { formatToken } from "@teu/spec/distribution/token";
import { parseTokenForm, parseTokenQuery } from "@teu/spec/distribution/token-request";
import { collect } from "@teu/std/streams";
import { type FakeRequest, type Reply, failure } from "./reply.ts";

/** Who is let in, and how. */
export interface FakeAuth {
  readonly kind: "basic" | "bearer";
  readonly username: string;
  readonly password: string;
  /** Taken in exchange for tokens, too. */
  readonly refreshToken?: string;
  /** True to let everybody pull, with a token. */
  readonly anonymousPull?: boolean;
  /** Default: `/token` of the registry. */
  readonly realm?: string;
  /** Default: 300. */
  readonly expiresInSeconds?: number;
  /** True for a token server that knows POST only. */
  readonly postOnly?: boolean;
}

/** Refuses a request that is not let in; nothing if it is. */
export function checkAuth(auth: FakeAuth, { message, recorded, url }: FakeRequest, base: URL): Reply | undefined {
  const credentials =
    message.headers.authorization === undefined ? undefined : parseAuthorization(message.headers.authorization);
  if (auth.kind === "basic") {
    const isUser =
      credentials?.scheme === "basic" && credentials.user === auth.username && credentials.password === auth.password;
    return isUser ? undefined : failure(401, "UNAUTHORIZED", { "www-authenticate": formatBasic("fake") });
  }
  const wanted = scopeOf(recorded.method, url);
  const granted = credentials?.scheme === "bearer" ? readToken(credentials.token) : undefined;
  if (granted !== undefined && (wanted === undefined || coversScope(granted, wanted))) return undefined;
  const challenge = formatBearer({
    realm: auth.realm ?? new URL("/token", base).href,
    service: "fake",
    scopes: wanted === undefined ? [] : [formatScope(wanted)],
  });
  return failure(401, "UNAUTHORIZED", { "www-authenticate": challenge });
}

function scopeOf(method: string, url: URL): Scope | undefined {
  const route = parseRoute(url.pathname);
  if (route.kind === "catalog") return CATALOG_SCOPE;
  if (!("name" in route) || route.name === undefined) return undefined;
  if (method === "DELETE") return repositoryScope(route.name, "delete");
  const writes = method !== "GET" && method !== "HEAD";
  return repositoryScope(route.name, ...(writes || route.kind === "upload" ? ["pull", "push"] : ["pull"]));
}

/** Answers a request for a token. */
export async function tokenReply(auth: FakeAuth, { message, recorded, url }: FakeRequest): Promise<Reply> {
  if (recorded.method === "POST") return await postReply(auth, message);
  if (auth.postOnly === true) return failure(405, "UNSUPPORTED");
  const credentials =
    message.headers.authorization === undefined ? undefined : parseAuthorization(message.headers.authorization);
  const isUser =
    credentials?.scheme === "basic" && credentials.user === auth.username && credentials.password === auth.password;
  if (credentials !== undefined && !isUser) return failure(401, "UNAUTHORIZED");
  const scopes = parseScopes(parseTokenQuery(url.searchParams).scopes);
  const pulls = scopes.map(({ type, name }) => ({ type, name, actions: ["pull"] }));
  return grant(auth, isUser ? scopes : auth.anonymousPull === true ? pulls : []);
}

async function postReply(auth: FakeAuth, message: AsyncIterable<Uint8Array>): Promise<Reply> {
  const bytes = await collect(message, { maxBytes: 65_536 });
  const form = parseTokenForm(new URLSearchParams(new TextDecoder().decode(bytes)));
  if ("error" in form) return { status: 400, headers: {}, body: JSON.stringify(form) };
  const { grant: shown } = form;
  const isUser =
    shown.type === "password"
      ? shown.username === auth.username && shown.password === auth.password
      : auth.refreshToken !== undefined && shown.refreshToken === auth.refreshToken;
  if (!isUser) return { status: 401, headers: {}, body: JSON.stringify({ error: "invalid_grant" }) };
  return grant(auth, parseScopes(form.scopes));
}

let issued = 0;

/** Tokens say what they allow; each is another, so that a test sees which is used. */
function grant(auth: FakeAuth, scopes: readonly Scope[]): Reply {
  issued += 1;
  const claims = Buffer.from(JSON.stringify({ scopes, issued })).toString("base64url");
  const token = formatToken({ token: `fake.${claims}`, expiresInSeconds: auth.expiresInSeconds ?? 300 });
  return { status: 200, headers: { "content-type": "application/json" }, body: token };
}

function readToken(token: string): readonly Scope[] | undefined {
  if (!token.startsWith("fake.")) return undefined;
  const claims = JSON.parse(Buffer.from(token.slice(5), "base64url").toString("utf8")) as {
    readonly scopes: readonly Scope[];
  };
  return claims.scopes;
}
