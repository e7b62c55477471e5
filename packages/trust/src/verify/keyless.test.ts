import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import type { Descriptor } from "@teu/spec/descriptor";
import { assertCode } from "@teu/testing/assert-code";
import { parseSigningConfig } from "../formats/signing-config.ts";
import { putBundle } from "../sign/place.ts";
import { signImage } from "../sign/sign-image.ts";
import { FAKE_ISSUER, fakeSigstore, fakeToken } from "../testing/fake-sigstore.ts";
import type { Judgement } from "./evidence.ts";
import type { IdentityTrust } from "./trust.ts";
import { verifyImage } from "./verify-image.ts";

const [ours, others] = [await fakeSigstore(), await fakeSigstore()];
const WHO = "dev@example.com";
const identityToken = fakeToken({ sub: "1234", email: WHO, iss: FAKE_ISSUER });
const trust: IdentityTrust = {
  kind: "identity",
  name: "dev",
  identity: WHO,
  issuer: FAKE_ISSUER,
  trustedRoot: ours.trustedRoot,
};

async function signed(): Promise<{ readonly store: MemoryStore; readonly root: Descriptor }> {
  const store = new MemoryStore();
  const image = sampleImage("keyless");
  await putAll(store, image);
  const { services, fetch } = ours;
  await signImage({ store }, image.root, { keyless: { identityToken, services, fetch } });
  return { store, root: image.root };
}

async function judged(
  { store, root }: { readonly store: MemoryStore; readonly root: Descriptor },
  more: Partial<IdentityTrust> = {},
): Promise<Judgement> {
  const [judgement, ...rest] = (await verifyImage(store, root, { trust: [{ ...trust, ...more }] })).judgements;
  assert.ok(judgement !== undefined && rest.length === 0);
  return judgement;
}

const image = await signed();

test("an identity signs, and is verified with nothing but the trusted root", async () => {
  const judgement = await judged(image);
  assert.equal(judgement.refusal, undefined);
  assert.deepEqual(judgement.signer, { kind: "identity", identity: WHO, issuer: FAKE_ISSUER });
  const results = new Map(judgement.checks.map(({ check, result }) => [check, result]));
  assert.equal(results.get("transparency-log"), "passed");
  assert.equal(results.get("certificate-log"), "skipped");
});

test("identity and issuer are compared whole", async () => {
  for (const identity of ["dev@example", "ev@example.com", ".*", "DEV@example.com", "dev@example.com.evil.example", ""])
    assert.equal((await judged(image, { identity })).refusal?.reason, "wrong-identity", identity);
  for (const issuer of [`${FAKE_ISSUER}/`, "https://issuer.example", ""])
    assert.equal((await judged(image, { issuer })).refusal?.reason, "wrong-identity", issuer);
});

test("another instance vouches for nothing", async () => {
  assert.equal((await judged(image, { trustedRoot: others.trustedRoot })).refusal?.reason, "certificate-invalid");
  const keyOnly = await verifyImage(image.store, image.root, { trust: [] });
  assert.equal(keyOnly.judgements[0]?.refusal?.reason, "untrusted-signer");
});

interface BundleJson {
  verificationMaterial: { tlogEntries: Record<string, unknown>[]; certificate: unknown };
  dsseEnvelope: { payload: string; signatures: { sig: string }[] };
}

async function changed(change: (bundle: BundleJson) => void): Promise<Judgement> {
  const { layer } = await judged(image);
  assert.ok(layer !== undefined);
  const text = Buffer.concat(await Array.fromAsync(image.store.openUnverified(layer))).toString();
  const bundle = JSON.parse(text) as BundleJson;
  change(bundle);
  const store = new MemoryStore();
  await putAll(store, sampleImage("keyless"));
  const bytes = Buffer.from(JSON.stringify(bundle));
  await putBundle({ store }, image.root, { bytes, predicateType: "x", nowMs: 0 });
  return await judged({ store, root: image.root });
}

test("without its log entry, with a changed one, or with another's, it does not count", async () => {
  const reasons = [
    await changed(({ verificationMaterial }) => void (verificationMaterial.tlogEntries = [])),
    await changed(({ verificationMaterial: { tlogEntries } }) => void delete tlogEntries[0]?.["inclusionPromise"]),
    await changed(
      ({ verificationMaterial: { tlogEntries } }) => void Object.assign(tlogEntries[0] ?? {}, { integratedTime: "1" }),
    ),
    await changed(
      ({ verificationMaterial: { tlogEntries } }) =>
        void Object.assign(tlogEntries[0] ?? {}, { canonicalizedBody: "e30=" }),
    ),
    await changed(({ dsseEnvelope }) => void (dsseEnvelope.payload = Buffer.from("{}").toString("base64"))),
  ].map(({ refusal }) => refusal?.reason);
  assert.ok(
    reasons.every((reason) => reason !== undefined),
    String(reasons),
  );
  assert.equal(reasons[0], "no-trusted-time");
});

test("a trusted root without a start of validity is refused", async () => {
  const text = new TextDecoder().decode(ours.trustedRoot).replace('"start"', '"begin"');
  const judgement = await judged(image, { trustedRoot: Buffer.from(text) });
  assert.notEqual(judgement.refusal, undefined);
});

test("an identity signs bundles only, and what a service does not do is an error without the token", async () => {
  const { services } = ours;
  const fetch = async (): Promise<Response> => new Response("no", { status: 403 });
  const keyless = { identityToken, services, fetch };
  await assertCode(
    () => signImage(image, image.root, { keyless, forms: ["legacy"], name: "a.example/b" }),
    "ERR_SIGN_UNSUPPORTED",
  );
  const error = await assertCode(() => signImage(image, image.root, { keyless }), "ERR_SERVICE");
  assert.ok(!error.message.includes(identityToken));
  const broken = await assertCode(
    () => signImage(image, image.root, { keyless: { ...keyless, identityToken: "secret" } }),
    "ERR_SERVICE",
  );
  assert.ok(!broken.message.includes("secret"));
});

test("a signing config gives the services of today", () => {
  const service = (url: string, majorApiVersion: number, validFor: object): object => ({
    url,
    majorApiVersion,
    validFor,
    operator: "x",
  });
  const config = {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service("https://ca.example", 1, { start: "2020-01-01T00:00:00Z" })],
    rekorTlogUrls: [
      service("https://log2.example/", 2, { start: "2020-01-01T00:00:00Z" }),
      service("https://log1.example", 1, { start: "2020-01-01T00:00:00Z" }),
      service("https://log3.example", 3, { start: "2020-01-01T00:00:00Z" }),
    ],
    tsaUrls: [service("https://old.example", 1, { start: "2020-01-01T00:00:00Z", end: "2021-01-01T00:00:00Z" })],
  };
  const read = (value: object): unknown =>
    parseSigningConfig(Buffer.from(JSON.stringify(value)), Date.parse("2026-01-01T00:00:00Z"));
  assert.deepEqual(read(config), {
    fulcio: { url: "https://ca.example", version: 1 },
    rekor: { url: "https://log2.example", version: 2 },
  });
  for (const wrong of [
    { ...config, caUrls: [] },
    { ...config, mediaType: "x" },
    { ...config, caUrls: [service("file:///etc", 1, {})] },
  ])
    assertCode(() => read(wrong), "ERR_TRUST_INVALID");
});
