/**
 * GPG's simple signing: skopeo and teu verify each other's signatures, which are kept in a folder apart from the registry.
 */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { parseReference } from "@teu/spec/reference";
import { needsProgram } from "@teu/testing/skip";
import { lookasideFolder } from "@teu/trust/find/lookaside";
import { signGpg } from "@teu/trust/sign/sign-gpg";
import { type Verdict, verifyImage } from "@teu/trust/verify/verify-image";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import { type Ended, run, teu } from "../registry-client/programs.ts";
import { type PushedImage, type Scene, openScene, refusals } from "./images.ts";

const skip = needsProgram("gpg", "skopeo", "docker-registry");

describe("simple signing with gpg", { skip }, () => {
  let scene: Scene;
  let home: string;
  let keys: { readonly ours: Uint8Array; readonly other: Uint8Array };

  before(async () => {
    scene = await openScene();
    const { dir } = scene;
    home = dir.join("gnupg");
    await mkdir(home, { mode: 0o700 });
    for (const user of ["ours@example.com", "other@example.com"])
      await gpg("--passphrase", "", "--quick-gen-key", user, "rsa2048", "sign", "never");
    const [ours, other] = await Promise.all(
      ["ours", "other"].map((name) => gpg("--armor", "--export", `${name}@example.com`)),
    );
    keys = { ours: Buffer.from(ours?.out ?? ""), other: Buffer.from(other?.out ?? "") };
    await dir.write("ours.asc", keys.ours);
    await dir.write("other.asc", keys.other);
    await dir.write(
      "registries.d/all.yaml",
      `docker:\n  ${scene.host}:\n    lookaside: file://${dir.join("lookaside")}\n`,
    );
    const requirement = { type: "signedBy", keyType: "GPGKeys", keyPath: dir.join("ours.asc") };
    const policy = { default: [{ type: "reject" }], transports: { docker: { [scene.host]: [requirement] } } };
    await dir.write("policy.json", JSON.stringify(policy));
    await dir.write("any.json", JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
  });
  after(async () => {
    await run("gpgconf", ["--homedir", home, "--kill", "all"]);
    await scene?.[Symbol.asyncDispose]();
  });

  async function gpg(...words: readonly string[]): Promise<Ended> {
    const ended = await run("gpg", ["--homedir", home, "--batch", "--yes", "--pinentry-mode", "loopback", ...words]);
    assert.equal(ended.code, 0, ended.notes);
    return ended;
  }

  async function skopeo(policy: string, ...words: readonly string[]): Promise<Ended> {
    const { dir } = scene;
    const common = ["--policy", dir.join(policy), "--registries.d", dir.join("registries.d"), "copy", "--quiet"];
    return await run("skopeo", [...common, ...words], { env: { HOME: dir.path, GNUPGHOME: home } });
  }

  function folderOf({ name, root }: PushedImage): string {
    return lookasideFolder(scene.dir.join("lookaside"), parseReference(name), root.digest);
  }

  async function verdict(image: PushedImage, key: Uint8Array, tag = "v1"): Promise<Verdict> {
    return await verifyImage(image.repository, image.root, {
      trust: [{ kind: "gpg", name: "ours", keys: [key] }],
      lookasideFolder: folderOf(image),
      name: parseReference(`${image.name}:${tag}`),
    });
  }

  test("skopeo's policy takes what teu signs", async () => {
    const image = await scene.push("ours/app");
    const pull = ["--src-tls-verify=false", `docker://${image.name}:v1`, `dir:${scene.dir.join("out")}`];
    assert.notEqual((await skopeo("policy.json", ...pull)).code, 0);
    const options = { key: "ours@example.com", name: `${image.name}:v1`, folder: folderOf(image), home };
    assert.match(await signGpg(image.root, options), /signature-1$/);
    const { code, notes } = await skopeo("policy.json", ...pull);
    assert.equal(code, 0, notes);
    assert.ok((await verdict(image, keys.ours)).accepted);
  });

  test("teu takes what skopeo signs, for its key, name and digest only", async () => {
    const image = await scene.push("theirs/app");
    const tls = ["--src-tls-verify=false", "--dest-tls-verify=false", "--sign-by", "ours@example.com"];
    const { code, notes } = await skopeo("any.json", ...tls, `docker://${image.name}:v1`, `docker://${image.name}:v1`);
    assert.equal(code, 0, notes);
    const found = await verdict(image, keys.ours);
    assert.ok(found.accepted, found.problem);
    assert.equal(found.judgements[0]?.signer?.kind, "gpg");
    assert.deepEqual(refusals(await verdict(image, keys.other)), ["untrusted-signer"]);
    assert.deepEqual(refusals(await verdict(image, keys.ours, "v2")), ["other-name"]);
    const other = await scene.push("theirs/other");
    const moved = { ...image, root: other.root, repository: other.repository };
    const replayed = await verifyImage(moved.repository, moved.root, {
      trust: [{ kind: "gpg", name: "ours", keys: [keys.ours] }],
      lookasideFolder: folderOf(image),
    });
    assert.deepEqual(refusals(replayed), ["other-digest"]);
  });

  test("an image in dir: has its signatures beside it, for both", async () => {
    const image = await scene.push("dir/app");
    const { dir } = scene;
    const name = `${image.name}:v1`;
    const [ours, theirs] = ["dir-ours", "dir-theirs"].map((each) => dir.join(each));
    assert.ok(ours !== undefined && theirs !== undefined);
    const tls = ["--src-tls-verify=false", `docker://${name}`];
    const signed = await skopeo(
      "any.json",
      ...tls,
      `dir:${theirs}`,
      "--sign-by",
      "ours@example.com",
      "--sign-identity",
      name,
    );
    assert.equal(signed.code, 0, signed.notes);
    assert.equal((await skopeo("any.json", ...tls, `dir:${ours}`)).code, 0);
    const exact = { type: "signedBy", keyType: "GPGKeys", keyPath: dir.join("ours.asc") };
    const identity = { signedIdentity: { type: "exactReference", dockerReference: name } };
    const policy = { default: [{ type: "reject" }], transports: { dir: { "": [{ ...exact, ...identity }] } } };
    await dir.write("dir.json", JSON.stringify(policy));
    const runTeu = async (...words: readonly string[]): Promise<Ended> =>
      await teu(dir.path, words, { commands: COMMANDS, env: { GNUPGHOME: home } });
    const check = async (folder: string): Promise<number | null> =>
      (await runTeu("policy", "check", "--containers-policy", dir.join("dir.json"), `dir:${folder}`)).code;
    assert.equal(await check(theirs), 0);
    assert.equal(await check(ours), 1);
    const made = await runTeu("sign", "--gpg-key", "ours@example.com", "--name", name, `dir:${ours}`);
    assert.equal(made.code, 0, made.notes);
    assert.equal(await check(ours), 0);
    const taken = await skopeo("dir.json", `dir:${ours}`, `oci:${dir.join("dir-oci")}:v1`, "--remove-signatures");
    assert.equal(taken.code, 0, taken.notes);
    for (const folder of [ours, theirs]) {
      const verified = await runTeu("verify", "--gpg-keys", dir.join("ours.asc"), `dir:${folder}`);
      assert.equal(verified.code, 0, verified.out + verified.notes);
      assert.notEqual((await runTeu("verify", "--gpg-keys", dir.join("other.asc"), `dir:${folder}`)).code, 0);
    }
  });
});
