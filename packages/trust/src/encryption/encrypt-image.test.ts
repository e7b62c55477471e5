import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { type Image, type ImageLayer, imageGraph, openImage } from "@teu/content/mutate/image";
import { scratchImage } from "@teu/content/mutate/scratch";
import { appendLayers } from "@teu/content/mutate/layer-edit";
import { openPlain, writeLayer } from "@teu/content/mutate/rewrite-layers";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { isTeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import { decryptImage, encryptImage, hasEncrypted } from "./encrypt-image.ts";
import { jweUnwrapper, jweWrapper } from "./jwe-wrapper.ts";
import { findProvider, providerUnwrapper, providerWrapper } from "./provider-wrapper.ts";

const [alice, bob, eve] = [rsaPair(), ecPair(), rsaPair()];
const TEXTS = ["the base of it all", "an application on top of that"];

function rsaPair(): ReturnType<typeof generateKeyPairSync> {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

function ecPair(): ReturnType<typeof generateKeyPairSync> {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

const forAlice = jweWrapper([{ key: alice.publicKey }]);
const asAlice = jweUnwrapper(alice.privateKey);

async function plainImage(store: MemoryStore): Promise<Image> {
  const image = await openImage(scratchImage({ os: "linux", architecture: "amd64" }));
  const type = "application/vnd.oci.image.layer.v1.tar+gzip";
  const layers: ImageLayer[] = [];
  for (const text of TEXTS) layers.push(await writeLayer([Buffer.from(text)], type, store, { compression: "gzip" }));
  return appendLayers(image, layers);
}

async function texts(image: Image): Promise<readonly string[]> {
  const read = async (layer: ImageLayer): Promise<string> =>
    new TextDecoder().decode(await collect(openPlain(layer), { maxBytes: 1000, what: "a layer" }));
  return await Promise.all(image.layers.map(read));
}

function types({ layers }: Image): readonly string[] {
  return layers.map(({ descriptor }) => descriptor.mediaType.replace("application/vnd.oci.image.layer.v1.", ""));
}

describe("an image", () => {
  test("is encrypted and decrypted, with the same config, under a new digest each time", async () => {
    const store = new MemoryStore();
    const image = await plainImage(store);
    const sealed = await encryptImage(image, { wrappers: [forAlice] }, store);
    const again = await encryptImage(image, { wrappers: [forAlice] }, store);
    assert.deepEqual(types(sealed), ["tar+gzip+encrypted", "tar+gzip+encrypted"]);
    assert.ok(hasEncrypted(sealed));
    assert.equal(sealed.config, image.config);
    assert.notEqual(sealed.layers[0]?.descriptor.digest, again.layers[0]?.descriptor.digest);
    for (const layer of sealed.layers) {
      const bytes = Buffer.from(await readVerified(store, layer.descriptor));
      assert.equal(bytes.includes(Buffer.from([0x1f, 0x8b, 0x08, 0x00])), false);
    }
    const opened = await decryptImage(sealed, { unwrappers: [asAlice] }, store);
    assert.deepEqual(await texts(opened), TEXTS);
    assert.deepEqual(imageGraph(opened).root, imageGraph(image).root);
  });

  test("is encrypted in part, and stays as it is where nothing is encrypted", async () => {
    const store = new MemoryStore();
    const image = await plainImage(store);
    const sealed = await encryptImage(image, { wrappers: [forAlice], takes: (index) => index === 1 }, store);
    assert.deepEqual(types(sealed), ["tar+gzip", "tar+gzip+encrypted"]);
    assert.equal(await decryptImage(image, { unwrappers: [asAlice] }, store), image);
    assert.equal(await encryptImage(sealed, { wrappers: [forAlice], takes: (index) => index === 1 }, store), sealed);
  });

  test("is opened by everyone that it is for, by nobody else, and by those who are added", async () => {
    const store = new MemoryStore();
    const [asBob, asEve] = [jweUnwrapper(bob.privateKey), jweUnwrapper(eve.privateKey)];
    const image = await plainImage(store);
    const both = jweWrapper([{ key: alice.publicKey }, { key: bob.publicKey }]);
    const sealed = await encryptImage(image, { wrappers: [both] }, store);
    for (const unwrapper of [asAlice, asBob])
      assert.deepEqual(await texts(await decryptImage(sealed, { unwrappers: [unwrapper] }, store)), TEXTS);
    for (const unwrappers of [[asEve], []])
      await assert.rejects(decryptImage(sealed, { unwrappers }, store), (error) =>
        isTeuError(error, "ERR_DECRYPTION_KEY"),
      );
    const forEve = jweWrapper([{ key: eve.publicKey }]);
    const more = await encryptImage(sealed, { wrappers: [forEve], unwrappers: [asBob] }, store);
    assert.equal(more.layers[0]?.descriptor.digest, sealed.layers[0]?.descriptor.digest);
    for (const unwrapper of [asAlice, asBob, asEve])
      assert.deepEqual(await texts(await decryptImage(more, { unwrappers: [unwrapper] }, store)), TEXTS);
  });
});

describe("an encrypted layer", () => {
  async function sealedImage(): Promise<{ readonly image: Image; readonly store: MemoryStore }> {
    const store = new MemoryStore();
    return { image: await encryptImage(await plainImage(store), { wrappers: [forAlice] }, store), store };
  }

  function withLayer(image: Image, change: (descriptor: Descriptor) => Descriptor): Image {
    const [first, ...others] = image.layers;
    assert.ok(first);
    return { ...image, layers: [{ ...first, descriptor: change(first.descriptor) }, ...others] };
  }

  test("that was changed is refused though its digest is made to fit, and nothing of it stays", async () => {
    const { image, store } = await sealedImage();
    const before = (await Array.fromAsync(store.blobs())).length;
    const bytes = Buffer.from(await readVerified(store, image.layers[0]?.descriptor as Descriptor));
    for (const changed of [flip(bytes, 0), flip(bytes, bytes.length - 1), bytes.subarray(1), bytes.subarray(0, -1)]) {
      const written = await store.ingest([changed], { mediaType: "application/octet-stream" });
      const forged = withLayer(image, (old) => ({ ...old, digest: written.digest, size: written.size }));
      await assert.rejects(decryptImage(forged, { unwrappers: [asAlice] }, store), (error) =>
        isTeuError(error, "ERR_ENCRYPTION_INVALID"),
      );
    }
    // The four that were changed, and the second layer, whose decryption may have ended before.
    const after = (await Array.fromAsync(store.blobs())).length;
    assert.ok(after <= before + 5, `${after} blobs, ${before} before`);
  });

  test("with annotations that are wrong is refused, and the error shows no key", async () => {
    const { image, store } = await sealedImage();
    const name = "org.opencontainers.image.enc.pubopts";
    const right = Buffer.from(image.layers[0]?.descriptor.annotations?.[name] ?? "", "base64").toString();
    const wrong = [
      "",
      "*",
      Buffer.from("{}").toString("base64"),
      Buffer.from(right.replace("AES_256_CTR", "AES_128_CTR")).toString("base64"),
      Buffer.from(right.replace(/"hmac":"[^"]*"/, '"hmac":""')).toString("base64"),
      Buffer.from(right.replace('"cipheroptions":{}', '"cipheroptions":{"nonce":"AAAA"}')).toString("base64"),
    ];
    for (const value of wrong) {
      const forged = withLayer(image, (old) => ({ ...old, annotations: { ...old.annotations, [name]: value } }));
      await assert.rejects(decryptImage(forged, { unwrappers: [asAlice] }, store), (error) => {
        assert.ok(isTeuError(error, "ERR_ENCRYPTION_INVALID"), String(error));
        return !/symkey":"/.test(`${error.message}${JSON.stringify(error)}`);
      });
    }
  });

  test("with many wrapped keys is refused before they are tried", async () => {
    const { image, store } = await sealedImage();
    const name = "org.opencontainers.image.enc.keys.jwe";
    const forged = withLayer(image, (old) => ({
      ...old,
      annotations: { ...old.annotations, [name]: Array.from({ length: 300 }, () => "AAAA").join(",") },
    }));
    await assert.rejects(decryptImage(forged, { unwrappers: [asAlice] }, store), (error) =>
      isTeuError(error, "ERR_ENCRYPTION_INVALID"),
    );
  });

  test("opens with a later key where an earlier one cannot read what was wrapped", async () => {
    const { image, store } = await sealedImage();
    const name = "org.opencontainers.image.enc.keys.jwe";
    const forged = withLayer(image, (old) => ({
      ...old,
      annotations: { ...old.annotations, [name]: `AAAA,${old.annotations?.[name] ?? ""}` },
    }));
    assert.deepEqual(await texts(await decryptImage(forged, { unwrappers: [asAlice] }, store)), TEXTS);
  });
});

test("key providers of OCIcrypt wrap and unwrap", async () => {
  const program = `
    const request = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const turn = (text) => Buffer.from(text, "base64").reverse().toString("base64");
    const answer = request.op === "keywrap"
      ? { keywrapresults: { annotation: turn(request.keywrapparams.optsdata) } }
      : { keyunwrapresults: { optsdata: turn(request.keyunwrapparams.annotation) } };
    const { Parameters } = (request.keywrapparams?.ec ?? request.keyunwrapparams.dc);
    if (Buffer.from(Parameters.turner[0], "base64").toString() !== "key-1") process.exit(3);
    console.log(JSON.stringify(answer));`;
  const cmd = { path: process.execPath, args: ["-e", program] };
  const remote = { grpc: "localhost:1" };
  const config = Buffer.from(JSON.stringify({ "key-providers": { turner: { cmd }, remote } }));
  const provider = findProvider(config, "turner");
  const store = new MemoryStore();
  const image = await plainImage(store);
  const sealed = await encryptImage(image, { wrappers: [providerWrapper(provider, ["key-1"])] }, store);
  const opened = await decryptImage(sealed, { unwrappers: [providerUnwrapper(provider, ["key-1"])] }, store);
  assert.deepEqual(await texts(opened), TEXTS);
  await assert.rejects(decryptImage(sealed, { unwrappers: [providerUnwrapper(provider, ["key-2"])] }, store), (error) =>
    isTeuError(error, "ERR_DECRYPTION_KEY"),
  );
  for (const name of ["remote", "none"])
    assert.throws(
      () => findProvider(config, name),
      (error) => isTeuError(error, "ERR_PLUGIN"),
    );
});

function flip(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
