import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nameBytes } from "@teu/content/overlay";
import { sampleImage } from "@teu/content/testing/samples";
import { toBase64 } from "@teu/pki/base64";
import { formatCertificates } from "@teu/pki/certificate";
import { generateKey, privateKeyToDer } from "@teu/pki/keys";
import { formatPem } from "@teu/pki/pem";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import { writeTimestampRequest } from "@teu/pki/timestamp-request";
import { needsProgram } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { NOTATION_HEADER } from "../formats/notation.ts";
import { JWS_TYPE } from "../formats/types.ts";
import { makeEnvelope } from "../testing/make-envelope.ts";
import type { Judgement } from "./evidence.ts";
import { judge } from "./judge.ts";
import type { CertificateTrust } from "./trust.ts";

const subject = sampleImage("app").root;
const key = await generateKey();
const root = makeCertificate({ key: await generateKey(), subject: [["2.5.4.3", "root"]], isAuthority: true });
const leaf = makeCertificate({ key, subject: [["2.5.4.3", "leaf"]], issuer: root });
const trust: CertificateTrust = { kind: "certificates", name: "ca:x", anchors: [root.certificate] };
const LATER_MS = Date.now() + 30 * 86_400_000;

async function envelope({ head = {} }: { readonly head?: object } = {}): Promise<Buffer> {
  return await makeEnvelope({ key, chain: [leaf.certificate, root.certificate], subject, head });
}

async function judged(bytes: Uint8Array, more: Partial<CertificateTrust> = {}, nowMs = Date.now()): Promise<Judgement> {
  const { descriptor } = nameBytes(bytes, { mediaType: JWS_TYPE });
  const found = {
    form: "notation-jws",
    place: "referrer",
    manifest: descriptor,
    layer: descriptor,
    bytes,
    annotations: {},
  } as const;
  return await judge(found, { subject, trust: [{ ...trust, ...more }], nowMs });
}

test("an envelope counts as it is", async () => {
  assert.equal((await judged(await envelope())).refusal, undefined);
});

test("what is critical and unknown, what is due and missing, and other algorithms are refused", async () => {
  const wrong: readonly object[] = [
    { crit: [NOTATION_HEADER.scheme, "other"], other: 1 },
    { crit: [NOTATION_HEADER.scheme, NOTATION_HEADER.expiry] },
    { crit: [] },
    { [NOTATION_HEADER.expiry]: "2099-01-01T00:00:00Z" },
    { [NOTATION_HEADER.scheme]: "notary.other" },
    { cty: "text/plain" },
    { alg: "none" },
    { alg: "HS256" },
    { alg: "PS256" },
  ];
  for (const head of wrong) {
    const { refusal } = await judged(await envelope({ head }));
    assert.ok(refusal?.reason === "unreadable" || refusal?.reason === "wrong-signature", JSON.stringify(head));
  }
});

test("the word of a signing authority on the time counts only where it is trusted as one", async () => {
  const past = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+/, "");
  const bytes = await envelope({
    head: {
      crit: [NOTATION_HEADER.scheme, NOTATION_HEADER.authenticTime],
      [NOTATION_HEADER.scheme]: "notary.x509.signingAuthority",
      [NOTATION_HEADER.authenticTime]: past,
    },
  });
  assert.equal((await judged(bytes)).refusal?.reason, "untrusted-signer");
  assert.equal((await judged(bytes, { store: "signingAuthority" }, LATER_MS)).refusal, undefined);
  assert.equal((await judged(await envelope(), { store: "signingAuthority" })).refusal?.reason, "untrusted-signer");
});

const CONFIG =
  "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_digest=sha256\ndefault_policy=1.2.3\ndigests=sha256\ness_cert_id_alg=sha256\n";

test("a time stamp keeps a signature good after its certificate ends", { skip: needsProgram("openssl") }, async () => {
  await using dir = await tempDir();
  const stampKey = await generateKey();
  const purposes = ["1.3.6.1.5.5.7.3.8"];
  const stamper = makeCertificate({
    key: stampKey,
    subject: [["2.5.4.3", "tsa"]],
    issuer: root,
    purposes,
    purposesCritical: true,
  });
  await dir.write("tsa.cnf", CONFIG.replace("serial=serial", `serial=${dir.join("serial")}`));
  await dir.write("key.pem", formatPem({ label: "PRIVATE KEY", bytes: privateKeyToDer(stampKey) }));
  await dir.write("cert.pem", formatCertificates([stamper.certificate]));
  const bytes = await envelope();
  const signature = Buffer.from((JSON.parse(bytes.toString()) as { signature: string }).signature, "base64url");
  await dir.write("request", writeTimestampRequest(signature));
  const files = ["-queryfile", "request", "-inkey", "key.pem", "-signer", "cert.pem", "-out", "token", "-token_out"];
  execFileSync("openssl", ["ts", "-reply", "-config", "tsa.cnf", ...files], { cwd: dir.path, stdio: "ignore" });
  const token = toBase64(readFileSync(dir.join("token")));
  const plain = JSON.parse(bytes.toString()) as { readonly header: object };
  const stamped = Buffer.from(
    JSON.stringify({ ...plain, header: { ...plain.header, [NOTATION_HEADER.timestamp]: token } }),
  );
  const timestampAnchors = [root.certificate];
  assert.equal((await judged(stamped, { timestampAnchors }, LATER_MS)).refusal, undefined);
  assert.equal((await judged(stamped, {}, LATER_MS)).refusal?.reason, "certificate-invalid");
  assert.equal((await judged(bytes, { timestampAnchors }, LATER_MS)).refusal?.reason, "certificate-invalid");
  const others = { timestampAnchors: [leaf.certificate] };
  assert.equal((await judged(stamped, others, LATER_MS)).refusal?.reason, "no-trusted-time");
});
