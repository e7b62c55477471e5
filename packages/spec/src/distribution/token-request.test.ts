import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type TokenForm,
  type TokenQuery,
  formatTokenForm,
  formatTokenQuery,
  parseTokenForm,
  parseTokenQuery,
} from "./token-request.ts";

const word = fc.string({ minLength: 1 });
const scopes = fc.array(fc.stringMatching(/^[a-z:/,]{1,20}$/));

test("parseTokenQuery() reads what formatTokenQuery() writes", () => {
  const request: fc.Arbitrary<TokenQuery> = fc.record(
    { scopes, service: word, account: word, clientId: word, offline: fc.constant(true) },
    { requiredKeys: ["scopes"], noNullPrototype: true },
  );
  fc.assert(
    fc.property(request, (each) => {
      assert.deepEqual(parseTokenQuery(new URLSearchParams(formatTokenQuery(each).toString())), each);
    }),
  );
});

test("formatTokenQuery() repeats the parameter scope", () => {
  const query = formatTokenQuery({
    service: "registry.example",
    scopes: ["repository:a:pull", "repository:b:pull,push"],
  });
  assert.equal(
    decodeURIComponent(query.toString()),
    "scope=repository:a:pull&scope=repository:b:pull,push&service=registry.example",
  );
});

test("parseTokenQuery() takes scopes in one parameter or several, and only true for offline_token", () => {
  const read = parseTokenQuery(new URLSearchParams("scope=a:b:c+d:e:f&scope=g:h:i&scope=&offline_token=1&service="));
  assert.deepEqual(read, { scopes: ["a:b:c", "d:e:f", "g:h:i"] });
});

test("parseTokenForm() reads what formatTokenForm() writes", () => {
  const grant: fc.Arbitrary<TokenForm["grant"]> = fc.oneof(
    fc.record(
      { type: fc.constant("password" as const), username: fc.string(), password: fc.string() },
      { noNullPrototype: true },
    ),
    fc.record({ type: fc.constant("refresh_token" as const), refreshToken: word }, { noNullPrototype: true }),
  );
  const form: fc.Arbitrary<TokenForm> = fc.record(
    { grant, service: word, clientId: word, scopes, offline: fc.constant(true) },
    { requiredKeys: ["grant", "service", "clientId", "scopes"], noNullPrototype: true },
  );
  fc.assert(
    fc.property(form, (each) => {
      assert.deepEqual(parseTokenForm(new URLSearchParams(formatTokenForm(each).toString())), each);
    }),
  );
});

test("parseTokenForm() says why it refuses, without secrets", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["", "invalid_request"],
    ["grant_type=a b", "invalid_request"],
    ["grant_type=authorization_code", "unsupported_grant_type"],
    ["grant_type=password&username=u&service=s&client_id=c", "invalid_request"],
    ["grant_type=password&password=secret&service=s&client_id=c", "invalid_request"],
    ["grant_type=refresh_token&service=s&client_id=c", "invalid_request"],
    ["grant_type=refresh_token&refresh_token=secret&client_id=c", "invalid_request"],
    ["grant_type=refresh_token&refresh_token=secret&service=s", "invalid_request"],
    ["grant_type=refresh_token&refresh_token=secret&refresh_token=b&service=s&client_id=c", "invalid_request"],
  ];
  for (const [form, code] of rows) {
    const read = parseTokenForm(new URLSearchParams(form));
    assert.ok("error" in read, form);
    assert.equal(read.error, code, form);
    assert.ok(!read.error_description.includes("secret"));
  }
});
