import assert from "node:assert/strict";
import { test } from "node:test";
import { isTeuError } from "@teu/std/error";
import { assertCode } from "@teu/testing/assert-code";
import { generateKey } from "./keys.ts";
import { OCSP_NONCE_BYTES, verifyOcspResponse, writeOcspRequest } from "./ocsp.ts";
import { makeCertificate, type NewCertificate, type TestIdentity } from "./testing/make-certificate.ts";
import { makeOcspResponse, type NewAnswer } from "./testing/make-revocation.ts";

const [rootKey, key, otherKey] = await Promise.all([generateKey(), generateKey(), generateKey()]);
const root = makeCertificate({ key: rootKey, subject: [["2.5.4.3", "root"]], isAuthority: true });
const leaf = makeCertificate({ key, subject: [["2.5.4.3", "leaf"]], issuer: root });
const stranger = makeCertificate({ key: otherKey, subject: [["2.5.4.3", "root"]], isAuthority: true });
const question = {
  certificate: leaf.certificate,
  issuer: root.certificate,
  nonce: new Uint8Array(OCSP_NONCE_BYTES).fill(7),
};
const OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";

function responder(more: Partial<NewCertificate> = {}): TestIdentity {
  const options = {
    key: otherKey,
    subject: [["2.5.4.3", "responder"]],
    issuer: root,
    purposes: [OCSP_SIGNING],
  } as const;
  return makeCertificate({ ...options, ...more });
}

function answerOf(by: TestIdentity, answer: NewAnswer = {}): ReturnType<typeof verifyOcspResponse> {
  return verifyOcspResponse(makeOcspResponse(writeOcspRequest(question), by, answer), question, Date.now());
}

test("the issuer and whom it lets answer are believed", () => {
  assert.equal(answerOf(root).status, "good");
  assert.equal(answerOf(root, { status: "revoked" }).status, "revoked");
  assert.equal(answerOf(root, { status: "unknown" }).status, "unknown");
  assert.equal(answerOf(root, { hasCertificate: false }).responder, undefined);
  const delegate = responder();
  assert.deepEqual(answerOf(delegate).responder, delegate.certificate);
});

test("times and dates are told as they stand", () => {
  const invalidSinceMs = Date.UTC(2026, 1, 2);
  const nextUpdateMs = Date.UTC(2030, 1, 1);
  const answer = answerOf(root, { status: "revoked", nextUpdateMs, invalidSinceMs, thisUpdateMs: invalidSinceMs });
  assert.deepEqual(
    [answer.invalidSinceMs, answer.nextUpdateMs, answer.thisUpdateMs],
    [invalidSinceMs, nextUpdateMs, invalidSinceMs],
  );
  assert.equal(answerOf(root, { nextUpdateMs: undefined }).nextUpdateMs, undefined);
});

const REFUSED: readonly (readonly [string, RegExp, () => unknown])[] = [
  ["another authority with its name", /signature is wrong|not by the issuer/, () => answerOf(stranger)],
  ["a responder that may not answer", /may not answer/, () => answerOf(responder({ purposes: [] }))],
  ["a responder of another authority", /not by the issuer/, () => answerOf(responder({ issuer: stranger }))],
  ["a responder that has run out", /run out/, () => answerOf(responder({ notAfterMs: Date.now() - 1000 }))],
  ["no certificate of the responder", /neither by the issuer/, () => answerOf(responder(), { hasCertificate: false })],
  ["another nonce", /another question/, () => answerOf(root, { nonce: new Uint8Array(16) })],
  [
    "an answer about another certificate",
    /other certificates/,
    () => {
      const other = makeCertificate({ key, subject: [["2.5.4.3", "leaf"]], issuer: root }).certificate;
      const response = makeOcspResponse(writeOcspRequest({ ...question, certificate: other }), root);
      return verifyOcspResponse(response, question, Date.now());
    },
  ],
  [
    "an answer that the responder does not give",
    /says tryLater/,
    () => verifyOcspResponse(Uint8Array.of(0x30, 3, 0x0a, 1, 3), question, Date.now()),
  ],
  ["no DER", /DER/, () => verifyOcspResponse(Buffer.from("<html>"), question, Date.now())],
];

for (const [name, message, run] of REFUSED)
  test(`refused: ${name}`, async () => {
    const error = await assertCode(async () => run(), "ERR_REVOCATION_INVALID");
    assert.match(error.message, message);
  });

test("whatever byte of an answer is changed, it says the same or nothing", () => {
  const request = writeOcspRequest(question);
  const good = makeOcspResponse(request, root, { status: "revoked", hasCertificate: false });
  const said = verifyOcspResponse(good, question, Date.now());
  let refused = 0;
  for (let at = 0; at < good.length; at += 1) {
    const changed = Uint8Array.from(good);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    try {
      assert.deepEqual(verifyOcspResponse(changed, question, Date.now()), said, `byte ${at}`);
    } catch (error) {
      if (!isTeuError(error, "ERR_REVOCATION_INVALID")) throw error;
      refused += 1;
    }
  }
  // What is not signed is the wrapping, a few bytes of which nobody reads.
  assert.ok(refused > good.length - 8, `${refused} of ${good.length}`);
});
