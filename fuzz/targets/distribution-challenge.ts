/** `WWW-Authenticate`, `Authorization` and scopes: what was read is written so that the same is read again. */
import assert from "node:assert/strict";
import { formatAuthorization, parseAuthorization } from "@teu/spec/distribution/authorization";
import { findBearer, formatBearer, formatChallenge, parseChallenges } from "@teu/spec/distribution/challenge";
import { coversScopes, formatScopes, parseScopes, uniteScopes } from "@teu/spec/distribution/scope";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_HEADER_INVALID", "ERR_SCOPE_INVALID");

export const target: FuzzTarget = {
  name: "distribution-challenge",
  *seeds() {
    for (const text of SEEDS) yield Buffer.from(text, "latin1");
  },
  run(input) {
    const value = Buffer.from(input).toString("latin1");
    checkChallenges(value);
    checkScopes(value);
    const credentials = accepted(() => parseAuthorization(value));
    const written = credentials === undefined ? undefined : accepted(() => formatAuthorization(credentials));
    if (written !== undefined) assert.deepEqual(parseAuthorization(written), credentials);
  },
};

function checkChallenges(value: string): void {
  const challenges = accepted(() => parseChallenges(value));
  if (challenges === undefined) return;
  const written = accepted(() => challenges.map(formatChallenge));
  if (written !== undefined && written.join(", ").length <= value.length)
    assert.deepEqual(parseChallenges(written), challenges);
  const bearer = findBearer(challenges);
  if (bearer === undefined) return;
  checkScopes(bearer.scopes.join(" "));
  const again = accepted(() => formatBearer(bearer));
  if (again !== undefined && again.length <= value.length) assert.deepEqual(findBearer(parseChallenges(again)), bearer);
}

function checkScopes(text: string): void {
  const scopes = accepted(() => parseScopes(text));
  if (scopes === undefined) return;
  assert.deepEqual(parseScopes(formatScopes(scopes)), scopes);
  assert.ok(coversScopes(uniteScopes(scopes), scopes));
}

const SEEDS = [
  'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push registry:catalog:*"',
  'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
  "Negotiate YIIB+/a==, Basic realm=x charset=UTF-8",
  "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
  "Bearer mF_9.B5f-4.1JqM",
  "repository(plugin):localhost:5000/a/b:pull,push repository:c:*",
];
