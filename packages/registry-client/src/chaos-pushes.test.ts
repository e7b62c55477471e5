import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openLayout } from "@teu/content/layout-store";
import { tempDir } from "@teu/testing/temp-dir";
import { ALWAYS, LARGEST, METADATA, type Scenario, on, status, testChaos } from "./testing/chaos.ts";
import type { Fault } from "./testing/faults.ts";

const BUSY: Fault = {
  kind: "status",
  status: 400,
  body: JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_INVALID", message: "under way" }] }),
};

const SCENARIOS: readonly Scenario[] = [
  {
    name: "an upload cut short",
    rules: [on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 })],
  },
  {
    name: "an upload cut short, and again",
    rules: [
      on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }),
      on("PATCH", "", { kind: "cut-request", after: 500_000 }, { times: 2 }),
    ],
  },
  {
    name: "an upload cut short, of which nothing is kept",
    options: { dropsBrokenChunks: true },
    rules: [on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }, { times: 2 })],
  },
  {
    name: "an upload cut short and forgotten",
    rules: [on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }), on("GET", "/uploads/", status(404))],
  },
  {
    name: "uploads that get only so far, and are forgotten then",
    rules: [
      on("PUT", LARGEST, { kind: "cut-request", after: 2_000_000 }, ALWAYS),
      on("PATCH", "", { kind: "drop" }, ALWAYS),
      // Every other time.
      ...Array.from({ length: 30 }, (_, at) => on("GET", "/uploads/", status(404), { skip: at + 1 })),
    ],
    code: "ERR_NETWORK",
  },
  { name: "an upload whose answer is lost", rules: [on("PUT", LARGEST, { kind: "mute" })] },
  ...[400, 404, 410].map((code) => ({
    name: `an upload whose answer is lost, and ${code} afterwards`,
    rules: [on("PUT", LARGEST, { kind: "mute" }), on("GET", "/uploads/", status(code))],
  })),
  {
    name: "chunks cut short",
    options: { chunkMinBytes: 500_000 },
    rules: [on("PATCH", "", { kind: "cut-request", after: 100_000 }, { times: 3, skip: 1 })],
  },
  {
    name: "a chunk whose answer is lost",
    options: { chunkMinBytes: 1_000_000 },
    rules: [on("PATCH", "", { kind: "mute" }, { skip: 1 })],
  },
  {
    name: "a push whose answer is lost",
    rules: [on("PUT", "/uploads/", { kind: "mute" }, { times: 2 })],
  },
  {
    name: "small content that breaks off",
    rules: [on("PUT", "/uploads/", { kind: "cut-request", after: 100 }, { times: 3 })],
  },
  { name: "a manifest whose answer is lost", rules: [on("PUT", "/manifests/", { kind: "mute" })] },
  {
    name: "an upload that is forgotten",
    rules: [on("PUT", LARGEST, status(404)), on("GET", "/uploads/", status(404))],
  },
  {
    name: "chunks that are forgotten",
    options: { chunkMinBytes: 1_000_000 },
    rules: [on("PATCH", "", status(404), { skip: 1 }), on("GET", "/uploads/", status(404))],
  },
  {
    name: "uploads that others write to",
    rules: [
      on("PUT", LARGEST, BUSY, { times: 2 }),
      on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }),
      on("PATCH", "", BUSY, { times: 2 }),
    ],
  },
  {
    name: "uploads that are always forgotten",
    rules: [on("PUT", LARGEST, status(404), ALWAYS), on("GET", "/uploads/", status(404), ALWAYS)],
    code: "ERR_REGISTRY_STATUS",
  },
  { name: "uploads that begin badly", rules: [on("POST", "", status(503), { times: 2 })] },
  {
    name: "uploads without an address",
    rules: [on("POST", "", { kind: "headers", headers: { location: "" } })],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "an upload at a cloud's secrets",
    rules: [on("POST", "", { kind: "headers", headers: { location: METADATA } })],
    code: "ERR_ADDRESS_REFUSED",
  },
  {
    name: "an upload at a file",
    rules: [on("POST", "", { kind: "headers", headers: { location: "file:///tmp/x" } })],
    code: "ERR_REGISTRY_ANSWER",
  },
  { name: "an upload at another host", options: { uploadHost: "localhost" }, rules: [] },
  {
    name: "progress that never comes",
    options: { chunkMinBytes: 1_000_000 },
    rules: [on("PATCH", "", { kind: "headers", headers: { range: "0-0" } }, ALWAYS)],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "progress beyond the end",
    options: { chunkMinBytes: 1_000_000 },
    rules: [on("PATCH", "", { kind: "headers", headers: { range: "0-99999999" } })],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "progress of a broken upload beyond the end",
    rules: [
      on("PUT", LARGEST, { kind: "cut-request", after: 1_000_000 }),
      on("GET", "/uploads/", { kind: "headers", headers: { range: "0-99999999" } }),
    ],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "chunks of a size beyond memory",
    options: { chunkMinBytes: 1e12 },
    rules: [],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "another digest stored",
    rules: [
      on("PUT", "/uploads/", { kind: "headers", headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` } }),
    ],
    code: "ERR_REGISTRY_ANSWER",
  },
  {
    name: "a full registry",
    rules: [on("PUT", "/manifests/", status(413))],
    code: "ERR_REGISTRY_STATUS",
  },
  {
    name: "429 in the middle of a push",
    rules: [on("PUT", LARGEST, status(429, { "retry-after": "0" })), on("PUT", "/manifests/", status(429))],
  },
];

suite("pushes to a registry that does wrong", { concurrency: 8 }, () => {
  test("at least 25 scenarios", () => assert.ok(SCENARIOS.length >= 25));
  testChaos("push", SCENARIOS);
});

suite("pushes from files to a registry that does wrong", { concurrency: 8 }, () =>
  testChaos("push", SCENARIOS, async () => {
    const dir = await tempDir();
    const store = await openLayout(dir.join("layout"), { create: true });
    return { store, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
  }),
);
