import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { generateKey } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import type { Descriptor } from "@teu/spec/descriptor";
import { parseReference } from "@teu/spec/reference";
import { assertCode } from "@teu/testing/assert-code";
import { attestImage } from "../attest/attest.ts";
import { readAttestations } from "../attest/read-attestations.ts";
import { signImage } from "../sign/sign-image.ts";
import { signTag } from "../sign/sign-tag.ts";
import { verifyImage } from "./verify-image.ts";
import { type SeenTag, type TagMemory, type TagVerdict, verifyTag } from "./verify-tag.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;
const name = parseReference("registry.example.com/team/app:stable");
const key = await generateKey();
const signer = keySigner(key);

function newMemory(): TagMemory {
  const seen = new Map<string, SeenTag>();
  return {
    last: async (tag) => seen.get(tag),
    remember: async (tag, now) => void seen.set(tag, now),
  };
}

async function images(...names: readonly string[]): Promise<{ store: MemoryStore; roots: readonly Descriptor[] }> {
  const store = new MemoryStore();
  const graphs = names.map((each) => sampleImage(each));
  for (const graph of graphs) await putAll(store, graph);
  return { store, roots: graphs.map(({ root }) => root) };
}

function verdictOf(
  store: MemoryStore,
  root: Descriptor,
  more: { memory?: TagMemory; nowMs?: number } = {},
): Promise<TagVerdict> {
  const trust = [{ kind: "key", name: "k", key }] as const;
  return verifyTag(store, root, { trust, name, memory: newMemory(), nowMs: NOW, ...more });
}

test("a tag is accepted by its record while that holds, for its name and image only", async () => {
  const {
    store,
    roots: [root, other],
  } = await images("a", "b");
  assert.ok(root !== undefined && other !== undefined);
  await signTag({ store }, root, { signer, name, expiresMs: NOW + DAY, nowMs: NOW });
  const verdict = await verdictOf(store, root);
  assert.ok(verdict.accepted);
  assert.deepEqual(verdict.record, {
    repository: "registry.example.com/team/app",
    tag: "stable",
    sequence: NOW / 1000,
    issuedMs: NOW,
    expiresMs: NOW + DAY,
  });
  assert.equal((await verdictOf(store, root, { nowMs: NOW + DAY })).judgements[0]?.refusal?.reason, "expired");
  assert.equal((await verdictOf(store, root, { nowMs: NOW - DAY })).judgements[0]?.refusal?.reason, "expired");
  assert.equal((await verdictOf(store, other)).problem, "there is no attestation");
  const wrong = {
    trust: [{ kind: "key", name: "k", key }],
    name: parseReference("registry.example.com/team/app:v2"),
    memory: newMemory(),
    nowMs: NOW,
  } as const;
  assert.equal((await verifyTag(store, root, wrong)).judgements[0]?.refusal?.reason, "other-name");
});

test("a tag does not go back to an image that it stood for before", async () => {
  const {
    store,
    roots: [old, present],
  } = await images("old", "present");
  assert.ok(old !== undefined && present !== undefined);
  await signTag({ store }, old, { signer, name, expiresMs: NOW + DAY, nowMs: NOW, sequence: 1 });
  await signTag({ store }, present, { signer, name, expiresMs: NOW + DAY, nowMs: NOW, sequence: 2 });
  const memory = newMemory();
  assert.ok((await verdictOf(store, old, { memory })).accepted);
  assert.ok((await verdictOf(store, present, { memory })).accepted);
  const back = await verdictOf(store, old, { memory });
  assert.ok(!back.accepted);
  assert.equal(back.judgements[0]?.refusal?.reason, "rolled-back");
  assert.match(back.problem ?? "", /sequence 1, and 2 was seen before/);
});

test("one sequence stands for one image", async () => {
  const {
    store,
    roots: [one, two],
  } = await images("one", "two");
  assert.ok(one !== undefined && two !== undefined);
  for (const root of [one, two])
    await signTag({ store }, root, { signer, name, expiresMs: NOW + DAY, nowMs: NOW, sequence: 7 });
  const memory = newMemory();
  assert.ok((await verdictOf(store, one, { memory })).accepted);
  assert.equal((await verdictOf(store, two, { memory })).judgements[0]?.refusal?.reason, "rolled-back");
});

test("a signature is no record, and a record is no signature", async () => {
  const {
    store,
    roots: [root],
  } = await images("a");
  assert.ok(root !== undefined);
  await signImage({ store }, root, { signer, forms: ["bundle"] });
  assert.equal((await verdictOf(store, root)).judgements[0]?.refusal?.reason, "not-a-signature");
  const { store: other } = await images("a");
  await signTag({ store: other }, root, { signer, name, expiresMs: NOW + DAY, nowMs: NOW });
  const verdict = await verifyImage(other, root, { trust: [{ kind: "key", name: "k", key }] });
  assert.equal(verdict.judgements[0]?.refusal?.reason, "not-a-signature");
});

test("records that could not be verified are not made", async () => {
  const {
    store,
    roots: [root],
  } = await images("a");
  assert.ok(root !== undefined);
  const untagged = parseReference("registry.example.com/team/app");
  await assertCode(
    () => signTag({ store }, root, { signer, name: untagged, expiresMs: NOW + 1, nowMs: NOW }),
    "ERR_TAG_RECORD_INVALID",
  );
  await assertCode(
    () => signTag({ store }, root, { signer, name, expiresMs: NOW, nowMs: NOW }),
    "ERR_TAG_RECORD_INVALID",
  );
});

test("an attestation is made in both forms, read back, and verified by its kind", async () => {
  const {
    store,
    roots: [root],
  } = await images("a");
  assert.ok(root !== undefined);
  const predicateType = "https://slsa.dev/provenance/v1";
  await attestImage({ store }, root, {
    signer,
    predicateType,
    predicate: { buildDefinition: {} },
    name: "registry.example.com/team/app",
  });
  const read = await Array.fromAsync(readAttestations(store, root));
  assert.deepEqual(
    read.map(({ form, isAboutImage }) => [form, isAboutImage]),
    [
      ["bundle", true],
      ["dsse", true],
    ],
  );
  const trust = [{ kind: "key", name: "k", key }] as const;
  assert.ok((await verifyImage(store, root, { trust, predicateType })).accepted);
  assert.ok(!(await verifyImage(store, root, { trust, predicateType: "https://spdx.dev/Document" })).accepted);
  assert.ok(!(await verifyImage(store, root, { trust })).accepted);
});
