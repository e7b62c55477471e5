import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { before, describe, test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { imageGraph, openImage } from "@teu/content/mutate/image";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { assertCode } from "@teu/testing/assert-code";
import { encryptImage } from "../encryption/encrypt-image.ts";
import { jweWrapper } from "../encryption/jwe-wrapper.ts";
import { checkEvidenceOfEncrypted, evidenceOfEncrypted, isOfEncrypted, withEncrypted } from "./decrypted-evidence.ts";
import type { ImageEvidence } from "./evidence.ts";

const { publicKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PLAIN = sampleImage("plain", { layerBytes: [100, 200] });
const OTHER = sampleImage("other", { layerBytes: [100, 200] });

describe("evidence about an encrypted image", () => {
  const store = new MemoryStore();
  let encrypted: Descriptor;
  let evidence: ImageEvidence;

  before(async () => {
    for (const graph of [PLAIN, OTHER]) await putAll(store, graph);
    const image = await openImage({ root: PLAIN.root, store });
    const wrappers = [jweWrapper([{ key }])];
    const sealed = imageGraph(await encryptImage(image, { wrappers, takes: (index) => index === 1 }, store));
    encrypted = sealed.root;
    const bytes = await readVerified(sealed.store, encrypted);
    evidence = evidenceOfEncrypted({ subjects: [{ subject: encrypted, found: [] }] }, bytes);
  });

  async function check(about: ImageEvidence, { root }: typeof PLAIN): Promise<void> {
    checkEvidenceOfEncrypted(about, root, await readVerified(store, root));
  }

  test("speaks for what the image is decrypted to, and for no other image", async () => {
    assert.ok(isOfEncrypted(evidence));
    await check(evidence, PLAIN);
    await assert.rejects(check(evidence, OTHER), { code: "ERR_EVIDENCE_INVALID" });
  });

  test("does not count with a manifest that is not the one that was signed", async () => {
    const other = await readVerified(store, OTHER.root);
    await assert.rejects(check(evidenceOfEncrypted(evidence, other), PLAIN), { code: "ERR_EVIDENCE_INVALID" });
    const bytes = await readVerified(store, PLAIN.root);
    assertCode(() => checkEvidenceOfEncrypted(evidence, PLAIN.root, other), "ERR_EVIDENCE_INVALID");
    assertCode(() => checkEvidenceOfEncrypted({ subjects: [] }, PLAIN.root, bytes), "ERR_EVIDENCE_INVALID");
  });

  test("does not speak for a manifest with another layer in the place of a plain one", async () => {
    const document = JSON.parse(new TextDecoder().decode(await readVerified(store, PLAIN.root)));
    const [first, second] = document.layers;
    const swaps = [
      [{ ...first, digest: second.digest }, second],
      [first, { ...second, mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }],
      [first, { ...second, size: 1 }],
      [first],
      [first, second, second],
    ];
    for (const layers of swaps) {
      const bytes = new TextEncoder().encode(JSON.stringify({ ...document, layers }));
      const root = await store.ingest([bytes], { mediaType: PLAIN.root.mediaType });
      assertCode(() => checkEvidenceOfEncrypted(evidence, root, bytes), "ERR_EVIDENCE_INVALID");
    }
  });

  test("stands beside what is known of the image itself, by which it can be revoked too", () => {
    const unsigned = { subjects: [{ subject: PLAIN.root, found: [] }] };
    const merged = withEncrypted(unsigned, evidence);
    assert.deepEqual(merged.subjects, evidence.subjects);
    assert.deepEqual(merged.aliases, [PLAIN.root.digest]);
    const found = { form: "unknown", place: "tag", manifest: PLAIN.root, problem: "none" } as const;
    const signed = { subjects: [{ subject: PLAIN.root, found: [found] }] };
    assert.deepEqual(withEncrypted(signed, evidence).subjects, [...signed.subjects, ...evidence.subjects]);
  });
});
