/**
 * Encrypted layers: teu, skopeo of Debian, skopeo 1.22 and buildah read each other's, and refuse wrong keys and what was
 * changed.
 */
import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { openLayout } from "@teu/content/layout-store";
import { copy } from "@teu/content/copy";
import { openImage } from "@teu/content/mutate/image";
import { type SkipReason, anyOf, needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { realImage } from "../content/peers.ts";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import { type Ended, run, teu } from "../registry-client/programs.ts";
import { needsPeer, peer } from "./programs.ts";

const PLAIN = realImage("encrypted");

/** One that encrypts and decrypts, from an image layout to another. */
interface Cryptographer {
  readonly name: string;
  readonly skip: SkipReason;
  readonly copy: (from: string, to: string, words: readonly string[]) => Promise<Ended>;
}

describe("encrypted layers", { concurrency: true }, () => {
  let dir: TempDir;

  before(async () => {
    dir = await tempDir();
    const layout = await openLayout(dir.join("plain"), { create: true });
    await copy(PLAIN.store, layout, PLAIN.root, { tags: ["v1"] });
    const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const keys = { rsa: rsa(), ec: generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey, other: rsa() };
    for (const [name, key] of Object.entries(keys)) {
      await writeFile(dir.join(`${name}.key`), key.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
      await dir.write(`${name}.pub`, createPublicKey(key).export({ format: "pem", type: "spki" }).toString());
    }
  });
  after(async () => await dir?.[Symbol.asyncDispose]());

  const ours: Cryptographer = {
    name: "teu",
    skip: false,
    copy: async (from, to, words) => await runTeu("copy", "--quiet", ...words, `oci:${from}:v1`, `oci:${to}:v1`),
  };
  const common = ["--insecure-policy", "copy", "--quiet"];
  const theirs: readonly Cryptographer[] = [
    {
      name: "skopeo of Debian",
      skip: needsProgram("skopeo"),
      copy: async (from, to, words) =>
        await run("skopeo", [...common, ...words, `oci:${from}:v1`, `oci:${to}:v1`], { env: environment() }),
    },
    {
      name: "skopeo 1.22",
      skip: needsPeer("skopeo"),
      copy: async (from, to, words) =>
        await peer("skopeo", dir.path, [...common, ...words, `oci:${from}:v1`, `oci:${to}:v1`], { env: environment() }),
    },
    { name: "buildah", skip: needsProgram("buildah"), copy: async (...words) => await buildahCopy(...words) },
  ];

  function environment(): Readonly<Record<string, string>> {
    return { HOME: dir.path, GNUPGHOME: dir.join("gnupg") };
  }

  async function runTeu(...words: readonly string[]): Promise<Ended> {
    return await teu(dir.path, words, { commands: COMMANDS, env: environment() });
  }

  /** Through its own store, where layers are plain. */
  async function buildahCopy(from: string, to: string, words: readonly string[]): Promise<Ended> {
    // It takes the path of a layout for a name, which has to be in lower case.
    const [image, result] = [from, to].map((path) => relative(dir.path, path));
    const place = ["--root", `${to}-b`, "--runroot", `${to}-r`, "--storage-driver", "vfs"];
    const buildah = async (...rest: readonly string[]): Promise<Ended> =>
      await run("env", ["-C", dir.path, "buildah", ...place, ...rest], { env: environment() });
    const [pulls, pushes] = words[0] === "--decryption-key" ? [words, []] : [[], words];
    const pulled = await buildah("pull", "--quiet", ...pulls, `oci:${image}:v1`);
    if (pulled.code !== 0) return pulled;
    return await buildah("push", "--quiet", ...pushes, pulled.out.trim(), `oci:${result}:v1`);
  }

  async function works(ended: Promise<Ended>): Promise<void> {
    const { code, notes } = await ended;
    assert.equal(code, 0, notes);
  }

  /** Whether a layout has the image with its layers in plain. Some compress them again on the way. */
  async function assertPlain(layout: string): Promise<void> {
    await works(runTeu("image", "validate", "--quiet", `oci:${layout}:v1`));
    const manifest = (await runTeu("manifest", "get", `oci:${layout}:v1`)).out;
    assert.doesNotMatch(manifest, /encrypted|image\.enc\./);
    assert.deepEqual(await diffIds(layout), PLAIN.diffIds);
  }

  async function diffIds(layout: string): Promise<unknown> {
    const store = await openLayout(layout);
    const root = await store.resolve("v1");
    assert.ok(root);
    return (await openImage({ root, store })).layers.map(({ diffId }) => diffId);
  }

  async function encrypted(layout: string): Promise<string> {
    const manifest = (await runTeu("manifest", "get", `oci:${layout}:v1`)).out;
    assert.match(manifest, /\+encrypted/);
    return manifest;
  }

  for (const other of theirs) {
    for (const key of other.name === "buildah" ? ["rsa"] : ["rsa", "ec"]) {
      test(
        `${other.name} opens what teu encrypts for ${key}, and the other way round`,
        { skip: other.skip },
        async () => {
          const name = `${other.name.replaceAll(/\W/g, "-")}-${key}`;
          for (const [from, to, there] of [
            [ours, other, `${name}-ours`],
            [other, ours, `${name}-theirs`],
          ] as const) {
            await works(
              from.copy(dir.join("plain"), dir.join(there), ["--encryption-key", `jwe:${dir.join(key)}.pub`]),
            );
            await encrypted(dir.join(there));
            await works(
              to.copy(dir.join(there), dir.join(`${there}-back`), ["--decryption-key", `${dir.join(key)}.key`]),
            );
            await assertPlain(dir.join(`${there}-back`));
            const wrong = ["--decryption-key", `${dir.join("other")}.key`];
            assert.notEqual((await to.copy(dir.join(there), dir.join(`${there}-wrong`), wrong)).code, 0);
          }
        },
      );
    }
  }

  test(
    "both refuse a layer that was changed and whose digest was made to fit",
    { skip: needsPeer("skopeo") },
    async () => {
      await works(ours.copy(dir.join("plain"), dir.join("forged"), ["--encryption-key", `jwe:${dir.join("rsa")}.pub`]));
      const store = await openLayout(dir.join("forged"));
      const manifest = JSON.parse(await encrypted(dir.join("forged")));
      const [layer] = manifest.layers;
      const bytes = await readFile(dir.join(`forged/blobs/${layer.digest.replace(":", "/")}`));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      const { digest } = await store.ingest([bytes], { mediaType: layer.mediaType });
      const forged = JSON.stringify({ ...manifest, layers: [{ ...layer, digest }, ...manifest.layers.slice(1)] });
      await store.tag("v1", await store.ingest([Buffer.from(forged)], { mediaType: manifest.mediaType }));
      const words = ["--decryption-key", `${dir.join("rsa")}.key`];
      const ended = await ours.copy(dir.join("forged"), dir.join("forged-ours"), words);
      assert.match(ended.notes, /it is not what was encrypted with its key/);
      const skopeo = theirs.find(({ name }) => name === "skopeo 1.22");
      assert.notEqual((await skopeo?.copy(dir.join("forged"), dir.join("forged-theirs"), words))?.code, 0);
    },
  );

  test("one layer alone is encrypted as skopeo counts them", { skip: needsProgram("skopeo") }, async () => {
    const words = ["--encryption-key", `jwe:${dir.join("rsa")}.pub`, "--encrypt-layer=-1"];
    await works(ours.copy(dir.join("plain"), dir.join("top"), words));
    const types = [...(await encrypted(dir.join("top"))).matchAll(/image\.layer\.[^"]*/g)].map(([type]) => type);
    assert.deepEqual(
      types.map((type) => type.endsWith("+encrypted")),
      types.map((_, index) => index === types.length - 1),
    );
    const [skopeo] = theirs;
    await works(
      skopeo?.copy(dir.join("top"), dir.join("top-back"), ["--decryption-key", `${dir.join("rsa")}.key`]) ?? never(),
    );
    await assertPlain(dir.join("top-back"));
  });

  describe("keys of OpenPGP", { skip: anyOf(needsProgram("gpg"), needsPeer("skopeo")) }, () => {
    before(async () => {
      await mkdir(dir.join("gnupg"), { mode: 0o700 });
      const gpg = async (...words: readonly string[]): Promise<Ended> =>
        await run("gpg", ["--homedir", dir.join("gnupg"), "--batch", ...words]);
      const unlock = ["--pinentry-mode", "loopback", "--passphrase", "open"];
      // skopeo's library does not read newer kinds of secret keys.
      await works(gpg(...unlock, "--quick-gen-key", "ann@example.com", "rsa2048", "cert,encr"));
      await works(gpg(...unlock, "--output", dir.join("ann.sec"), "--export-secret-keys", "ann@example.com"));
      await dir.write("ann.password", "open");
    });
    after(async () => {
      await run("gpgconf", ["--homedir", dir.join("gnupg"), "--kill", "all"]);
    });

    test("skopeo and teu open what the other encrypts", async () => {
      // An older one takes no password from a file.
      const [, skopeo = ours] = theirs;
      const key = ["--decryption-key", `${dir.join("ann.sec")}:file=${dir.join("ann.password")}`];
      for (const [from, to, there] of [
        [ours, skopeo, "pgp-ours"],
        [skopeo, ours, "pgp-theirs"],
      ] as const) {
        await works(from.copy(dir.join("plain"), dir.join(there), ["--encryption-key", "pgp:ann@example.com"]));
        await works(to.copy(dir.join(there), dir.join(`${there}-back`), key));
        await assertPlain(dir.join(`${there}-back`));
      }
      await dir.write("wrong.password", "sesame");
      const wrong = ["--decryption-key", `${dir.join("ann.sec")}:file=${dir.join("wrong.password")}`];
      assert.notEqual((await ours.copy(dir.join("pgp-theirs"), dir.join("pgp-wrong"), wrong)).code, 0);
    });
  });

  test("a password among the words of a command is refused, and not shown", async () => {
    for (const word of ["hunter2", "pass=hunter2"]) {
      const words = ["--decryption-key", `${dir.join("rsa")}.key:${word}`];
      const { code, notes } = await ours.copy(dir.join("plain"), dir.join("never"), words);
      assert.equal(code, 2, notes);
      assert.doesNotMatch(notes, /hunter2/);
    }
  });
});

function never(): never {
  throw new TypeError("no peer");
}
