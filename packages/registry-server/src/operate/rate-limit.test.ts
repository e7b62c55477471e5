import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { RegistryRequest } from "../exchange.ts";
import { RateLimit } from "./rate-limit.ts";

function requestOf(client: string): RegistryRequest {
  const query = new URLSearchParams();
  return { method: "GET", path: "/v2/", query, header: () => undefined, body: (async function* () {})(), client };
}

suite("RateLimit", () => {
  test("lets a client send at once what it may send in ten seconds, and then so many a second", () => {
    const clock = { now: 0 };
    const limit = new RateLimit({ perSecond: () => 2, now: () => clock.now });
    const count = (client: string): number => {
      for (let sent = 0; ; sent += 1) {
        const refused = limit.check(requestOf(client));
        if (refused === undefined) continue;
        assert.deepEqual([refused.status, refused.headers["Retry-After"]], [429, "1"]);
        return sent;
      }
    };
    assert.deepEqual([count("a"), count("a"), count("b")], [20, 0, 20]);
    clock.now += 3000;
    assert.equal(count("a"), 6);
    clock.now += 3_600_000;
    assert.equal(count("a"), 20);
  });

  test("says when to come again", () => {
    const limit = new RateLimit({ perSecond: () => 0.1, now: () => 0 });
    assert.equal(limit.check(requestOf("a")), undefined);
    assert.equal(limit.check(requestOf("a"))?.headers["Retry-After"], "10");
  });

  test("of nothing does not limit", () => {
    const limit = new RateLimit({ perSecond: () => 0 });
    for (let sent = 0; sent < 1000; sent += 1) assert.equal(limit.check(requestOf("a")), undefined);
  });
});
