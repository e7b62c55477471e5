/**
 * notation 1.3 and teu verify each other's signatures, in both envelopes.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { formatCertificates, parseCertificates } from "@teu/pki/certificate";
import { generateKey } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { signImage } from "@teu/trust/sign/sign-image";
import type { Trust } from "@teu/trust/verify/trust";
import { verifyImage } from "@teu/trust/verify/verify-image";
import { type Scene, openScene, refusals } from "./images.ts";
import { signingChain, strictPolicy } from "./notation-trust.ts";
import { needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("notation"), needsProgram("docker-registry"));
describe("notation 1.3", { skip, concurrency: true }, () => {
  let scene: Scene;
  let key: Awaited<ReturnType<typeof generateKey>>;
  let chain: readonly ReturnType<typeof parseCertificates>[number][];
  let trust: readonly Trust[];

  before(async () => {
    scene = await openScene();
    key = await generateKey();
    const { leaf, root } = await signingChain(key);
    chain = [leaf, root];
    await scene.dir.write("config/notation/truststore/x509/ca/teu/root.pem", formatCertificates([root]));
    await scene.dir.write("config/notation/trustpolicy.json", strictPolicy("ca:teu", "ca:wabbit.test"));
    await notation("cert", "generate-test", "--default", "wabbit.test");
    const wabbit = await readFile(scene.dir.join("config/notation/localkeys/wabbit.test.crt"), "utf8");
    trust = [
      { kind: "certificates", name: "ca:teu", anchors: [root] },
      { kind: "certificates", name: "ca:wabbit", anchors: parseCertificates(wabbit) },
    ];
  });
  after(async () => scene?.[Symbol.asyncDispose]());

  async function notation(...words: readonly string[]): Promise<string> {
    const { code, out, notes } = await peer("notation", scene.dir.path, words);
    assert.equal(code, 0, notes);
    return out;
  }

  for (const format of ["jws", "cose"] as const) {
    test(`verifies what teu signs as ${format}`, async () => {
      const image = await scene.push(`ours/${format}`);
      const expiresMs = Date.now() + 86_400_000;
      const options = { signer: keySigner(key), chain, annotations: { stage: "prod" }, expiresMs };
      await signImage({ store: image.repository }, image.root, { ...options, forms: [`notation-${format}`] });
      await notation("verify", "--insecure-registry", "-m", "stage=prod", image.exact);
      const wrong = await peer("notation", scene.dir.path, [
        "verify",
        "--insecure-registry",
        "-m",
        "stage=x",
        image.exact,
      ]);
      assert.notEqual(wrong.code, 0);
      assert.ok((await verifyImage(image.repository, image.root, { trust })).accepted);
    });

    test(`signs as ${format} so that teu verifies`, async () => {
      const image = await scene.push(`theirs/${format}`);
      const words = ["sign", "--insecure-registry", "--signature-format", format, "-m", "stage=prod", "-e", "24h"];
      await notation(...words, image.exact);
      const verdict = await verifyImage(image.repository, image.root, { trust, annotations: { stage: "prod" } });
      assert.ok(verdict.accepted, verdict.problem);
      assert.deepEqual(verdict.signers, ["ca:wabbit"]);
      const late = await verifyImage(image.repository, image.root, { trust, nowMs: Date.now() + 2 * 86_400_000 });
      assert.deepEqual(refusals(late), ["expired"]);
      const stranger = await verifyImage(image.repository, image.root, { trust: trust.slice(0, 1) });
      assert.deepEqual(refusals(stranger), ["untrusted-signer"]);
    });
  }
});
