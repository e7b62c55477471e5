import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { DER_TAG } from "./der.ts";
import { writeDer } from "./der-write.ts";
import { generateKey } from "./keys.ts";
import { parseRevocationList } from "./revocation-list.ts";
import { MAX_REVOCATION_POINTS, revocationPoints } from "./revocation-points.ts";
import { derExtension, makeCertificate } from "./testing/make-certificate.ts";
import { derNumber, derPoints, derUri, makeRevocationList, revocationExtensions } from "./testing/make-revocation.ts";

const [rootKey, key] = await Promise.all([generateKey(), generateKey()]);
const root = makeCertificate({ key: rootKey, subject: [["2.5.4.3", "root"]], isAuthority: true });
const leaf = makeCertificate({ key, subject: [["2.5.4.3", "leaf"]], issuer: root });

test("entries are found by their serial number, with reason and dates", () => {
  const other = makeCertificate({ key, subject: [["2.5.4.3", "leaf"]], issuer: root });
  const revokedAtMs = Date.UTC(2026, 0, 1);
  const entry = { certificate: leaf.certificate, reason: 6, revokedAtMs, invalidSinceMs: revokedAtMs - 1000 };
  const list = parseRevocationList(makeRevocationList(root, { entries: [{ certificate: other.certificate }, entry] }));
  const found = [{ revokedAtMs, reason: 6, invalidSinceMs: revokedAtMs - 1000 }];
  assert.deepEqual(list.entriesOf(leaf.certificate), found);
  assert.equal(list.entriesOf(root.certificate).length, 0);
  assert.equal(list.number, 1n);
  assert.ok(list.isSignedBy(root.certificate));
});

test("a list without entries, and one without a next update", () => {
  const list = parseRevocationList(makeRevocationList(root, { nextUpdateMs: undefined }));
  assert.deepEqual([list.entriesOf(leaf.certificate), list.nextUpdateMs], [[], undefined]);
});

test("a list of changes says to what, and the full list where it is", () => {
  const indicator = derExtension("2.5.29.27", derNumber(5), true);
  assert.equal(parseRevocationList(makeRevocationList(root, { extensions: [indicator] })).baseNumber, 5n);
  const freshest = derExtension("2.5.29.46", derPoints(["http://a/delta", "http://b/delta"]));
  const { deltaUrls } = parseRevocationList(makeRevocationList(root, { extensions: [freshest] }));
  assert.deepEqual(deltaUrls, ["http://a/delta", "http://b/delta"]);
});

test("only the issuer, and with a key for lists, signs it", () => {
  const list = parseRevocationList(makeRevocationList(root));
  const subject = [["2.5.4.3", "root"]] as const;
  const stranger = makeCertificate({ key, subject, isAuthority: true });
  const unfit = makeCertificate({ key: rootKey, subject, isAuthority: true, keyUsage: 0x04 });
  assert.deepEqual(
    [stranger, unfit, leaf].map(({ certificate }) => list.isSignedBy(certificate)),
    [false, false, false],
  );
  const changed = makeRevocationList(root, { entries: [{ certificate: leaf.certificate }] });
  const at = Buffer.from(changed).indexOf(Buffer.from(leaf.certificate.serialDer)) + 5;
  changed[at] = (changed[at] ?? 0) ^ 1;
  assert.equal(parseRevocationList(changed).isSignedBy(root.certificate), false);
});

/** The extension that says for what a list is. */
function scoped(...parts: readonly Uint8Array[]): Uint8Array {
  return makeRevocationList(root, {
    extensions: [derExtension("2.5.29.28", writeDer(DER_TAG.sequence, ...parts), true)],
  });
}

const YES = Uint8Array.of(0xff);

test("what a list is for", () => {
  const name = writeDer(0xa0, writeDer(0xa0, derUri("http://a/crl")));
  assert.deepEqual(parseRevocationList(scoped(name, writeDer(0x81, YES))).scope, {
    urls: ["http://a/crl"],
    only: "users",
  });
  assert.deepEqual(parseRevocationList(scoped(writeDer(0x82, YES))).scope, { urls: undefined, only: "authorities" });
});

const REFUSED: readonly (readonly [string, () => Uint8Array])[] = [
  ["for some reasons", () => scoped(writeDer(0x83, Uint8Array.of(1, 0x40)))],
  ["of other issuers", () => scoped(writeDer(0x84, YES))],
  ["of attributes", () => scoped(writeDer(0x85, YES))],
  [
    "with a critical extension of another kind",
    () => makeRevocationList(root, { extensions: [derExtension("1.2.3.4", writeDer(DER_TAG.null), true)] }),
  ],
  ["cut short", () => makeRevocationList(root).subarray(0, 80)],
  ["no DER", () => Buffer.from("<html>")],
];

for (const [name, make] of REFUSED)
  test(`refused: a list ${name}`, async () => {
    await assertCode(async () => parseRevocationList(make()), "ERR_REVOCATION_INVALID");
  });

test("an entry may be there many times", () => {
  const entries = Array.from({ length: 200 }, () => ({ certificate: root.certificate }));
  const few = makeRevocationList(root, { entries });
  assert.equal(parseRevocationList(few).entriesOf(root.certificate).length, 200);
});

test("certificates say where to ask", async () => {
  const points = { ocsp: ["http://a/ocsp", "http://b/ocsp"], crl: ["http://a/crl"] };
  const options = { key, subject: [["2.5.4.3", "leaf"]], issuer: root } as const;
  const made = makeCertificate({ ...options, extensions: revocationExtensions(points) });
  assert.deepEqual(revocationPoints(made.certificate), points);
  assert.deepEqual(revocationPoints(leaf.certificate), { ocsp: [], crl: [] });
  const many = Array.from({ length: MAX_REVOCATION_POINTS + 1 }, (_, at) => `http://a/${at}`);
  const crowded = makeCertificate({ ...options, extensions: revocationExtensions({ ocsp: many }) });
  await assertCode(async () => revocationPoints(crowded.certificate), "ERR_DER_INVALID");
});
