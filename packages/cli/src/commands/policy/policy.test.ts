import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { rm } from "node:fs/promises";
import { suite, test } from "node:test";
import { openLayout } from "@teu/content/layout-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { COMMANDS } from "../../commands.ts";
import type { Host } from "../../host.ts";
import { policyAdmission } from "../../policy/admission.ts";
import { run } from "../../run.ts";

const IMAGE = sampleImage("signed");
const OTHER = sampleImage("unsigned");

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

interface World extends AsyncDisposable {
  readonly dir: TempDir;
  readonly fake: { readonly host: string };
  /** Takes the registry away. */
  readonly stop: () => Promise<void>;
  readonly host: Host;
  /** Runs teu with a home of its own. */
  readonly teu: (words: readonly string[], input?: string) => Promise<Ended>;
  readonly writePolicy: (require: unknown) => Promise<void>;
}

/** A registry with one image that is signed and one that is not. */
async function world(): Promise<World> {
  await using cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const registry = await startFakeRegistry();
  const fake = { host: registry.host };
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => await (stopped ??= registry[Symbol.asyncDispose]());
  cleanup.defer(stop);
  const seen = { out: "", notes: "" };
  const host: Host = {
    out: (text) => void (seen.out += text),
    bytes: async (chunk) => void (seen.out += new TextDecoder().decode(chunk)),
    note: (line) => void (seen.notes += `${line}\n`),
    env: { HOME: dir.path, TEU_ROOT: dir.join("teu"), TEU_KEY_PASSWORD: "x" },
    cwd: dir.path,
    signal: new AbortController().signal,
  };
  const teu: World["teu"] = async (words, input) => {
    Object.assign(seen, { out: "", notes: "" });
    const given =
      input === undefined
        ? host
        : {
            ...host,
            input: (async function* () {
              yield Buffer.from(input);
            })(),
          };
    const code = await run(words, COMMANDS, given);
    return { code, ...seen };
  };
  const works = async (...words: readonly string[]): Promise<void> => {
    const { code, notes } = await teu(words);
    assert.equal(code, 0, notes);
  };
  const layout = await openLayout(dir.join("layout"), { create: true });
  for (const [tag, image] of [
    ["v1", IMAGE],
    ["v2", OTHER],
  ] as const) {
    await putAll(layout, image);
    await layout.tag(tag, image.root);
    await works("copy", `oci:layout:${tag}`, `docker://${fake.host}/team/app:${tag}`);
  }
  await works("key", "generate");
  await works("sign", "--key", "teu.key", `docker://${fake.host}/team/app:v1`);
  const writePolicy = async (require: unknown): Promise<void> => {
    const rule = { name: "team", images: [`${fake.host}/team/**`], require };
    const policy = { version: 1, trust: { release: { key: "../../teu.pub" } }, rules: [rule] };
    await dir.write(".config/teu/policy.json", JSON.stringify(policy));
  };
  const kept = cleanup.move();
  return { dir, fake, stop, host, teu, writePolicy, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const SIGNED = [{ signed: { by: ["release"] } }];

suite("teu policy", () => {
  test("tells of images in a registry whether they are accepted, and why", async () => {
    await using at = await world();
    const [good, bad] = ["v1", "v2"].map((tag) => `docker://${at.fake.host}/team/app:${tag}`);
    assert.ok(good !== undefined && bad !== undefined);
    await rm(at.dir.join(".config"), { recursive: true, force: true });
    const none = await at.teu(["policy", "check", "--containers-policy", await anything(at.dir), bad]);
    assert.equal(none.code, 0, none.notes);
    await at.writePolicy(SIGNED);
    const both = await at.teu(["policy", "check", good, bad]);
    assert.equal(both.code, 1);
    assert.match(both.out, /accepted\n.*\n {2}refused: .*there is no signature/s);
    const why = await at.teu(["policy", "explain", good]);
    assert.match(why.out, /\+ a signature by release: by release/);
    const json = await at.teu(["policy", "check", "--format", "json", good]);
    assert.equal((JSON.parse(json.out) as readonly { readonly accepted: boolean }[])[0]?.accepted, true);
    await at.dir.write("broken.json", '{"default":[]}');
    const broken = await at.teu(["policy", "check", "--containers-policy", "broken.json", good]);
    assert.equal(broken.code, 1);
    assert.match(broken.notes, /ERR_POLICY_INVALID|expected at least one requirement/);
  });

  test("decides over pulling, and over starting and unpacking with the registry gone", async () => {
    await using at = await world();
    await at.writePolicy(SIGNED);
    const name = `${at.fake.host}/team/app`;
    const refused = await at.teu(["pull", "--quiet", "--all-platforms", `${name}:v2`]);
    assert.equal(refused.code, 1);
    assert.match(refused.notes, /there is no signature/);
    const pulled = await at.teu(["pull", "--quiet", `${name}:v1`]);
    assert.equal(pulled.code, 0, pulled.notes);
    await at.stop();
    const offline = await at.teu(["policy", "check", `${name}:v1`]);
    assert.equal(offline.code, 0, offline.out + offline.notes);
    const admission = policyAdmission(at.host);
    assert.ok(admission);
    const digest = IMAGE.root.digest;
    const request = { id: "1", name: "c", image: `${name}:v1`, root: digest, manifest: digest, config: digest };
    await admission.admit({ ...request, options: {} as never });
    await at.writePolicy("reject");
    await assert.rejects(admission.admit({ ...request, options: {} as never }), { code: "ERR_NOT_ADMITTED" });
    const unpacked = await at.teu(["image", "unpack", `store:${name}:v1`, "out"]);
    assert.equal(unpacked.code, 1);
    assert.match(unpacked.notes, /the rule rejects it/);
    await at.writePolicy(SIGNED);
    await rm(at.dir.join("teu/images/evidence"), { recursive: true });
    await assert.rejects(admission.admit({ ...request, options: {} as never }), /no signature/);
  });

  for (const when of ["when pulled", "in the store"] as const)
    test(`goes on to hold for an image that was signed encrypted and is decrypted ${when}`, async () => {
      await using at = await world();
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      await at.dir.write("reader.pub", publicKey.export({ format: "pem", type: "spki" }).toString());
      await at.dir.write("reader.key", privateKey.export({ format: "pem", type: "pkcs8" }).toString());
      const name = `${at.fake.host}/team/app:v3`;
      for (const words of [
        ["copy", "--quiet", "--encryption-key", "jwe:reader.pub", "oci:layout:v2", `docker://${name}`],
        ["sign", "--key", "teu.key", `docker://${name}`],
      ]) {
        const { code, notes } = await at.teu(words);
        assert.equal(code, 0, notes);
      }
      await at.writePolicy(SIGNED);
      const key = ["--decryption-key", "reader.key"];
      const pulled = await at.teu(["pull", "--quiet", ...(when === "when pulled" ? key : []), name]);
      assert.equal(pulled.code, 0, pulled.notes);
      await at.stop();
      const plain = when === "when pulled" ? pulled : await at.teu(["image", "decrypt", "--quiet", ...key, name]);
      assert.equal(plain.code, 0, plain.notes);
      assert.equal(plain.out.trim(), OTHER.root.digest);
      const admission = policyAdmission(at.host);
      assert.ok(admission);
      const { digest } = OTHER.root;
      const request = { id: "1", name: "c", image: name, root: digest, manifest: digest, config: digest };
      await admission.admit({ ...request, options: {} as never });
      await rm(at.dir.join("teu/images/evidence"), { recursive: true });
      await assert.rejects(admission.admit({ ...request, options: {} as never }), /no signature/);
    });

  test("answers containerd by its contract", async () => {
    await using at = await world();
    await at.writePolicy(SIGNED);
    const registries = `[[registry]]\nlocation = "${at.fake.host}"\ninsecure = true\n`;
    await at.dir.write(".config/containers/registries.conf", registries);
    const ask = async (image: typeof IMAGE, tag: string, input = ""): Promise<Ended> => {
      const { digest, mediaType } = image.root;
      const words = ["-name", `${at.fake.host}/team/app:${tag}`, "-digest", digest, "-stdin-media-type", mediaType];
      return await at.teu(["policy", "verify-image", ...words], input);
    };
    const good = await ask(IMAGE, "v1", JSON.stringify(IMAGE.root));
    assert.equal(good.code, 0, good.out + good.notes);
    const bad = await ask(OTHER, "v2", JSON.stringify(OTHER.root));
    assert.equal(bad.code, 1);
    assert.match(bad.out, /no signature/);
    assert.notEqual((await ask(IMAGE, "v1", JSON.stringify(OTHER.root))).code, 0);
    assert.notEqual((await at.teu(["policy", "verify-image", "-name", "x"])).code, 0);
  });
});

async function anything(dir: TempDir): Promise<string> {
  return await dir.write("any.json", JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
}
