/**
 * cosign 3 and teu verify each other's signatures and attestations, in both of their forms.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { openPrivateKey, sealPrivateKey } from "@teu/pki/encrypted-key";
import { formatPublicKey, generateKey, parsePublicKey, publicKeyOf } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { parseReference } from "@teu/spec/reference";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { attestImage } from "@teu/trust/attest/attest";
import { type SignForm, signImage } from "@teu/trust/sign/sign-image";
import { signTag } from "@teu/trust/sign/sign-tag";
import { type Requirement, type Verdict, verifyImage } from "@teu/trust/verify/verify-image";
import { type PushedImage, type Scene, openScene, refusals } from "./images.ts";
import { PASSWORD, needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("cosign"), needsProgram("docker-registry"));
const OFFLINE = ["--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "-y"];
const CHECKS = ["--insecure-ignore-tlog", "--allow-http-registry"];

describe("cosign 3", { skip, concurrency: true }, () => {
  let scene: Scene;
  let key: Awaited<ReturnType<typeof generateKey>>;

  before(async () => {
    scene = await openScene();
    key = await generateKey();
    const sealed = await sealPrivateKey(key, new TextEncoder().encode(PASSWORD));
    await writeFile(scene.dir.join("teu.key"), sealed, { mode: 0o600 });
    await writeFile(scene.dir.join("teu.pub"), formatPublicKey(key));
  });
  after(async () => scene?.[Symbol.asyncDispose]());

  async function verdict({ repository, root }: PushedImage, requirement: Partial<Requirement> = {}): Promise<Verdict> {
    const trust = [{ kind: "key", name: "k", key: publicKeyOf(key) }] as const;
    return await verifyImage(repository, root, { trust, ...requirement });
  }

  async function cosign(...words: readonly string[]): Promise<void> {
    const { code, notes } = await peer("cosign", scene.dir.path, words);
    assert.equal(code, 0, notes);
  }

  for (const form of ["bundle", "legacy"] as const satisfies readonly SignForm[]) {
    test(`verifies what teu signs in the form ${form}`, async () => {
      const at = await scene.push(`ours/${form}`);
      await signImage({ store: at.repository }, at.root, {
        signer: keySigner(key),
        forms: [form],
        name: `${at.name}:v1`,
        annotations: { stage: "prod" },
      });
      const words = ["verify", "--key", scene.dir.join("teu.pub"), ...CHECKS];
      await cosign(...words, "-a", "stage=prod", at.exact);
      const wrong = await peer("cosign", scene.dir.path, [...words, "-a", "stage=test", at.exact]);
      assert.notEqual(wrong.code, 0);
    });

    test(`signs in the form ${form} so that teu verifies, with a key that teu made`, async () => {
      const at = await scene.push(`theirs/${form}`);
      const more = form === "bundle" ? [] : ["--new-bundle-format=false"];
      await cosign("sign", "--key", scene.dir.join("teu.key"), ...OFFLINE, ...more, "-a", "stage=prod", at.exact);
      const name = parseReference(`${at.name}:v1`);
      const found = await verdict(at, { annotations: { stage: "prod" }, name });
      assert.ok(found.accepted, found.problem);
      assert.equal(found.judgements[0]?.place, form === "bundle" ? "referrer" : "tag");
      const other = await verdict(at, { trust: [{ kind: "key", name: "o", key: publicKeyOf(await generateKey()) }] });
      assert.deepEqual(refusals(other), ["untrusted-signer"]);
    });

    test(`attests in the form ${form}, which is no signature to teu`, async () => {
      const at = await scene.push(`attested/${form}`);
      await scene.dir.write(`predicate-${form}.json`, JSON.stringify({ spdxVersion: "SPDX-2.3" }));
      const more = form === "bundle" ? [] : ["--new-bundle-format=false"];
      const words = ["attest", "--key", scene.dir.join("teu.key"), ...OFFLINE, ...more, "--type", "spdxjson"];
      await cosign(...words, "--predicate", scene.dir.join(`predicate-${form}.json`), at.exact);
      const asSignature = await verdict(at);
      assert.deepEqual(refusals(asSignature), ["not-a-signature"]);
      const asAttestation = await verdict(at, { predicateType: "https://spdx.dev/Document" });
      assert.ok(asAttestation.accepted, asAttestation.problem);
    });
  }

  for (const form of ["bundle", "legacy"] as const) {
    test(`verifies what teu attests in the form ${form}`, async () => {
      const at = await scene.push(`attesting/${form}`);
      const predicateType = "https://slsa.dev/provenance/v1";
      const predicate = { buildDefinition: { buildType: "https://example.com/build" }, runDetails: {} };
      const options = { signer: keySigner(key), predicateType, predicate, forms: [form], name: at.name };
      await attestImage({ store: at.repository }, at.root, options);
      const words = ["verify-attestation", "--key", scene.dir.join("teu.pub"), ...CHECKS, "--type"];
      await cosign(...words, "slsaprovenance1", at.exact);
      assert.notEqual((await peer("cosign", scene.dir.path, [...words, "spdxjson", at.exact])).code, 0);
    });
  }

  test("is content beside a record of a tag", async () => {
    const at = await scene.push("record/app");
    const signer = keySigner(key);
    await signImage({ store: at.repository }, at.root, { signer, forms: ["bundle"] });
    const name = parseReference(`${at.name}:v1`);
    await signTag({ store: at.repository }, at.root, { signer, name, expiresMs: Date.now() + 60_000 });
    await cosign("verify", "--key", scene.dir.join("teu.pub"), ...CHECKS, at.exact);
  });

  test("keys go both ways", async () => {
    await cosign("generate-key-pair", "--output-key-prefix", scene.dir.join("theirs"));
    const theirs = await openPrivateKey(
      await readFile(scene.dir.join("theirs.key"), "utf8"),
      new TextEncoder().encode(PASSWORD),
    );
    assert.ok(publicKeyOf(theirs).equals(parsePublicKey(await readFile(scene.dir.join("theirs.pub"), "utf8"))));
    const made = await peer("cosign", scene.dir.path, ["public-key", "--key", scene.dir.join("teu.key")]);
    assert.ok(parsePublicKey(made.out).equals(publicKeyOf(key)));
  });
});
