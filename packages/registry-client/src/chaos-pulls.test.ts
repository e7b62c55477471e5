import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ALWAYS, METADATA, QUIET_MS, type Scenario, blob, manifest, on, status, testChaos } from "./testing/chaos.ts";

const SCENARIOS: readonly Scenario[] = [
  {
    name: "connections dropped",
    rules: [blob({ kind: "drop" }, { times: 3 }), manifest({ kind: "drop" })],
  },
  { name: "a body that breaks off once", rules: [blob({ kind: "cut", after: 100_000 })] },
  {
    name: "bodies that break off five times",
    rules: [blob({ kind: "cut", after: 50_000 }, { times: 5 })],
  },
  { name: "a manifest that breaks off", rules: [manifest({ kind: "cut", after: 20 })] },
  {
    name: "bodies that always break off at once",
    rules: [blob({ kind: "cut", after: 0 }, ALWAYS)],
    code: "ERR_NETWORK",
  },
  { name: "a body that goes silent", rules: [blob({ kind: "stall", after: 70_000 })] },
  {
    name: "bodies that always go silent",
    rules: [blob({ kind: "stall", after: 10 }, ALWAYS)],
    code: "ERR_NETWORK_TIMEOUT",
  },
  { name: "an answer that comes late", rules: [blob({ kind: "delay", ms: QUIET_MS / 2 })] },
  {
    name: "an answer that never comes",
    rules: [manifest({ kind: "delay", ms: 3 * QUIET_MS }, ALWAYS)],
    code: "ERR_NETWORK_TIMEOUT",
  },
  { name: "503 twice", rules: [blob(status(503), { times: 2 })] },
  { name: "500, 502 and 504", rules: [500, 502, 504].map((code) => manifest(status(code))) },
  { name: "503 for ever", rules: [manifest(status(503), ALWAYS)], code: "ERR_REGISTRY_STATUS" },
  { name: "429 with Retry-After", rules: [blob(status(429, { "retry-after": "1" }))] },
  {
    name: "429 with a day to wait",
    rules: [manifest(status(429, { "retry-after": "86400" }), ALWAYS)],
    code: "ERR_RATE_LIMITED",
  },
  { name: "429 with nonsense", rules: [manifest(status(429, { "retry-after": "soon" }))] },
  { name: "a flipped bit in a blob", rules: [blob({ kind: "flip", at: 5 })], code: "ERR_BLOB_DIGEST" },
  {
    name: "a flipped bit in a manifest",
    rules: [manifest({ kind: "flip", at: 5 })],
    code: "ERR_BLOB_DIGEST",
  },
  { name: "a blob too short", rules: [blob({ kind: "resize", to: 1000 })], code: "ERR_BLOB_SIZE" },
  { name: "a blob too long", rules: [blob({ kind: "resize", to: 4_000_000 })], code: "ERR_BLOB_SIZE" },
  { name: "a manifest without end", rules: [manifest({ kind: "endless" })], code: "ERR_BLOB_SIZE" },
  { name: "a blob without end", rules: [blob({ kind: "endless" })], code: "ERR_BLOB_SIZE" },
  {
    name: "an error without end",
    rules: [manifest({ kind: "status", status: 400, body: new Uint8Array(5_000_000).fill(65) })],
    code: "ERR_REGISTRY_STATUS",
  },
  {
    name: "ranges that the registry does not know",
    rules: [blob({ kind: "cut", after: 500_000 }), blob({ kind: "headers", headers: {} }, { skip: 3 })],
  },
  {
    name: "a range that begins elsewhere",
    rules: [
      blob({ kind: "cut", after: 500_000 }, { times: 3 }),
      blob({ kind: "headers", headers: { "content-range": "bytes 7-9/3000000" } }, ALWAYS),
    ],
    code: "ERR_REGISTRY_ANSWER",
  },
  { name: "blobs that are gone", rules: [blob(status(404))], code: "ERR_BLOB_MISSING" },
  {
    name: "redirects in a circle",
    rules: [
      blob({ kind: "redirect", to: "/v2/team/app/blobs/x" }, ALWAYS),
      on("GET", "blobs/x", { kind: "redirect", to: "/v2/team/app/blobs/x" }, ALWAYS),
    ],
    code: "ERR_REDIRECT",
  },
  {
    name: "a redirect to a cloud's secrets",
    rules: [blob({ kind: "redirect", to: METADATA })],
    code: "ERR_ADDRESS_REFUSED",
  },
  {
    name: "a redirect to a file",
    rules: [blob({ kind: "redirect", to: "file:///etc/passwd" })],
    code: "ERR_ADDRESS_REFUSED",
  },
  {
    name: "a redirect to nowhere",
    rules: [blob({ kind: "status", status: 307 })],
    code: "ERR_REDIRECT",
  },
  {
    name: "a redirect with a password in it",
    rules: [blob({ kind: "redirect", to: "http://me:pw@127.0.0.1:1/" })],
    code: "ERR_REDIRECT",
  },
  { name: "a refusal", rules: [manifest(status(403))], code: "ERR_FORBIDDEN" },
  {
    name: "a challenge that is none",
    rules: [manifest(status(401, { "www-authenticate": '""' }))],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "parallel ranges that break off",
    ranges: 3,
    rules: [blob({ kind: "cut", after: 30_000 }, { times: 4 })],
  },
  {
    name: "parallel ranges with a flipped bit",
    ranges: 3,
    rules: [blob({ kind: "flip", at: 9 }, { times: 3 })],
    code: "ERR_BLOB_DIGEST",
  },
];

suite("pulls from a registry that does wrong", { concurrency: 8 }, () => {
  test("at least 25 scenarios", () => assert.ok(SCENARIOS.length >= 25));
  testChaos("pull", SCENARIOS);
});
