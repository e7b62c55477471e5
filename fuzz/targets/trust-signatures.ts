/**
 * Every format of signature: whatever is changed in a good one is refused, or says the very same as before. The first byte
 * of an input chooses the format.
 */
import assert from "node:assert/strict";
import { type KeyObject, generateKeyPairSync } from "node:crypto";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { keySigner } from "@teu/pki/signature";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import type { Descriptor } from "@teu/spec/descriptor";
import { attestImage } from "@teu/trust/attest/attest";
import { type Found, gather } from "@teu/trust/find/gather";
import { SIGN_FORMS, signImage } from "@teu/trust/sign/sign-image";
import { judge } from "@teu/trust/verify/judge";
import type { Claims } from "@teu/trust/verify/evidence";
import type { Trust } from "@teu/trust/verify/trust";
import type { FuzzTarget } from "../target.ts";

const NOW_MS = Date.now();
const newKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const key = newKey();
const root = makeCertificate({ key: newKey(), subject: [["2.5.4.3", "root"]], isAuthority: true });
const leaf = makeCertificate({ key, subject: [["2.5.4.3", "leaf"]], issuer: root });
const trust: readonly Trust[] = [
  { kind: "key", name: "key", key },
  { kind: "certificates", name: "ca", anchors: [root.certificate] },
];
const { subject, good } = await makeGood();

export const target: FuzzTarget = {
  name: "trust-signatures",
  *seeds() {
    for (const [at, { found }] of good.entries()) yield Uint8Array.from([at, ...found.bytes]);
  },
  async run(input) {
    const [at = 0] = input;
    const { found, claims } = good[at % good.length] ?? {};
    if (found === undefined) return;
    const judgement = await judge({ ...found, bytes: input.subarray(1) }, { subject, trust, nowMs: NOW_MS });
    if (judgement.refusal === undefined) assert.deepEqual(judgement.claims, claims);
    else assert.equal(judgement.claims, undefined);
  },
};

interface Good {
  readonly found: Found;
  readonly claims: Claims | undefined;
}

async function makeGood(): Promise<{ readonly subject: Descriptor; readonly good: readonly Good[] }> {
  const store = new MemoryStore();
  const image = sampleImage("fuzzed");
  await putAll(store, image);
  const signer = keySigner(key);
  const chain = [leaf.certificate, root.certificate];
  const name = "registry.example.com/team/app:v1";
  const annotations = { stage: "prod" };
  const forms = SIGN_FORMS;
  await signImage({ store }, image.root, { signer, chain, name, annotations, forms, expiresMs: NOW_MS + 3_600_000 });
  await attestImage({ store }, image.root, { signer, predicateType: "https://example.com/fact", predicate: { a: 1 } });
  const made: Good[] = [];
  for await (const found of gather(store, image.root)) {
    if (found.form === "unknown") throw new Error(found.problem);
    const { claims, refusal } = await judge(found, { subject: image.root, trust, nowMs: NOW_MS });
    assert.equal(refusal, undefined);
    made.push({ found, claims });
  }
  return { subject: image.root, good: made };
}
