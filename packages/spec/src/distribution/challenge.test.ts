import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type Challenge,
  MAX_CHALLENGES,
  MAX_CHALLENGE_PARAMETERS,
  findBearer,
  findChallenge,
  formatBasic,
  formatBearer,
  formatChallenge,
  parseChallenges,
} from "./challenge.ts";
import { MAX_FIELD_LENGTH } from "./field.ts";

type Row = readonly [scheme: string, rest: string | Readonly<Record<string, string>>];

function rowOf({ scheme, token68, parameters }: Challenge): Row {
  return [scheme, token68 ?? Object.fromEntries(parameters)];
}

test("parseChallenges() reads what RFC 9110, RFC 6750 and RFC 7617 show", () => {
  const rows: readonly (readonly [string | readonly string[], readonly Row[]])[] = [
    [
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        ["Basic", { realm: "simple" }],
        ["Newauth", { realm: "apps", type: "1", title: 'Login to "apps"' }],
      ],
    ],
    [
      'Newauth realm="apps", type=1, Basic realm="simple"',
      [
        ["Newauth", { realm: "apps", type: "1" }],
        ["Basic", { realm: "simple" }],
      ],
    ],
    ['Basic realm="WallyWorld"', [["Basic", { realm: "WallyWorld" }]]],
    ['Basic realm="foo", charset="UTF-8"', [["Basic", { realm: "foo", charset: "UTF-8" }]]],
    [
      'Bearer realm="example", error="invalid_token", error_description="The access token expired"',
      [["Bearer", { realm: "example", error: "invalid_token", error_description: "The access token expired" }]],
    ],
    ["Negotiate", [["Negotiate", {}]]],
    [
      "Negotiate, NTLM",
      [
        ["Negotiate", {}],
        ["NTLM", {}],
      ],
    ],
    [
      "Negotiate YIIB+/a==, Basic realm=x",
      [
        ["Negotiate", "YIIB+/a=="],
        ["Basic", { realm: "x" }],
      ],
    ],
    [
      ["Negotiate", 'Basic realm="x"'],
      [
        ["Negotiate", {}],
        ["Basic", { realm: "x" }],
      ],
    ],
    ["", []],
    [" , ,", []],
  ];
  for (const [value, challenges] of rows)
    assert.deepEqual(parseChallenges(value).map(rowOf), challenges, String(value));
});

test("parseChallenges() reads what registries write", () => {
  const bearer = {
    realm: "https://auth.example/token",
    service: "registry.example",
    scope: "repository:a/b:pull,push",
  };
  const rows: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    [`Bearer realm="${bearer.realm}",service="${bearer.service}",scope="${bearer.scope}"`, bearer],
    [`bearer  REALM = "${bearer.realm}" ,  Service="${bearer.service}",, scope="${bearer.scope}",`, bearer],
    [`Bearer realm="${bearer.realm}" service="${bearer.service}" scope="${bearer.scope}"`, bearer],
    [`Bearer realm=${bearer.realm},service=${bearer.service}`, { realm: bearer.realm, service: bearer.service }],
    ['Bearer realm="a",realm="b"', { realm: "a" }],
    ['Bearer realm="",service=', { realm: "", service: "" }],
    ['Bearer realm="a?b=c,d=e"', { realm: "a?b=c,d=e" }],
    ['Bearer realm="he\\"\\l\\lo",other=fun', { realm: 'he"llo', other: "fun" }],
  ];
  for (const [value, parameters] of rows)
    assert.deepEqual(parseChallenges(value).map(rowOf)[0]?.[1], parameters, value);
  assert.deepEqual(
    parseChallenges('Basic realm="x" Bearer realm="y"').map(({ scheme }) => scheme),
    ["Basic", "Bearer"],
  );
});

test("parseChallenges() refuses what is none", () => {
  for (const value of [
    '"a"',
    '="a"',
    'Basic realm="a',
    'Basic realm="a\\',
    "Basic/realm",
    'Basic "a"',
    'Basic realm="a\u0000"',
  ]) {
    assert.throws(() => parseChallenges(value), { code: "ERR_HEADER_INVALID" }, value);
  }
});

const withParameters = (count: number): string =>
  `Bearer ${Array.from({ length: count }, (_, i) => `p${i}=1`).join(",")}`;

test("parseChallenges() bounds its work", () => {
  assert.equal(parseChallenges("a,".repeat(MAX_CHALLENGES)).length, MAX_CHALLENGES);
  assert.throws(() => parseChallenges("a,".repeat(MAX_CHALLENGES + 1)), { message: /more than 16 challenges/ });
  assert.equal(parseChallenges(withParameters(MAX_CHALLENGE_PARAMETERS))[0]?.parameters.size, MAX_CHALLENGE_PARAMETERS);
  assert.throws(() => parseChallenges(withParameters(MAX_CHALLENGE_PARAMETERS + 1)), {
    message: /more than 32 parameters/,
  });
  assert.throws(() => parseChallenges(`Bearer realm="${"\\a".repeat(MAX_FIELD_LENGTH)}"`), {
    message: /at most 16384/,
  });
});

test("parseChallenges() reads what formatChallenge() writes, alone and in a list", () => {
  const token = fc.stringMatching(/^[abXY1_.~!#-]{1,9}$/);
  const name = token.map((text) => text.toLowerCase());
  const text = fc.stringMatching(/^[aB1 ;,="\\/:?ü\t]{0,9}$/);
  const challenge: fc.Arbitrary<Challenge> = fc.oneof(
    fc.record(
      { scheme: token, parameters: fc.dictionary(name, text).map((each) => new Map(Object.entries(each))) },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        scheme: token,
        token68: fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,9}={0,2}$/),
        parameters: fc.constant(new Map<string, string>()),
      },
      { noNullPrototype: true },
    ),
  );
  fc.assert(
    fc.property(fc.array(challenge, { maxLength: MAX_CHALLENGES }), (challenges) => {
      assert.deepEqual(parseChallenges(challenges.map(formatChallenge)), challenges);
    }),
  );
});

test("formatChallenge() refuses what would break out of the header", () => {
  const parameters = new Map([["realm", "a\r\nb"]]);
  assert.throws(() => formatChallenge({ scheme: "Basic", parameters }), { code: "ERR_HEADER_INVALID" });
  assert.throws(() => formatChallenge({ scheme: "a b", parameters: new Map() }), { code: "ERR_HEADER_INVALID" });
  assert.throws(() => formatChallenge({ scheme: "a", parameters: new Map([["b c", ""]]) }), {
    code: "ERR_HEADER_INVALID",
  });
  assert.throws(() => formatChallenge({ scheme: "a", token68: "b c", parameters: new Map() }), {
    code: "ERR_HEADER_INVALID",
  });
});

test("findChallenge() compares schemes without regard to case", () => {
  const challenges = parseChallenges('NEGOTIATE, basic realm="x"');
  assert.equal(findChallenge(challenges, "Basic")?.parameters.get("realm"), "x");
  assert.equal(findChallenge(challenges, "Bearer"), undefined);
});

test("findBearer() reads what formatBearer() writes", () => {
  const full = {
    realm: "https://a.example/token",
    service: "r",
    scopes: ["repository:a:pull", "repository:b:push"],
    error: "e",
  };
  assert.equal(
    formatBearer(full),
    'Bearer realm="https://a.example/token",service="r",scope="repository:a:pull repository:b:push",error="e"',
  );
  assert.deepEqual(findBearer(parseChallenges(formatBearer(full))), full);
  assert.deepEqual(findBearer(parseChallenges(formatBearer({ realm: "r", scopes: [] }))), { realm: "r", scopes: [] });
});

test("findBearer() passes over challenges that name no token server", () => {
  assert.equal(findBearer(parseChallenges('Basic realm="x", Bearer, Bearer realm=""')), undefined);
  assert.equal(findBearer(parseChallenges('Bearer error="x", Bearer realm="y"'))?.realm, "y");
});

test("formatBasic() names the realm", () => {
  assert.equal(formatBasic('The "house"'), 'Basic realm="The \\"house\\""');
});
