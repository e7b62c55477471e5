/**
 * The signatures and policies that containers/image tests itself with: each is judged as they judge it. They are not part of
 * this repository; TEU_CONTAINERS_IMAGE names a checkout of theirs.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { type Reference, parseReference } from "@teu/spec/reference";
import { OCI_MANIFEST } from "@teu/spec/media-types";
import { anyOf, needsProgram } from "@teu/testing/skip";
import type { Found, Unread } from "@teu/trust/find/gather";
import { readSignatureFile } from "@teu/trust/find/signature-file";
import { LEGACY_ANNOTATION } from "@teu/trust/formats/types";
import { verifyGpgMessage } from "@teu/trust/gpg/gpg";
import { parseContainersPolicy } from "@teu/trust/policy/containers-policy";
import { chooseScope } from "@teu/trust/policy/containers-scope";
import { judgeByContainers } from "@teu/trust/policy/judge-containers";
import { readSmallFile } from "@teu/trust/policy/material";
import { mergeRegistriesD, sectionFor } from "@teu/trust/policy/registries-d";
import { parseYaml } from "@teu/registry-server/config/yaml-document";

const checkout = process.env["TEU_CONTAINERS_IMAGE"];
const skip = anyOf(
  checkout === undefined ? "needs TEU_CONTAINERS_IMAGE to name a checkout of containers/image" : false,
  needsProgram("gpg"),
);

const fixture = (name: string): string => join(checkout ?? "", "signature/fixtures", name);
const read = (name: string): Buffer => readFileSync(fixture(name));

const IN_TIME = Date.parse("2025-06-01");
const COSIGN = "192.168.64.2:5000/cosign-signed-single-sample";
const REPOSITORY = { signedIdentity: { type: "matchRepository" } };
const EXACT = { signedIdentity: { type: "matchExact" } };

/** Judges an image in a folder of theirs, under a name, by one requirement. */
async function judgeImage(
  image: string,
  name: string,
  requirement: object,
  found: readonly (Found | Unread)[] = signaturesOf(image),
): Promise<boolean> {
  const policy = parseContainersPolicy(Buffer.from(JSON.stringify({ default: [requirement] })), "policy.json");
  const manifest = read(`${image}/manifest.json`);
  const reference: Reference = parseReference(name);
  const answer = await judgeByContainers("policy.json", chooseScope(policy, { transport: "docker", name: reference }), {
    subject: { mediaType: OCI_MANIFEST, digest: digestBytes(manifest), size: manifest.length },
    name: reference,
    found,
    nowMs: IN_TIME,
    read: readSmallFile,
  });
  return answer.accepted;
}

function signaturesOf(image: string): readonly (Found | Unread)[] {
  const files = readdirSync(fixture(image)).filter((name) => name.startsWith("signature-"));
  return files.map((name) => readSignatureFile(read(`${image}/${name}`)));
}

function oneOf(image: string): Found {
  const [found] = signaturesOf(image);
  assert.ok(found !== undefined && found.form !== "unknown");
  return found;
}

function changed(found: Found, changes: Readonly<Record<string, string | undefined>>): Found {
  const entries = Object.entries({ ...found.annotations, ...changes });
  const kept = entries.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...found, annotations: Object.fromEntries(kept) };
}

test("what containers/image tests with", { skip }, () => {});

describe("signatures of gpg", { skip, concurrency: true }, () => {
  const by = (file: string, more: object = EXACT): object => ({
    type: "signedBy",
    keyType: "GPGKeys",
    keyPath: fixture(file),
    ...more,
  });
  const byAll = (...files: readonly string[]): object => ({
    type: "signedBy",
    keyType: "GPGKeys",
    keyPaths: files.map(fixture),
    ...EXACT,
  });
  const KEY = by("public-key.gpg");
  const LATEST = "testing/manifest:latest";
  const rows: readonly (readonly [string, string, object, boolean])[] = [
    ["dir-img-valid", LATEST, KEY, true],
    ["dir-img-valid", LATEST, byAll("public-key-1.gpg", "public-key-1.gpg"), true],
    ["dir-img-valid", LATEST, byAll("public-key-2.gpg", "public-key-1.gpg"), true],
    ["dir-img-valid", LATEST, byAll("public-key-2.gpg"), false],
    ["dir-img-valid", LATEST, byAll("public-key.gpg", "absent"), false],
    ["dir-img-valid", LATEST, { ...by("absent") }, false],
    ["dir-img-valid", LATEST, { ...byAll(), keyPaths: undefined, keyData: "" }, false],
    ["dir-img-valid", LATEST, { ...KEY, keyType: "signedByGPGKeys" }, false],
    ["dir-img-valid", LATEST, { ...KEY, keyType: "X509Certificates" }, false],
    ["dir-img-valid", LATEST, { ...KEY, keyType: "signedByX509CAs" }, false],
    ["dir-img-valid", LATEST, by("public-key.gpg", exactly("this/does-not:match")), false],
    ["dir-img-valid", "testing/manifest:notlatest", KEY, false],
    ["dir-img-valid-2", LATEST, KEY, true],
    ["dir-img-valid-2", "testing/manifest:notlatest", KEY, false],
    ["dir-img-mixed", LATEST, KEY, true],
    ["dir-img-unsigned", LATEST, KEY, false],
    ["dir-img-modified-manifest", LATEST, KEY, false],
    ["dir-img-manifest-digest-error", LATEST, KEY, false],
    ["dir-img-valid-subkey", LATEST, by("public-key-with-subkey.gpg"), true],
    ["dir-img-cosign-valid", COSIGN, by("public-key.gpg", REPOSITORY), false],
  ];
  for (const [at, [image, name, requirement, expected]] of rows.entries())
    test(`${at}: ${image} as ${name}`, async () => {
      assert.equal(await judgeImage(image, name, requirement), expected);
    });

  test("an image without its manifest cannot be judged", async () => {
    await assert.rejects(judgeImage("dir-img-no-manifest", LATEST, KEY), { code: "ENOENT" });
  });

  const FINGERPRINT = "08CD26E446E2E95249B7A405E932F44B23E8DD43";
  const SUBKEYS_PRIMARY = "B9F4CDB9FD8C475BFA340AC38D54A947EE396F36";
  const messages: Readonly<Record<string, string | undefined>> = {
    "image.signature": FINGERPRINT,
    "no-optional-fields.signature": FINGERPRINT,
    "invalid-blob.signature": FINGERPRINT,
    "invalid-blob.signature-v3": FINGERPRINT,
    "invalid-reference.signature": FINGERPRINT,
    "subkey.signature": SUBKEYS_PRIMARY,
    "subkey.signature-v3": SUBKEYS_PRIMARY,
    "unsigned-literal.signature": undefined,
    "unsigned-encrypted.signature": undefined,
    "expired.signature": undefined,
    "corrupt.signature": undefined,
    "corrupt.signature-v3": undefined,
    "unknown-key.signature": undefined,
    "unknown-key.signature-v3": undefined,
    "subkey-revoked.signature": undefined,
    "subkey-revoked.signature-v3": undefined,
  };
  for (const [file, fingerprint] of Object.entries(messages))
    test(`${file} is ${fingerprint === undefined ? "refused" : `by ${fingerprint}`}`, async () => {
      assert.equal((await verifyGpgMessage(read(file), [read("pubring.gpg")]))?.fingerprint, fingerprint);
    });

  test("no file is forgotten", () => {
    const files = readdirSync(fixture("")).filter((name) => /\.signature(?:-v3)?$/.test(name));
    assert.deepEqual(files.toSorted(), [...Object.keys(messages), "unknown-cosign-key.signature"].toSorted());
    const images = readdirSync(fixture("")).filter((name) => name.startsWith("dir-img-"));
    const judged = new Set([...rows, ...SIGSTORE_ROWS].map(([image]) => image));
    const apart = ["dir-img-no-manifest", "dir-img-cosign-no-manifest"];
    assert.deepEqual(images.toSorted(), [...judged, ...apart].toSorted());
  });

  test("what is signed and is no payload, or is for no name, is refused", async () => {
    for (const file of ["invalid-blob.signature", "invalid-reference.signature"]) {
      const requirement = by("public-key.gpg", exactly(LATEST));
      assert.equal(await judgeImage("dir-img-valid", LATEST, requirement, [readSignatureFile(read(file))]), false);
    }
  });
});

function exactly(dockerReference: string): object {
  return { signedIdentity: { type: "exactReference", dockerReference } };
}

const sigstoreBy = (fields: object, identity: object = REPOSITORY): object => ({
  type: "sigstoreSigned",
  ...fields,
  ...identity,
});
const path = (name: string): string => fixture(name);
const KEY = { keyPath: path("cosign.pub") };
const OTHER_KEY = { keyPath: path("cosign2.pub") };
const REKOR = { rekorPublicKeyPath: path("rekor.pub") };
const FULCIO = {
  fulcio: {
    caPath: path("fulcio_v1.crt.pem"),
    oidcIssuer: "https://github.com/login/oauth",
    subjectEmail: "mitr@redhat.com",
  },
  ...REKOR,
};
const PKI = {
  pki: {
    caRootsPath: path("pki_root_crts.pem"),
    caIntermediatesPath: path("pki_intermediate_crts.pem"),
    subjectEmail: "qiwan@redhat.com",
    subjectHostname: "myhost.example.com",
  },
};
const LOGGED = "192.168.64.2:5000/cosign-signed/key-1";
const KEYLESS = "192.168.64.2:5000/cosign-signed/fulcio-rekor-1";
const data = (name: string): string => (checkout === undefined ? "" : read(name).toString("base64"));

const SIGSTORE_ROWS: readonly (readonly [string, string, object, boolean])[] = [
  ["dir-img-cosign-valid", COSIGN, sigstoreBy(KEY), true],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyPaths: [path("cosign.pub"), path("cosign2.pub")] }), true],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyPaths: [path("cosign2.pub"), path("cosign.pub")] }), true],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyData: data("cosign.pub") }), true],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyDatas: [data("cosign.pub"), data("cosign2.pub")] }), true],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyDatas: [data("cosign2.pub"), data("cosign.pub")] }), true],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyPath: path("cosign2.pub") }), false],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy(KEY, EXACT), false],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy(KEY, exactly("this/does-not:match")), false],
  ["dir-img-cosign-valid", "testing/manifest:notlatest", sigstoreBy(KEY), false],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ ...KEY, ...REKOR }), false],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyPath: path("image.signature") }), false],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyPath: path("absent") }), false],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyPaths: [path("cosign.pub"), path("absent")] }), false],
  ["dir-img-cosign-valid", COSIGN, sigstoreBy({ keyDatas: [data("cosign.pub"), "AAAA"] }), false],
  ["dir-img-cosign-valid-2", COSIGN, sigstoreBy(KEY), true],
  ["dir-img-cosign-valid-2", "this/does-not:match", sigstoreBy(KEY), false],
  ["dir-img-cosign-mixed", COSIGN, sigstoreBy(KEY), true],
  ["dir-img-cosign-modified-manifest", COSIGN, sigstoreBy(KEY), false],
  ["dir-img-cosign-manifest-digest-error", COSIGN, sigstoreBy(KEY), false],
  ["dir-img-cosign-other-attachment", "testing/manifest:latest", sigstoreBy(KEY), false],
  ["dir-img-cosign-valid-with-tag", "192.168.64.2:5000/skopeo-signed:tag", sigstoreBy(KEY, EXACT), true],
  ["dir-img-cosign-valid-with-tag", "192.168.64.2:5000/skopeo-signed:othertag", sigstoreBy(KEY, EXACT), false],
  ["dir-img-unsigned", "testing/manifest:latest", sigstoreBy(KEY), false],
  ["dir-img-valid", "testing/manifest:latest", sigstoreBy(KEY), false],
  ["dir-img-cosign-key-rekor-valid", LOGGED, sigstoreBy({ ...OTHER_KEY, ...REKOR }), true],
  ["dir-img-cosign-key-rekor-valid", LOGGED, sigstoreBy({ ...KEY, ...REKOR }), false],
  [
    "dir-img-cosign-key-rekor-valid",
    LOGGED,
    sigstoreBy({ ...OTHER_KEY, rekorPublicKeyPath: path("cosign.pub") }),
    false,
  ],
  [
    "dir-img-cosign-key-rekor-valid",
    LOGGED,
    sigstoreBy({ ...OTHER_KEY, rekorPublicKeyPath: path("some-rsa-key.pub") }),
    false,
  ],
  [
    "dir-img-cosign-key-rekor-valid",
    LOGGED,
    sigstoreBy({ ...OTHER_KEY, rekorPublicKeyPaths: [path("cosign.pub"), path("rekor.pub")] }),
    true,
  ],
  ["dir-img-cosign-fulcio-rekor-valid", KEYLESS, sigstoreBy(FULCIO), true],
  [
    "dir-img-cosign-fulcio-rekor-valid",
    KEYLESS,
    sigstoreBy({ ...FULCIO, fulcio: { ...FULCIO.fulcio, subjectEmail: "other@example.com" } }),
    false,
  ],
  [
    "dir-img-cosign-fulcio-rekor-valid",
    KEYLESS,
    sigstoreBy({ ...FULCIO, fulcio: { ...FULCIO.fulcio, oidcIssuer: "https://example.com" } }),
    false,
  ],
  [
    "dir-img-cosign-fulcio-rekor-valid",
    KEYLESS,
    sigstoreBy({ ...FULCIO, rekorPublicKeyPath: path("cosign.pub") }),
    false,
  ],
  ["dir-img-cosign-pki-valid", "localhost:5000/test", sigstoreBy(PKI), true],
  [
    "dir-img-cosign-pki-valid",
    "localhost:5000/test",
    sigstoreBy({ pki: { ...PKI.pki, subjectHostname: "other.example.com" } }),
    false,
  ],
];

describe("signatures of sigstore", { skip, concurrency: true }, () => {
  for (const [at, [image, name, requirement, expected]] of SIGSTORE_ROWS.entries())
    test(`${at}: ${image} as ${name}`, async () => {
      assert.equal(await judgeImage(image, name, requirement), expected);
    });

  const { signature, certificate, chain, bundle } = LEGACY_ANNOTATION;
  const edits: readonly (readonly [string, string, object, Readonly<Record<string, string | undefined>>, boolean])[] = [
    ["dir-img-cosign-valid", COSIGN, KEY, { [signature]: undefined }, false],
    ["dir-img-cosign-valid", COSIGN, KEY, { [signature]: Buffer.from("invalid").toString("base64") }, false],
    ["dir-img-cosign-key-rekor-valid", LOGGED, { ...OTHER_KEY, ...REKOR }, { [bundle]: undefined }, false],
    ["dir-img-cosign-key-rekor-valid", LOGGED, { ...OTHER_KEY, ...REKOR }, { [bundle]: "this is no promise" }, false],
    ["dir-img-cosign-fulcio-rekor-valid", KEYLESS, FULCIO, { [certificate]: undefined }, false],
    ["dir-img-cosign-fulcio-rekor-valid", KEYLESS, FULCIO, { [certificate]: "this is no certificate" }, false],
    ["dir-img-cosign-fulcio-rekor-valid", KEYLESS, FULCIO, { [bundle]: undefined }, false],
    ["dir-img-cosign-fulcio-rekor-valid", KEYLESS, FULCIO, { [bundle]: "this is no promise" }, false],
    ["dir-img-cosign-fulcio-rekor-valid", KEYLESS, FULCIO, { [chain]: undefined }, false],
    ["dir-img-cosign-pki-valid", "localhost:5000/test", PKI, { [certificate]: undefined }, false],
    ["dir-img-cosign-pki-valid", "localhost:5000/test", PKI, { [chain]: undefined }, true],
    [
      "dir-img-cosign-pki-valid",
      "localhost:5000/test",
      { pki: { ...PKI.pki, caIntermediatesPath: undefined } },
      { [chain]: undefined },
      false,
    ],
  ];
  for (const [at, [image, name, trust, changes, expected]] of edits.entries())
    test(`${at}: ${image} with ${Object.keys(changes).join()} changed`, async () => {
      const found = [changed(oneOf(image), changes)];
      assert.equal(await judgeImage(image, name, sigstoreBy(trust), found), expected);
    });

  test("a certificate between counts without its chain once it is trusted itself", async () => {
    const image = "dir-img-cosign-fulcio-rekor-valid";
    const caData = Buffer.from(oneOf(image).annotations[chain] ?? "").toString("base64");
    const trust = { ...FULCIO, fulcio: { ...FULCIO.fulcio, caPath: undefined, caData } };
    assert.ok(await judgeImage(image, KEYLESS, sigstoreBy(trust), [changed(oneOf(image), { [chain]: undefined })]));
  });

  test("a key that nobody knows is refused", async () => {
    const found = [readSignatureFile(read("unknown-cosign-key.signature"))];
    assert.equal(await judgeImage("dir-img-cosign-valid", COSIGN, sigstoreBy(KEY), found), false);
  });

  test("a file that holds an attachment of another kind is no signature", () => {
    assert.equal(signaturesOf("dir-img-cosign-other-attachment")[0]?.form, "unknown");
  });
});

describe("policies", { skip }, () => {
  test("theirs is read, with all its scopes", () => {
    const policy = parseContainersPolicy(read("policy.json"), "policy.json");
    assert.equal(policy.default[0]?.type, "reject");
    assert.equal(policy.transports.get("docker")?.size, 14);
    const scope = (name: string): string =>
      chooseScope(policy, { transport: "docker", name: parseReference(name) }).scope;
    assert.equal(scope("example.com/production/app:v1"), "docker example.com/production");
    assert.equal(scope("registry.redhat.com/a:v1"), "docker *.redhat.com");
    assert.equal(scope("example.org/a:v1"), "the default");
  });

  test("registries.d is put together, and chosen from by the most special scope", () => {
    const folder = join(checkout ?? "", "docker/fixtures/registries.d");
    const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
    const json = (file: string): ReturnType<typeof parseYaml>["json"] =>
      parseYaml(readFileSync(join(folder, file), "utf8")).json;
    const merged = mergeRegistriesD(files.map((file) => ({ file, json: json(file) })));
    assert.equal(merged.scopes.size, 12);
    const lookaside = (name: string): string | undefined => sectionFor(merged, parseReference(name)).lookaside;
    assert.equal(lookaside("example.com/my/project:v1"), "https://lookaside.example.com");
    assert.equal(lookaside("contoso/app:v1"), "https://lookaside.contoso.com/fordocker");
    assert.equal(lookaside("centos/mybetaproduct:v1"), "http://localhost:9999/mybetaWIP/lookaside");
    assert.equal(lookaside("centos/mybetaproduct:latest"), "https://lookaside.centos.org/");
    assert.equal(lookaside("quay.example/x:v1"), "file:///mnt/companywide/signatures/for/other/repositories");
  });
});
