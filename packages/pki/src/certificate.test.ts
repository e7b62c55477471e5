import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { buildChain, checkChain } from "./certificate-chain.ts";
import { formatCertificateName, formatCertificates, parseCertificate, parseCertificates } from "./certificate.ts";
import { Der } from "./der.ts";
import { generateKey } from "./keys.ts";
import { writeDer, writeOid } from "./der-write.ts";
import { derExtension, makeCertificate } from "./testing/make-certificate.ts";

const COMMON_NAME = "2.5.4.3";
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

const [rootKey, middleKey, leafKey] = [await generateKey(), await generateKey(), await generateKey()];
const root = makeCertificate({ key: rootKey, subject: [[COMMON_NAME, "root"]], isAuthority: true });
const middle = makeCertificate({ key: middleKey, subject: [[COMMON_NAME, "middle"]], issuer: root, isAuthority: true });
const leaf = makeCertificate({
  key: leafKey,
  subject: [
    ["2.5.4.6", "CH"],
    ["2.5.4.10", "A, B"],
    [COMMON_NAME, "leaf"],
  ],
  issuer: middle,
  purposes: [CODE_SIGNING],
  extensions: [derExtension("2.5.29.17", writeDer(0x30, writeDer(0x81, Buffer.from("a@example.com"))))],
});

test("a certificate is read with its names and uses", () => {
  const { certificate } = leaf;
  assert.equal(formatCertificateName(certificate.subject), "CN=leaf,O=A\\, B,C=CH");
  assert.deepEqual(certificate.alternativeNames, [{ kind: "email", value: "a@example.com" }]);
  assert.deepEqual([...(certificate.keyUsage ?? [])], ["digitalSignature"]);
  assert.deepEqual(certificate.extendedKeyUsage, [CODE_SIGNING]);
  assert.equal(certificate.isAuthority, false);
  assert.ok(root.certificate.isAuthority);
  assert.deepEqual(
    parseCertificates(formatCertificates([certificate])).map((each) => each.der),
    [certificate.der],
  );
});

test("a chain in order is good, another is not", () => {
  const chain = [leaf.certificate, middle.certificate, root.certificate];
  checkChain(chain, { atMs: Date.now() });
  for (const wrong of [[], chain.toReversed(), [leaf.certificate, root.certificate]])
    assertCode(() => checkChain(wrong), "ERR_CERTIFICATE_CHAIN");
  assertCode(() => checkChain(chain, { atMs: Date.now() + 9e9 }), "ERR_CERTIFICATE_CHAIN");
});

test("a chain is found among intermediates, and only to what is trusted", () => {
  const options = {
    anchors: [root.certificate],
    intermediates: [root.certificate, leaf.certificate, middle.certificate],
  };
  assert.equal(buildChain(leaf.certificate, options).length, 3);
  assertCode(() => buildChain(leaf.certificate, { anchors: [root.certificate] }), "ERR_CERTIFICATE_CHAIN");
  assert.equal(buildChain(leaf.certificate, { anchors: [leaf.certificate] }).length, 1);
});

test("who is no authority issues nothing", () => {
  const forged = makeCertificate({ key: rootKey, subject: [[COMMON_NAME, "forged"]], issuer: leaf });
  const intermediates = [leaf.certificate, middle.certificate];
  const error = assertCode(
    () => buildChain(forged.certificate, { anchors: [root.certificate], intermediates }),
    "ERR_CERTIFICATE_CHAIN",
  );
  assert.match(error.message, /is no authority/);
});

test("a critical extension that is not known here breaks a chain", () => {
  const extensions = [derExtension("1.2.3", writeDer(0x05), true)];
  const odd = makeCertificate({ key: leafKey, subject: [[COMMON_NAME, "odd"]], issuer: root, extensions });
  assertCode(() => checkChain([odd.certificate, root.certificate]), "ERR_CERTIFICATE_CHAIN");
});

test("what is no certificate is refused", () => {
  const bytes = leaf.certificate.der;
  for (const wrong of [bytes.subarray(1), bytes.subarray(0, 100), new Uint8Array(0), Buffer.concat([bytes, bytes])])
    assertCode(() => parseCertificate(wrong), "ERR_CERTIFICATE_INVALID");
});

test("DER in other forms is refused", () => {
  for (const hex of ["3080", "30", "1f0100", "308101ff", "30820001ff", "020100ff"])
    assertCode(() => Der.parse(Buffer.from(hex, "hex")), "ERR_DER_INVALID");
  assert.equal(Der.parse(writeOid("2.999.3")).oid(), "2.999.3");
  assert.equal(Der.parse(writeOid("1.3.6.1.4.1.57264.1.8")).oid(), "1.3.6.1.4.1.57264.1.8");
  assert.equal(Der.parse(Buffer.from("0201ff", "hex")).integer(), -1n);
});
