/** `WWW-Authenticate`, `Authorization` and scopes: what was read is written so that the same is read again. */
import assert from "node:assert/strict";
import { isTeuError } from "@teu/std/error";
import { formatAuthorization, parseAuthorization } from "@teu/spec/distribution/authorization";
import { findBearer, formatBearer, formatChallenge, parseChallenges } from "@teu/spec/distribution/challenge";
import { coversScopes, formatScopes, parseScopes, uniteScopes } from "@teu/spec/distribution/scope";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "distribution-challenge",
  *seeds() {
    for (const text of SEEDS) yield Buffer.from(text, "latin1");
  },
  run(input) {
    const value = Buffer.from(input).toString("latin1");
    checkChallenges(value);
    checkScopes(value);
    const credentials = attempt(() => parseAuthorization(value));
    const written = credentials === undefined ? undefined : attempt(() => formatAuthorization(credentials));
    if (written !== undefined) assert.deepEqual(parseAuthorization(written), credentials);
  },
};

function checkChallenges(value: string): void {
  const challenges = attempt(() => parseChallenges(value));
  if (challenges === undefined) return;
  const written = attempt(() => challenges.map(formatChallenge));
  if (written !== undefined && written.join(", ").length <= value.length)
    assert.deepEqual(parseChallenges(written), challenges);
  const bearer = findBearer(challenges);
  if (bearer === undefined) return;
  checkScopes(bearer.scopes.join(" "));
  const again = attempt(() => formatBearer(bearer));
  if (again !== undefined && again.length <= value.length) assert.deepEqual(findBearer(parseChallenges(again)), bearer);
}

function checkScopes(text: string): void {
  const scopes = attempt(() => parseScopes(text));
  if (scopes === undefined) return;
  assert.deepEqual(parseScopes(formatScopes(scopes)), scopes);
  assert.ok(coversScopes(uniteScopes(scopes), scopes));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isTeuError(error, "ERR_HEADER_INVALID") || isTeuError(error, "ERR_SCOPE_INVALID")) return undefined;
    throw error;
  }
}

const SEEDS = [
  'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push registry:catalog:*"',
  'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
  "Negotiate YIIB+/a==, Basic realm=x charset=UTF-8",
  "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
  "Bearer mF_9.B5f-4.1JqM",
  "repository(plugin):localhost:5000/a/b:pull,push repository:c:*",
];
