import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { TeuError } from "@teu/std/error";
import { assertCode } from "@teu/testing/assert-code";
import { findBase } from "./find-base.ts";
import type { Exchange } from "./http/exchange.ts";
import { networkError } from "./http/http-error.ts";

type Outcome = number | "refused" | "broken" | "tls";

const ERRORS = { refused: "ECONNREFUSED", broken: "ECONNRESET", tls: "ERR_SSL_WRONG_VERSION_NUMBER" } as const;

/** A host that answers to the requests that come as the script says, and notes them. */
function host(script: readonly (readonly [scheme: string, outcome: Outcome])[]): {
  exchange: Exchange;
  left: () => number;
} {
  const left = [...script];
  const exchange: Exchange = async ({ method, url }) => {
    const [scheme, outcome] = left.shift() ?? ["nothing", 500];
    assert.equal(url.protocol, `${scheme}:`);
    if (typeof outcome === "string")
      throw networkError(method, url, Object.assign(new Error(outcome), { code: ERRORS[outcome] }));
    return { status: outcome, headers: new Headers(), body: (async function* () {})(), discard: async () => {} };
  };
  return { exchange, left: () => left.length };
}

const retry = { sleep: async (): Promise<void> => {} };

suite("findBase()", () => {
  const FOUND: readonly (readonly [string, string, readonly (readonly [string, Outcome])[], string])[] = [
    ["this machine, without TLS", "127.0.0.1:1", [["http", 200]], "http://127.0.0.1:1/"],
    [
      "this machine, with TLS, which a server says",
      "localhost:1",
      [
        ["http", 400],
        ["https", 401],
      ],
      "https://localhost:1/",
    ],
    [
      "this machine, with TLS, and no word without",
      "[::1]:1",
      [
        ["http", "broken"],
        ["https", 200],
      ],
      "https://[::1]:1/",
    ],
    ["another, with TLS", "example.com", [["https", 401]], "https://example.com/"],
    [
      "another, without",
      "example.com:5000",
      [
        ["https", "tls"],
        ["http", 200],
      ],
      "http://example.com:5000/",
    ],
    [
      "one that starts",
      "127.0.0.1:1",
      [
        ["http", "refused"],
        ["https", "refused"],
        ["http", 200],
      ],
      "http://127.0.0.1:1/",
    ],
    [
      "one that starts between two questions",
      "127.0.0.1:1",
      [
        ["http", "refused"],
        ["https", "tls"],
        ["http", 200],
      ],
      "http://127.0.0.1:1/",
    ],
    [
      "one that restarts",
      "127.0.0.1:1",
      [
        ["http", "broken"],
        ["https", "refused"],
        ["http", 200],
      ],
      "http://127.0.0.1:1/",
    ],
  ];
  for (const [name, at, script, expected] of FOUND) {
    test(name, async () => {
      const { exchange, left } = host(script);
      assert.equal((await findBase(at, { exchange, retry })).href, expected);
      assert.equal(left(), 0);
    });
  }

  test("what answers neither way is told as it is", async () => {
    const refused = host([
      ["http", "refused"],
      ["https", "tls"],
    ]);
    const { message } = await assertCode(
      () => findBase("127.0.0.1:1", { exchange: refused.exchange, retry: { ...retry, maxAttempts: 1 } }),
      "ERR_NETWORK",
    );
    assert.match(message, /^GET "http:\/\/127\.0\.0\.1:1\/v2\/": refused$/);
    const mutual = host([
      ["http", "broken"],
      ["https", "tls"],
    ]);
    await assertCode(() => findBase("127.0.0.1:1", { exchange: mutual.exchange, retry }), "ERR_TLS");
  });

  test("other failures are not asked about twice", async () => {
    let asked = 0;
    const exchange: Exchange = async () => {
      asked += 1;
      throw new TeuError("ERR_PROXY", "no");
    };
    await assertCode(() => findBase("127.0.0.1:1", { exchange, retry }), "ERR_PROXY");
    assert.equal(asked, 1);
  });
});
