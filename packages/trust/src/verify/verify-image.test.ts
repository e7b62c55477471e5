import assert from "node:assert/strict";
import { test } from "node:test";
import { copy } from "@teu/content/copy";
import { nameBytes } from "@teu/content/overlay";
import { MemoryStore } from "@teu/content/memory-store";
import { type SampleGraph, putAll, sampleImage, sampleIndex } from "@teu/content/testing/samples";
import { generateKey, keyHint } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import { parseReference } from "@teu/spec/reference";
import { assertCode } from "@teu/testing/assert-code";
import { legacyTag } from "../formats/legacy.ts";
import { type SignForm, type SignOptions, signImage, signTree } from "../sign/sign-image.ts";
import { putBundle } from "../sign/place.ts";
import type { Judgement } from "./evidence.ts";
import type { Trust } from "./trust.ts";
import { type Requirement, type Verdict, verifyImage } from "./verify-image.ts";

const NAME = "registry.example.com/team/app:v1";
const [key, otherKey] = [await generateKey(), await generateKey()];
const trust: Trust = { kind: "key", name: "release", key };

const authorityKey = await generateKey();
const authority = makeCertificate({ key: authorityKey, subject: [["2.5.4.3", "root"]], isAuthority: true });
const signing = makeCertificate({
  key,
  subject: [
    ["2.5.4.6", "CH"],
    ["2.5.4.3", "signer"],
  ],
  issuer: authority,
});
const chain = [signing.certificate, authority.certificate];
const certificateTrust: Trust = { kind: "certificates", name: "ca:example", anchors: [authority.certificate] };

async function signedImage(options: Partial<SignOptions> = {}): Promise<{ store: MemoryStore; graph: SampleGraph }> {
  const store = new MemoryStore();
  const graph = sampleImage("app");
  await putAll(store, graph);
  await signImage({ store }, graph.root, { signer: keySigner(key), name: NAME, ...options });
  return { store, graph };
}

async function verdictOf(
  { store, graph }: { readonly store: MemoryStore; readonly graph: SampleGraph },
  requirement: Partial<Requirement> = {},
): Promise<Verdict> {
  return await verifyImage(store, graph.root, { trust: [trust], ...requirement });
}

function reasons({ judgements }: Verdict): readonly (string | undefined)[] {
  return judgements.map(({ refusal }: Judgement) => refusal?.reason);
}

test("an image is signed in both forms, and each counts for the same signer", async () => {
  const signed = await signedImage({ annotations: { stage: "prod" } });
  const verdict = await verdictOf(signed, { name: parseReference(NAME), annotations: { stage: "prod" } });
  assert.ok(verdict.accepted);
  assert.deepEqual(verdict.signers, ["release"]);
  assert.deepEqual(
    verdict.judgements.map(({ form, place }) => `${form} ${place}`),
    ["bundle referrer", "simple-signing tag"],
  );
  for (const { signer, checks } of verdict.judgements) {
    assert.deepEqual(signer, { kind: "key", hint: keyHint(key) });
    assert.equal(checks.find(({ check }) => check === "transparency-log")?.result, "skipped");
  }
});

test("another key is not trusted", async () => {
  const verdict = await verdictOf(await signedImage(), { trust: [{ kind: "key", name: "other", key: otherKey }] });
  assert.ok(!verdict.accepted);
  assert.deepEqual(reasons(verdict), ["untrusted-signer", "untrusted-signer"]);
  for (const { signer, claims } of verdict.judgements) assert.deepEqual([signer, claims], [undefined, undefined]);
});

test("signatures that were moved to another image are about another digest", async () => {
  const { store, graph } = await signedImage();
  const victim = sampleImage("victim");
  await putAll(store, victim);
  const from = await store.resolve(legacyTag(graph.root.digest, "sig"));
  assert.ok(from !== undefined);
  await store.tag(legacyTag(victim.root.digest, "sig"), from);
  for await (const bundle of store.referrers(graph.root)) {
    const bytes = await store.openUnverified(bundle).next();
    const text = Buffer.from(bytes.value ?? [])
      .toString()
      .replace(/("subject":\{[^}]*"digest":")[^"]+(","size":)\d+/, `$1${victim.root.digest}$2${victim.root.size}`);
    const moved = nameBytes(Buffer.from(text), bundle);
    await store.put(moved.descriptor, [moved.bytes]);
    await store.keep(moved.descriptor);
  }
  const verdict = await verifyImage(store, victim.root, { trust: [trust] });
  assert.deepEqual(reasons(verdict), ["other-digest", "other-digest"]);
});

test("a signature for another name or tag does not count, and one without a name only if that is allowed", async () => {
  const signed = await signedImage();
  const other = await verdictOf(signed, { name: parseReference("registry.example.com/team/app:v2"), nameless: false });
  assert.deepEqual(new Set(reasons(other)), new Set(["name-not-signed", "other-name"]));
  assert.match(other.problem ?? "", /no signature counts/);
  const same = await verdictOf(signed, { name: parseReference(NAME), nameless: false });
  assert.ok(same.accepted);
});

test("annotations that are asked for have to be signed", async () => {
  const verdict = await verdictOf(await signedImage({ annotations: { stage: "test" } }), {
    annotations: { stage: "prod" },
  });
  assert.deepEqual(reasons(verdict), ["annotations-missing", "annotations-missing"]);
});

test("thresholds count signers, not signatures", async () => {
  const signed = await signedImage();
  await signImage({ store: signed.store }, signed.graph.root, { signer: keySigner(key), name: NAME });
  const both: readonly Trust[] = [trust, { kind: "key", name: "second", key: otherKey }];
  assert.ok(!(await verdictOf(signed, { trust: both, threshold: 2 })).accepted);
  await signImage({ store: signed.store }, signed.graph.root, { signer: keySigner(otherKey), forms: ["bundle"] });
  const verdict = await verdictOf(signed, { trust: both, threshold: 2 });
  assert.ok(verdict.accepted);
  assert.deepEqual(new Set(verdict.signers), new Set(["release", "second"]));
  const same: readonly Trust[] = [trust, { ...trust, name: "again" }];
  assert.ok(!(await verdictOf(await signedImage(), { trust: same, threshold: 2 })).accepted);
});

test("every byte of a bundle counts: what is changed is refused, or says the same", async () => {
  const { store, graph } = await signedImage({ forms: ["bundle"] });
  const [bundle] = (await verdictOf({ store, graph })).judgements;
  assert.ok(bundle?.layer !== undefined);
  const bytes = Buffer.concat(await Array.fromAsync(store.openUnverified(bundle.layer)));
  for (let at = 0; at < bytes.length; at += 11) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const other = new MemoryStore();
    await copy(store, other, graph.root);
    await putBundle({ store: other }, graph.root, { bytes: changed, predicateType: "x", nowMs: 0 });
    const verdict = await verifyImage(other, graph.root, { trust: [trust] });
    const [judgement] = verdict.judgements;
    if (verdict.accepted) assert.deepEqual(judgement?.claims, bundle.claims);
    else assert.ok(["unreadable", "untrusted-signer"].includes(judgement?.refusal?.reason ?? ""));
  }
});

test("more signatures than are read do not hang or hide: they are refused as a whole", async () => {
  const { store, graph } = await signedImage({ forms: ["legacy"] });
  for (let round = 0; round < 4; round += 1)
    await signImage({ store }, graph.root, { signer: keySigner(otherKey), forms: ["legacy"], name: NAME });
  assert.ok((await verdictOf({ store, graph }, { maxManifests: 5 })).accepted);
  assert.deepEqual(reasons(await verdictOf({ store, graph }, { maxManifests: 4 })), ["unreadable"]);
});

test("an image without signatures is not accepted", async () => {
  const store = new MemoryStore();
  const graph = sampleImage("bare");
  await putAll(store, graph);
  assert.equal((await verifyImage(store, graph.root, { trust: [trust] })).problem, "there is no signature");
});

test("an index is signed with all that is below it", async () => {
  const store = new MemoryStore();
  const images = [sampleImage("one"), sampleImage("two")];
  const index = sampleIndex(images.map((image) => [image]));
  await putAll(store, index);
  const signed = await signTree({ store }, index.root, { signer: keySigner(key), forms: ["bundle"] });
  assert.equal(signed.length, 3);
  for (const root of [index.root, ...images.map((image) => image.root)])
    assert.ok((await verifyImage(store, root, { trust: [trust] })).accepted);
});

for (const form of ["notation-jws", "notation-cose"] as const satisfies readonly SignForm[]) {
  test(`${form}: signed, verified, and refused when it should be`, async () => {
    const expiresMs = Date.now() + 3_600_000;
    const signed = await signedImage({ forms: [form], chain, annotations: { a: "b" }, expiresMs });
    const wanted = { trust: [certificateTrust], annotations: { a: "b" } };
    assert.ok((await verdictOf(signed, wanted)).accepted);
    assert.deepEqual(reasons(await verdictOf(signed, { ...wanted, nowMs: expiresMs })), ["expired"]);
    assert.deepEqual(reasons(await verdictOf(signed, { trust: [trust] })), ["untrusted-signer"]);
    const subject = { ...certificateTrust, subjects: [{ CN: "another" }] };
    assert.deepEqual(reasons(await verdictOf(signed, { trust: [subject] })), ["wrong-identity"]);
    const exact = { ...certificateTrust, subjects: [{ CN: "signer", C: "CH" }] };
    assert.ok((await verdictOf(signed, { trust: [exact] })).accepted);
    const late = await signedImage({ forms: [form], chain });
    assert.deepEqual(reasons(await verdictOf(late, { ...wanted, annotations: {}, nowMs: Date.now() + 9e10 })), [
      "certificate-invalid",
    ]);
  });
}

test("what a key cannot sign is refused before anything is written", async () => {
  const store = new MemoryStore();
  const graph = sampleImage("app");
  await putAll(store, graph);
  const signer = keySigner(key);
  await assertCode(() => signImage({ store }, graph.root, { signer }), "ERR_SIGN_UNSUPPORTED");
  await assertCode(() => signImage({ store }, graph.root, { signer, forms: ["notation-jws"] }), "ERR_SIGN_UNSUPPORTED");
  const other = { signer: keySigner(otherKey), forms: ["notation-jws"], chain } as const;
  await assertCode(() => signImage({ store }, graph.root, other), "ERR_SIGN_UNSUPPORTED");
  assert.deepEqual(await Array.fromAsync(store.referrers(graph.root)), []);
});
