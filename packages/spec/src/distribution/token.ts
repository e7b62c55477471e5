/**
 * The answers of token servers, which hand out the tokens that a registry's Bearer challenge asks for.
 * @module
 */
import type { Json } from "@teu/std/json";
import { stringifyJson } from "@teu/std/json-value";
import { type DocumentReader, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch } from "../issue.ts";
import { isRfc3339 } from "../rfc3339.ts";
import { type Field, checkFields, integer, string, stringThat } from "../shape.ts";
import { DOCKER_REGISTRY_CLAUSES, type DockerRegistryClauseId } from "./docker-clauses.ts";

/**
 * A token and what belongs to it.
 * @see {@link https://github.com/distribution/distribution/blob/v3.1.1/docs/content/spec/auth/token.md#token-response-fields}
 */
export interface Token {
  /** Opaque; to be sent as `Authorization: Bearer`. */
  readonly token: string;
  /** Seconds from when it was issued until it ends, at least {@link MIN_TOKEN_SECONDS}. */
  readonly expiresInSeconds: number;
  /** When it was issued, as RFC 3339 writes times; when the answer came, if this is missing. */
  readonly issuedAt?: string;
  /** For further tokens of the same user; to be sent to the token server only. */
  readonly refreshToken?: string;
  /** The scopes that the token grants, which may be fewer than those asked for; see `scope.ts`. */
  readonly scope?: string;
}

/** What a token lives for where nothing is said, and at least, in seconds. */
export const MIN_TOKEN_SECONDS = 60;

/** Largest answer of a token server that is read, in bytes. */
export const MAX_TOKEN_BYTES = 262_144;

interface TokenDocument {
  readonly token?: string | null;
  readonly access_token?: string | null;
  readonly expires_in?: number | bigint | null;
  readonly issued_at?: unknown;
  readonly refresh_token?: string | null;
  readonly scope?: unknown;
}

const READER: DocumentReader = {
  name: "a token",
  limits: { maxLength: MAX_TOKEN_BYTES, maxDepth: 16 },
  check: checkToken,
};

/**
 * Reads the answer of a token server, to a GET or to an OAuth 2 POST. Of two different tokens the one in `token` counts.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST. The message never shows a token.
 */
export function parseToken(bytes: Uint8Array): Token {
  const { value } = parseDocument<TokenDocument>(bytes, READER);
  const { issued_at: issuedAt, refresh_token: refreshToken, scope } = value;
  return {
    token: value.token || value.access_token || "",
    expiresInSeconds: toSeconds(value.expires_in ?? MIN_TOKEN_SECONDS),
    ...(typeof issuedAt === "string" && isRfc3339(issuedAt) ? { issuedAt } : {}),
    ...(refreshToken ? { refreshToken } : {}),
    ...(typeof scope === "string" ? { scope } : {}),
  };
}

function toSeconds(expiresIn: number | bigint): number {
  return Math.min(Math.max(Number(expiresIn), MIN_TOKEN_SECONDS), Number.MAX_SAFE_INTEGER);
}

/** Writes the answer of a token server, for clients of either way. */
export function formatToken({ token, expiresInSeconds, issuedAt, refreshToken, scope }: Token): string {
  return stringifyJson({
    token,
    access_token: token,
    expires_in: expiresInSeconds,
    issued_at: issuedAt,
    refresh_token: refreshToken,
    scope,
  });
}

/** Lists the clauses that the answer of a token server breaks. Messages show no token. */
export function checkToken(json: Json): Issue[] {
  const report = new Report(DOCKER_REGISTRY_CLAUSES);
  if (json.kind !== "object") {
    report.add("docker.token.body", json, mismatch("an object", json));
    return report.issues;
  }
  checkFields(json, FIELDS, report);
  const [token, accessToken] = [json.get("token"), json.get("access_token")].map((each) => checkSecret(each, report));
  if (token === "" && accessToken === "") report.add("docker.token.token", json, "expected token or access_token");
  if (token !== "" && accessToken !== "" && token !== accessToken) {
    report.add("docker.token.same", json, "expected the same token and access_token");
  }
  const expires = json.get("expires_in");
  if (expires.kind === "number" && Number(expires.text) < MIN_TOKEN_SECONDS) {
    report.add("docker.token.expires_in.least", expires, `expected at least ${MIN_TOKEN_SECONDS}, got ${expires.text}`);
  }
  return report.issues;
}

/** Checks one of the two fields of the token and returns what it holds; empty if that is nothing. */
function checkSecret(json: Json, report: Report<DockerRegistryClauseId>): string {
  if (json.absent) return "";
  if (json.kind !== "string") report.add("docker.token.token", json, mismatch("a string", json));
  else if (!/^[\u0021-\u007e]*$/.test(json.text)) report.add("docker.token.token", json, "expected visible ASCII");
  return json.text;
}

const FIELDS: readonly Field<DockerRegistryClauseId>[] = [
  { name: "expires_in", shape: integer(), clause: "docker.token.expires_in" },
  { name: "issued_at", shape: stringThat(isRfc3339, "a time of RFC 3339"), clause: "docker.token.issued_at" },
  { name: "refresh_token", shape: string, clause: "docker.token.refresh_token" },
  { name: "scope", shape: string, clause: "docker.token.scope" },
];
