import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { toBase64 } from "@teu/pki/base64";
import { generateKey, privateKeyToDer } from "@teu/pki/keys";
import { formatPem } from "@teu/pki/pem";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { gather } from "../find/gather.ts";
import { verifyImage } from "../verify/verify-image.ts";
import { envelopePlugin } from "./notation-envelope-plugin.ts";
import { type SignOptions, signImage } from "./sign-image.ts";

const key = await generateKey();
const root = makeCertificate({ key: await generateKey(), subject: [["2.5.4.3", "root"]], isAuthority: true });
const leaf = makeCertificate({ key, subject: [["2.5.4.3", "service"]], issuer: root });
const x5c = [leaf, root].map(({ certificate }) => toBase64(certificate.der));

interface Faults {
  readonly signingKey?: typeof key;
  /** JavaScript that changes the payload, `target`. */
  readonly change?: string;
  readonly type?: string;
}

/** A plug-in that makes envelopes of JWS, with an annotation of its own. */
async function plugin(
  dir: TempDir,
  { signingKey = key, change = "", type = "application/jose+json" }: Faults = {},
): Promise<string> {
  const pem = formatPem({ label: "PRIVATE KEY", bytes: privateKeyToDer(signingKey) });
  const source = `#!${process.execPath}
const { sign } = require("node:crypto");
const url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
let text = "";
process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => {
  const request = JSON.parse(text);
  const target = JSON.parse(Buffer.from(request.payload, "base64"));
  target.targetArtifact.annotations = { ...target.targetArtifact.annotations, added: "x" };
  ${change}
  const crit = ["io.cncf.notary.signingScheme", "io.cncf.notary.expiry"];
  const head = {
    alg: "ES256", cty: request.payloadType, crit,
    "io.cncf.notary.signingScheme": "notary.x509",
    "io.cncf.notary.signingTime": "2026-01-01T00:00:00Z",
    "io.cncf.notary.expiry": new Date(Date.now() + request.expiryDurationInSeconds * 1000).toISOString().replace(/\\..*/, "Z"),
  };
  const signed = url(head) + "." + url(target);
  const options = { key: ${JSON.stringify(pem)}, dsaEncoding: "ieee-p1363" };
  const signature = sign("sha256", Buffer.from(signed), options).toString("base64url");
  const envelope = { payload: url(target), protected: url(head), header: { x5c: ${JSON.stringify(x5c)} }, signature };
  process.stdout.write(JSON.stringify({
    signatureEnvelope: Buffer.from(JSON.stringify(envelope)).toString("base64"),
    signatureEnvelopeType: ${JSON.stringify(type)},
    annotations: { "com.example.job": request.keyId },
  }));
});
`;
  const path = await dir.write("notation-e.cjs", source);
  await chmod(path, 0o755);
  return path;
}

async function signWith(faults: Faults, more: SignOptions = {}): Promise<MemoryStore> {
  await using dir = await tempDir();
  const store = new MemoryStore();
  await putAll(store, image);
  const envelopes = envelopePlugin({ program: await plugin(dir, faults), keyId: "job 7" });
  await signImage({ store }, image.root, {
    envelopes,
    expiresMs: Date.now() + 60_000,
    annotations: { stage: "prod" },
    ...more,
  });
  return store;
}

const image = sampleImage("service");

test("a plug-in that makes envelopes signs, with annotations of its own", async () => {
  const store = await signWith({});
  const trust = [{ kind: "certificates", name: "ca", anchors: [root.certificate] }] as const;
  const verdict = await verifyImage(store, image.root, { trust, annotations: { stage: "prod", added: "x" } });
  assert.ok(verdict.accepted, verdict.problem);
  const [found] = await Array.fromAsync(gather(store, image.root));
  assert.ok(found?.form === "notation-jws");
  assert.equal(found.annotations["com.example.job"], "job 7");
});

const refused: Readonly<Record<string, readonly [Faults, RegExp]>> = {
  "signs with another key": [{ signingKey: await generateKey() }, /not by the key of its certificate/],
  "signs another image": [{ change: "target.targetArtifact.size += 1;" }, /something else/],
  "loses an annotation": [{ change: "delete target.targetArtifact.annotations.stage;" }, /something else/],
  "makes another envelope": [{ type: "application/cose" }, /which was asked for/],
};
for (const [name, [faults, message]] of Object.entries(refused))
  test(`a plug-in is found out that ${name}`, async () => {
    const error = await assertCode(() => signWith(faults), "ERR_PLUGIN");
    assert.match(error.message, message);
  });

test("it signs in the forms of the Notary Project only", async () => {
  await assertCode(() => signWith({}, { forms: ["bundle"] }), "ERR_SIGN_UNSUPPORTED");
});
