/**
 * skopeo 1.22 enforces a policy over what teu signs, and teu verifies what skopeo signs.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { sealPrivateKey } from "@teu/pki/encrypted-key";
import { formatPublicKey, generateKey, publicKeyOf } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { parseReference } from "@teu/spec/reference";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { signImage } from "@teu/trust/sign/sign-image";
import { verifyImage } from "@teu/trust/verify/verify-image";
import { type Scene, openScene, refusals } from "./images.ts";
import { PASSWORD, needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("skopeo"), needsProgram("docker-registry"));

describe("skopeo 1.22", { skip, concurrency: true }, () => {
  let scene: Scene;
  let key: Awaited<ReturnType<typeof generateKey>>;

  before(async () => {
    scene = await openScene();
    key = await generateKey();
    const { dir } = scene;
    await writeFile(dir.join("key"), await sealPrivateKey(key, new TextEncoder().encode(PASSWORD)), { mode: 0o600 });
    await dir.write("password", PASSWORD);
    await dir.write("key.pub", formatPublicKey(key));
    await dir.write("other.pub", formatPublicKey(await generateKey()));
    await dir.write("registries.d/all.yaml", `docker:\n  ${scene.host}:\n    use-sigstore-attachments: true\n`);
    for (const name of ["key", "other"])
      await dir.write(`${name}.json`, JSON.stringify(policyFor(dir.join(`${name}.pub`))));
  });
  after(async () => scene?.[Symbol.asyncDispose]());

  function policyFor(keyPath: string): object {
    const requirement = { type: "sigstoreSigned", keyPath, signedIdentity: { type: "matchExact" } };
    return { default: [{ type: "reject" }], transports: { docker: { [scene.host]: [requirement] } } };
  }

  async function pull(name: string, policy: string): ReturnType<typeof peer> {
    const { dir } = scene;
    const common = ["--policy", dir.join(`${policy}.json`), "--registries.d", dir.join("registries.d"), "copy"];
    const target = dir.join(`out-${policy}-${name.replace(/\W/g, "-")}`);
    return await peer("skopeo", dir.path, [...common, "--src-tls-verify=false", `docker://${name}`, `dir:${target}`]);
  }

  test("pulls what teu signed with the key and name that its policy wants, and nothing else", async () => {
    const image = await scene.push("ours/app");
    const unsigned = await pull(`${image.name}:v1`, "key");
    assert.match(unsigned.notes, /no signature exists/);
    await signImage({ store: image.repository }, image.root, { signer: keySigner(key), name: `${image.name}:v1` });
    const signed = await pull(`${image.name}:v1`, "key");
    assert.equal(signed.code, 0, signed.notes);
    assert.notEqual((await pull(`${image.name}:v1`, "other")).code, 0);
    await image.repository.tag("v2", image.root);
    assert.notEqual((await pull(`${image.name}:v2`, "key")).code, 0);
  });

  test("signs so that teu verifies, with the name bound", async () => {
    const image = await scene.push("theirs/app");
    const { dir } = scene;
    await dir.write("any.json", JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
    const common = ["--policy", dir.join("any.json"), "--registries.d", dir.join("registries.d"), "copy", "--quiet"];
    const keys = ["--sign-by-sigstore-private-key", dir.join("key"), "--sign-passphrase-file", dir.join("password")];
    const tls = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    const [from, to] = [`docker://${image.name}:v1`, `docker://${image.name}:v1`];
    const { code, notes } = await peer("skopeo", dir.path, [...common, ...tls, ...keys, from, to]);
    assert.equal(code, 0, notes);
    const trust = [{ kind: "key", name: "k", key: publicKeyOf(key) }] as const;
    const named = { trust, name: parseReference(`${image.name}:v1`), nameless: false };
    const verdict = await verifyImage(image.repository, image.root, named);
    assert.ok(verdict.accepted, verdict.problem);
    const other = await verifyImage(image.repository, image.root, {
      ...named,
      name: parseReference(`${image.name}:v2`),
    });
    assert.deepEqual(refusals(other), ["other-name"]);
  });
});
