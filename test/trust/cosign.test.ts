/**
 * cosign 3 and teu verify each other's signatures and attestations, in both of their forms.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { copy } from "@teu/content/copy";
import { openPrivateKey, sealPrivateKey } from "@teu/pki/encrypted-key";
import { formatPublicKey, generateKey, parsePublicKey, publicKeyOf } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { Registry } from "@teu/registry-client/registry";
import type { Repository } from "@teu/registry-client/repository";
import { parseReference } from "@teu/spec/reference";
import type { Descriptor } from "@teu/spec/descriptor";
import { tempDir, type TempDir } from "@teu/testing/temp-dir";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { type SignForm, signImage } from "@teu/trust/sign/sign-image";
import { type Requirement, type Verdict, verifyImage } from "@teu/trust/verify/verify-image";
import { realImage } from "../content/peers.ts";
import { type RunningRegistry, startDockerRegistry } from "../registry-client/programs.ts";
import { PASSWORD, needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("cosign"), needsProgram("docker-registry"));
const OFFLINE = ["--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "-y"];
const CHECKS = ["--insecure-ignore-tlog", "--allow-http-registry"];

describe("cosign 3", { skip, concurrency: true }, () => {
  let dir: TempDir;
  let registry: RunningRegistry;
  let key: Awaited<ReturnType<typeof generateKey>>;

  before(async () => {
    dir = await tempDir();
    registry = await startDockerRegistry(dir);
    key = await generateKey();
    await writeFile(dir.join("teu.key"), await sealPrivateKey(key, new TextEncoder().encode(PASSWORD)), {
      mode: 0o600,
    });
    await writeFile(dir.join("teu.pub"), formatPublicKey(key));
  });
  after(async () => {
    await registry?.[Symbol.asyncDispose]();
    await dir?.[Symbol.asyncDispose]();
  });

  interface Image {
    readonly repository: Repository;
    readonly root: Descriptor;
    readonly name: string;
  }

  async function image(path: string): Promise<Image> {
    const repository = new Registry(`http://${registry.host}`).repository(path);
    const { root, store } = realImage(path);
    await copy(store, repository, root, { tags: ["v1"] });
    return { repository, root, name: `${registry.host}/${path}` };
  }

  async function verdict({ repository, root }: Image, requirement: Partial<Requirement> = {}): Promise<Verdict> {
    return await verifyImage(repository, root, {
      trust: [{ kind: "key", name: "k", key: publicKeyOf(key) }],
      ...requirement,
    });
  }

  async function cosign(...words: readonly string[]): Promise<void> {
    const { code, notes } = await peer("cosign", dir.path, words);
    assert.equal(code, 0, notes);
  }

  for (const form of ["bundle", "legacy"] as const satisfies readonly SignForm[]) {
    test(`verifies what teu signs in the form ${form}`, async () => {
      const at = await image(`ours/${form}`);
      await signImage({ store: at.repository }, at.root, {
        signer: keySigner(key),
        forms: [form],
        name: `${at.name}:v1`,
        annotations: { stage: "prod" },
      });
      const words = ["verify", "--key", dir.join("teu.pub"), ...CHECKS];
      await cosign(...words, "-a", "stage=prod", `${at.name}@${at.root.digest}`);
      const wrong = await peer("cosign", dir.path, [...words, "-a", "stage=test", `${at.name}@${at.root.digest}`]);
      assert.notEqual(wrong.code, 0);
    });

    test(`signs in the form ${form} so that teu verifies, with a key that teu made`, async () => {
      const at = await image(`theirs/${form}`);
      const more = form === "bundle" ? [] : ["--new-bundle-format=false"];
      await cosign(
        "sign",
        "--key",
        dir.join("teu.key"),
        ...OFFLINE,
        ...more,
        "-a",
        "stage=prod",
        `${at.name}@${at.root.digest}`,
      );
      const name = parseReference(`${at.name}:v1`);
      const found = await verdict(at, { annotations: { stage: "prod" }, name });
      assert.ok(found.accepted, found.problem);
      assert.equal(found.judgements[0]?.place, form === "bundle" ? "referrer" : "tag");
      const other = await verdict(at, { trust: [{ kind: "key", name: "o", key: publicKeyOf(await generateKey()) }] });
      assert.deepEqual(
        other.judgements.map(({ refusal }) => refusal?.reason),
        ["untrusted-signer"],
      );
    });

    test(`attests in the form ${form}, which is no signature to teu`, async () => {
      const at = await image(`attested/${form}`);
      await dir.write("predicate.json", JSON.stringify({ spdxVersion: "SPDX-2.3" }));
      const more = form === "bundle" ? [] : ["--new-bundle-format=false"];
      const words = ["attest", "--key", dir.join("teu.key"), ...OFFLINE, ...more, "--type", "spdxjson"];
      await cosign(...words, "--predicate", dir.join("predicate.json"), `${at.name}@${at.root.digest}`);
      const asSignature = await verdict(at);
      assert.deepEqual(
        asSignature.judgements.map(({ refusal }) => refusal?.reason),
        ["not-a-signature"],
      );
      const asAttestation = await verdict(at, { predicateType: "https://spdx.dev/Document" });
      assert.ok(asAttestation.accepted, asAttestation.problem);
    });
  }

  test("keys go both ways", async () => {
    await cosign("generate-key-pair", "--output-key-prefix", dir.join("theirs"));
    const theirs = await openPrivateKey(
      await readFile(dir.join("theirs.key"), "utf8"),
      new TextEncoder().encode(PASSWORD),
    );
    assert.ok(publicKeyOf(theirs).equals(parsePublicKey(await readFile(dir.join("theirs.pub"), "utf8"))));
    const made = await peer("cosign", dir.path, ["public-key", "--key", dir.join("teu.key")]);
    assert.ok(parsePublicKey(made.out).equals(publicKeyOf(key)));
  });
});
