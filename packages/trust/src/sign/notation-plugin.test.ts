import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { toBase64 } from "@teu/pki/base64";
import { formatPem } from "@teu/pki/pem";
import { generateKey, privateKeyToDer } from "@teu/pki/keys";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { verifyImage } from "../verify/verify-image.ts";
import { pluginSigner } from "./notation-plugin.ts";
import { signImage } from "./sign-image.ts";

const key = await generateKey();
const root = makeCertificate({ key: await generateKey(), subject: [["2.5.4.3", "root"]], isAuthority: true });
const leaf = makeCertificate({ key, subject: [["2.5.4.3", "device"]], issuer: root });
const chain = [leaf.certificate, root.certificate];

/** A plug-in that keeps its key in itself. */
async function plugin(dir: TempDir, signingKey: typeof key = key): Promise<string> {
  const pem = formatPem({ label: "PRIVATE KEY", bytes: privateKeyToDer(signingKey) });
  const source = `#!${process.execPath}
const { sign } = require("node:crypto");
let text = "";
process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => {
  const request = JSON.parse(text);
  if (process.argv[2] !== "get-plugin-metadata" && request.keyId !== "slot 1") {
    process.stderr.write(JSON.stringify({ errorCode: "VALIDATION_ERROR", errorMessage: "no such slot" }));
    process.exit(1);
  }
  const answers = {
    "get-plugin-metadata": () => ({ name: "t", supportedContractVersions: ["1.0"], capabilities: ["SIGNATURE_GENERATOR.RAW"] }),
    "describe-key": () => ({ keyId: request.keyId, keySpec: "EC-256" }),
    "generate-signature": () => ({
      keyId: request.keyId,
      signature: sign("sha256", Buffer.from(request.payload, "base64"), { key: ${JSON.stringify(pem)}, dsaEncoding: "ieee-p1363" }).toString("base64"),
      signingAlgorithm: "ECDSA-SHA-256",
      certificateChain: ${JSON.stringify(chain.map(({ der }) => toBase64(der)))},
    }),
  };
  process.stdout.write(JSON.stringify(answers[process.argv[2]]()));
});
`;
  const path = await dir.write("notation-t.cjs", source);
  await chmod(path, 0o755);
  return path;
}

test("a key in a plug-in signs in every form", async () => {
  await using dir = await tempDir();
  const signer = await pluginSigner({ program: await plugin(dir), keyId: "slot 1", chain });
  const store = new MemoryStore();
  const image = sampleImage("device");
  await putAll(store, image);
  const forms = ["bundle", "legacy", "notation-jws", "notation-cose"] as const;
  await signImage({ store }, image.root, { signer, chain, forms, name: "registry.example.com/team/app:v1" });
  const { judgements } = await verifyImage(store, image.root, {
    trust: [
      { kind: "key", name: "key", key },
      { kind: "certificates", name: "ca", anchors: [root.certificate] },
    ],
  });
  assert.deepEqual(
    judgements.map(({ refusal }) => refusal),
    [undefined, undefined, undefined, undefined],
  );
});

test("a plug-in that fails, has no such key, or signs with another is an error that says so", async () => {
  await using dir = await tempDir();
  const program = await plugin(dir);
  const missing = await assertCode(() => pluginSigner({ program, keyId: "slot 2", chain }), "ERR_PLUGIN");
  assert.match(missing.message, /no such slot/);
  await assertCode(() => pluginSigner({ program: `${program}.none`, keyId: "slot 1", chain }), "ERR_PLUGIN");
  await using other = await tempDir();
  const signer = await pluginSigner({ program: await plugin(other, await generateKey()), keyId: "slot 1", chain });
  const error = await assertCode(() => signer.sign(Buffer.from("x"), { hash: "sha256" }), "ERR_PLUGIN");
  assert.match(error.message, /not by the key of the certificate/);
});
