/**
 * What must not count, in every form of signature, at a registry that lists no referrers: `teu verify` refuses it for the
 * right reason, and so do cosign and notation, but for what they are known to let pass.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { copy } from "@teu/content/copy";
import { nameBytes } from "@teu/content/overlay";
import { toBase64 } from "@teu/pki/base64";
import { formatCertificates } from "@teu/pki/certificate";
import { formatPublicKey, generateKey, publicKeyOf } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { parseReference } from "@teu/spec/reference";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { attestImage } from "@teu/trust/attest/attest";
import { type Found, gather } from "@teu/trust/find/gather";
import { BUNDLE_TYPE, COSE_TYPE, JWS_TYPE, NOTATION_TYPE, SIMPLE_SIGNING_TYPE } from "@teu/trust/formats/types";
import { addLegacyLayer, putArtifact } from "@teu/trust/sign/place";
import { type SignForm, type SignOptions, signImage } from "@teu/trust/sign/sign-image";
import { signTag } from "@teu/trust/sign/sign-tag";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import { teu } from "../registry-client/programs.ts";
import { type PushedImage, type Scene, openScene } from "./images.ts";
import { signingChain, strictPolicy } from "./notation-trust.ts";
import { needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("notation", "cosign"), needsProgram("docker-registry"));
const FORMS: readonly SignForm[] = ["bundle", "legacy", "notation-jws", "notation-cose"];
const TYPES: Readonly<Record<string, string>> = {
  bundle: BUNDLE_TYPE,
  "simple-signing": SIMPLE_SIGNING_TYPE,
  "notation-jws": JWS_TYPE,
  "notation-cose": COSE_TYPE,
};

interface Seen {
  readonly accepted: boolean;
  readonly problem?: string;
  readonly judgements: readonly { readonly refusal?: { readonly reason: string } }[];
}

describe("what must not count", { skip, concurrency: true }, () => {
  let scene: Scene;
  let signing: Pick<SignOptions, "signer" | "chain">;
  let stranger: Pick<SignOptions, "signer" | "chain">;

  before(async () => {
    scene = await openScene();
    const [key, otherKey] = await Promise.all([generateKey(), generateKey()]);
    const [ours, others] = await Promise.all([signingChain(key), signingChain(otherKey)]);
    signing = { signer: keySigner(key), chain: [ours.leaf, ours.root] };
    stranger = { signer: keySigner(otherKey), chain: [others.leaf, others.root] };
    await scene.dir.write("key.pub", formatPublicKey(publicKeyOf(key)));
    await scene.dir.write("root.pem", formatCertificates([ours.root]));
    await scene.dir.write("config/notation/truststore/x509/ca/teu/root.pem", formatCertificates([ours.root]));
    await scene.dir.write("config/notation/trustpolicy.json", strictPolicy("ca:teu"));
  });
  after(async () => scene?.[Symbol.asyncDispose]());

  async function sign(at: PushedImage, form: SignForm, more: Partial<SignOptions> = {}): Promise<void> {
    await signImage({ store: at.repository }, at.root, { ...signing, forms: [form], name: `${at.name}:v1`, ...more });
  }

  async function foundAt(at: PushedImage): Promise<Found> {
    const [found] = await Array.fromAsync(gather(at.repository, at.root));
    assert.ok(found !== undefined && found.form !== "unknown");
    return found;
  }

  /** Puts a signature beside an image, as whoever may write to the registry could. */
  async function plant(at: PushedImage, found: Found, bytes: Uint8Array = found.bytes): Promise<void> {
    const mediaType = TYPES[found.form] ?? "";
    const [place, subject] = [{ store: at.repository }, at.root];
    if (found.form === "simple-signing") {
      const layer = nameBytes(bytes, { mediaType, annotations: found.annotations });
      await addLegacyLayer(place, subject, { kind: "sig", layer });
      return;
    }
    const artifactType = found.form === "bundle" ? BUNDLE_TYPE : NOTATION_TYPE;
    const contents = [nameBytes(bytes, { mediaType })];
    await putArtifact(place, { artifactType, contents, subject, annotations: found.annotations });
  }

  async function verify(form: SignForm, at: PushedImage, ...more: readonly string[]): Promise<Seen> {
    const trust = form.startsWith("notation") ? ["--ca", "root.pem"] : ["--key", "key.pub"];
    const words = ["verify", "--format", "json", ...trust, ...more, `docker://${at.name}:v1`];
    const { out, notes } = await teu(scene.dir.path, words, { commands: COMMANDS });
    const all = JSON.parse(out || "[]") as readonly Seen[];
    const last = all.at(-1);
    assert.ok(last, notes);
    return last;
  }

  async function theirs(form: SignForm, at: PushedImage): Promise<boolean> {
    const home = scene.dir.path;
    const isNotation = form.startsWith("notation");
    const cosign = ["verify", "--key", scene.dir.join("key.pub"), "--insecure-ignore-tlog", "--allow-http-registry"];
    const { code } = isNotation
      ? await peer("notation", home, ["verify", "--insecure-registry", at.exact])
      : await peer("cosign", home, [...cosign, at.exact]);
    return code === 0;
  }

  async function expectRefused(
    form: SignForm,
    at: PushedImage,
    reason: string,
    ...more: readonly string[]
  ): Promise<void> {
    const { accepted, judgements, problem } = await verify(form, at, ...more);
    assert.equal(accepted, false);
    assert.deepEqual([...new Set(judgements.map(({ refusal }) => refusal?.reason))], [reason], problem);
  }

  for (const form of FORMS) {
    test(`${form}: one that is good counts`, async () => {
      const at = await scene.push(`good/${form}`);
      await sign(at, form);
      assert.ok((await verify(form, at)).accepted);
      assert.ok(await theirs(form, at));
    });

    test(`${form}: none, where it was stripped`, async () => {
      const at = await scene.push(`stripped/${form}`);
      const { accepted, problem } = await verify(form, at);
      assert.deepEqual([accepted, problem], [false, "there is no signature"]);
      assert.ok(!(await theirs(form, at)));
    });

    test(`${form}: by another key`, async () => {
      const at = await scene.push(`key/${form}`);
      await sign(at, form, stranger);
      await expectRefused(form, at, "untrusted-signer");
      assert.ok(!(await theirs(form, at)));
    });

    test(`${form}: one for another image, put beside this one`, async () => {
      const [from, at] = [await scene.push(`moved/${form}/from`), await scene.push(`moved/${form}/to`)];
      await sign(from, form);
      await plant(at, await foundAt(from));
      await expectRefused(form, at, "other-digest");
      assert.ok(!(await theirs(form, at)));
    });

    test(`${form}: one for another image, made to say this one`, async () => {
      const [from, at] = [await scene.push(`forged/${form}/from`), await scene.push(`forged/${form}/to`)];
      await sign(from, form);
      const found = await foundAt(from);
      await plant(at, found, retold(found.bytes, from.root.digest, at.root.digest));
      await expectRefused(form, at, FORGED[form]);
      assert.ok(!(await theirs(form, at)));
    });
  }

  const FORGED: Readonly<Record<SignForm, string>> = {
    bundle: "untrusted-signer",
    legacy: "untrusted-signer",
    "notation-jws": "wrong-signature",
    "notation-cose": "wrong-signature",
  };

  for (const form of ["notation-jws", "notation-cose"] as const)
    test(`${form}: one that expired`, async () => {
      const at = await scene.push(`expired/${form}`);
      const nowMs = Date.now() - 3_600_000;
      await sign(at, form, { nowMs, expiresMs: nowMs + 60_000 });
      await expectRefused(form, at, "expired");
      assert.ok(!(await theirs(form, at)));
    });

  for (const form of ["bundle", "notation-jws"] as const)
    test(`${form}: the signature of another image, listed as referring to this one`, async () => {
      const path = `swapped/${form}`;
      const at = await scene.push(path);
      const other = await pushBeside(path, at);
      await sign(other, form);
      const { manifest } = await foundAt(other);
      await listAs(at, manifest);
      await expectRefused(form, at, "other-digest");
      assert.ok(!(await theirs(form, at)));
    });

  /** Another image in the same repository. */
  async function pushBeside(path: string, at: PushedImage): Promise<PushedImage> {
    const { root, repository } = await scene.push(`${path}/beside`);
    await copy(repository, at.repository, root, { tags: ["v2"] });
    return { repository: at.repository, root, name: at.name, exact: `${at.name}@${root.digest}` };
  }

  /** Writes the list that clients keep at registries without one. */
  async function listAs(at: PushedImage, manifest: Found["manifest"]): Promise<void> {
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const index = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [manifest] });
    const slash = at.name.indexOf("/");
    const url = `http://${at.name.slice(0, slash)}/v2${at.name.slice(slash)}/manifests/${at.root.digest.replace(":", "-")}`;
    const { status } = await fetch(url, { method: "PUT", body: index, headers: { "content-type": mediaType } });
    assert.equal(status, 201);
  }

  test("legacy: one for another name", async () => {
    const at = await scene.push("name/app");
    await sign(at, "legacy", { name: "registry.example.com/other/app:v1" });
    await expectRefused("legacy", at, "other-name");
  });

  test("replayed in another repository: the name is not that which was signed, or none was", async () => {
    const [from, at] = [await scene.push("replay/from"), await scene.push("replay/to")];
    const same = { ...at, root: from.root };
    await copy(from.repository, at.repository, from.root, { tags: ["v1"] });
    await sign(from, "legacy");
    await plant(same, await foundAt(from));
    await expectRefused("legacy", same, "other-name");
    const bundle = await scene.push("replay/bundle");
    await sign(bundle, "bundle");
    await expectRefused("bundle", bundle, "name-not-signed", "--require-name");
  });

  test("an attestation is no signature, though cosign 3 takes it for one", async () => {
    const at = await scene.push("attested/app");
    const predicate = { scanner: { result: "FAILED" } };
    const about = { predicateType: "https://example.com/scan", predicate, name: at.name, forms: ["bundle"] as const };
    await attestImage({ store: at.repository }, at.root, { signer: signing.signer, ...about });
    await expectRefused("bundle", at, "not-a-signature");
    assert.ok(await theirs("bundle", at));
  });

  test("a tag that goes back to an older record", async () => {
    const at = await scene.push("record/app");
    await sign(at, "bundle");
    const record = { signer: signing.signer, name: parseReference(`${at.name}:v1`), expiresMs: Date.now() + 600_000 };
    const older = await pushBeside("record/app", at);
    await sign(older, "bundle");
    await signTag({ store: at.repository }, older.root, { ...record, sequence: 1 });
    await signTag({ store: at.repository }, at.root, { ...record, sequence: 2 });
    assert.ok((await verify("bundle", at, "--fresh")).accepted);
    await at.repository.tag("v1", older.root);
    const { accepted, judgements } = await verify("bundle", older, "--fresh");
    assert.equal(accepted, false);
    assert.ok(judgements.some(({ refusal }) => refusal?.reason === "rolled-back"));
  });

  test("a record of a tag that ran out", async () => {
    const at = await scene.push("late/app");
    await sign(at, "bundle");
    const nowMs = Date.now() - 3_600_000;
    const name = parseReference(`${at.name}:v1`);
    await signTag({ store: at.repository }, at.root, {
      signer: signing.signer,
      name,
      nowMs,
      expiresMs: nowMs + 60_000,
    });
    const { accepted, judgements } = await verify("bundle", at, "--fresh");
    assert.equal(accepted, false);
    assert.ok(judgements.some(({ refusal }) => refusal?.reason === "expired"));
  });
});

/** Writes another digest in place of the one that was signed, in text and in base64 of either kind. */
function retold(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const [was, is] = [from, to].map((digest) => digest.slice("sha256:".length));
  const text = Buffer.from(bytes)
    .toString("latin1")
    .replaceAll(was ?? "", is ?? "");
  const inner = text.replaceAll(/[A-Za-z0-9+/_-]{60,}={0,2}/g, (part) => {
    const isUrl = /[_-]/.test(part) || part.length % 4 !== 0;
    const plain = Buffer.from(part, isUrl ? "base64url" : "base64").toString("latin1");
    if (!plain.includes(was ?? "?")) return part;
    const changed = Buffer.from(plain.replaceAll(was ?? "", is ?? ""), "latin1");
    return isUrl ? changed.toString("base64url") : toBase64(changed);
  });
  assert.notEqual(inner, Buffer.from(bytes).toString("latin1"), "nothing was changed");
  return Buffer.from(inner, "latin1");
}
