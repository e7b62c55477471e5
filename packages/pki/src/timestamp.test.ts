import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { before, suite, test } from "node:test";
import { isTeuError } from "@teu/std/error";
import { assertCode } from "@teu/testing/assert-code";
import { needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { formatCertificates } from "./certificate.ts";
import { Der } from "./der.ts";
import { generateKey, privateKeyToDer, type NewKeyKind } from "./keys.ts";
import { formatPem } from "./pem.ts";
import { makeCertificate } from "./testing/make-certificate.ts";
import { writeTimestampRequest } from "./timestamp-request.ts";
import { verifyTimestamp } from "./timestamp.ts";

const DATA = Buffer.from("a signature");
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const CONFIG = `
[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1, millisecs:500, microsecs:100
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

const rootKey = await generateKey();
const root = makeCertificate({ key: rootKey, subject: [["2.5.4.3", "stamp root"]], isAuthority: true });

/** A token that openssl makes, over {@link DATA}. */
async function stamp(
  dir: TempDir,
  kind: NewKeyKind,
  purposes: readonly string[] = [TIME_STAMPING],
): Promise<Uint8Array> {
  const key = await generateKey(kind);
  const { certificate } = makeCertificate({
    key,
    subject: [["2.5.4.3", kind]],
    issuer: root,
    purposes,
    purposesCritical: true,
  });
  await dir.write("tsa.cnf", CONFIG.replace("= serial", `= ${dir.join("serial")}`));
  await dir.write("key.pem", formatPem({ label: "PRIVATE KEY", bytes: privateKeyToDer(key) }));
  await dir.write("cert.pem", formatCertificates([certificate]));
  await dir.write("request", writeTimestampRequest(DATA));
  const files = ["-queryfile", "request", "-inkey", "key.pem", "-signer", "cert.pem", "-out", "token", "-token_out"];
  execFileSync("openssl", ["ts", "-reply", "-config", "tsa.cnf", ...files], { cwd: dir.path, stdio: "ignore" });
  return readFileSync(dir.join("token"));
}

suite("time stamps of openssl", { skip: needsProgram("openssl") }, () => {
  let token: Uint8Array;

  before(async () => {
    await using dir = await tempDir();
    token = await stamp(dir, "ecdsa-p256");
  });

  test("hold for their bytes, from an authority that is trusted", async () => {
    const { timeMs, accuracyMs, certificate } = verifyTimestamp(token, DATA, [root.certificate]);
    assert.ok(Math.abs(timeMs - Date.now()) < 60_000);
    assert.equal(accuracyMs, 1501);
    assert.equal(certificate.subject[0]?.value, "ecdsa-p256");
    await using dir = await tempDir();
    verifyTimestamp(await stamp(dir, "rsa-2048"), DATA, [root.certificate]);
  });

  test("do not hold for other bytes, from others, or changed", () => {
    assertCode(() => verifyTimestamp(token, Buffer.from("another"), [root.certificate]), "ERR_TIMESTAMP_INVALID");
    const stranger = makeCertificate({ key: rootKey, subject: [["2.5.4.3", "other"]], isAuthority: true });
    assertCode(() => verifyTimestamp(token, DATA, [stranger.certificate]), "ERR_TIMESTAMP_INVALID");
    const { timeMs } = verifyTimestamp(token, DATA, [root.certificate]);
    for (let at = 0; at < token.length; at += 3) {
      const changed = Uint8Array.from(token);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const verified = orCode(() => verifyTimestamp(changed, DATA, [root.certificate]).timeMs);
      assert.ok(verified === timeMs || verified === "ERR_TIMESTAMP_INVALID", `byte ${at}: ${verified}`);
    }
    assertCode(() => verifyTimestamp(Der.parse(token).at(1).bytes, DATA, [root.certificate]), "ERR_TIMESTAMP_INVALID");
  });
});

function orCode(read: () => number): number | string {
  try {
    return read();
  } catch (error) {
    return isTeuError(error) ? error.code : String(error);
  }
}
