import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithinReach, nearer, reachOf } from "./address.ts";

test("reachOf() knows where addresses lie, however they are written", () => {
  const cases = {
    public: ["example.com", "8.8.8.8", "[2001:db8::1]", "172.15.0.1", "172.32.0.1", "100.128.0.1", "::ffff:8.8.8.8"],
    private: [
      "10.1.2.3",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "100.64.0.1",
      "[fd12::1]",
      "[fc00::]",
      "224.0.0.1",
    ],
    loopback: ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "0.0.0.0", "[::1]", "[::]", "[::ffff:7f00:1]"],
    "link-local": [
      "169.254.169.254",
      "[fe80::1]",
      "fe80::1%eth0",
      "[fd00:ec2::254]",
      "100.100.100.200",
      "168.63.129.16",
      "metadata.google.internal",
      "METADATA.google.internal.",
      "[::ffff:169.254.169.254]",
      "[64:ff9b::a9fe:a9fe]",
      "[2002:a9fe:a9fe::]",
    ],
  } as const;
  for (const [reach, hosts] of Object.entries(cases)) {
    for (const host of hosts) assert.equal(reachOf(host), reach, host);
  }
});

test("what URLs make of numbers is seen through", () => {
  for (const text of ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/"]) {
    assert.equal(reachOf(new URL(text).hostname), "loopback", text);
  }
});

test("reaches have an order", () => {
  assert.ok(isWithinReach("public", "private") && isWithinReach("loopback", "loopback"));
  assert.ok(!isWithinReach("link-local", "loopback"));
  assert.equal(nearer("private", "public"), "private");
});
