/**
 * The signatures, trust stores and time stamps that notation-go tests itself with: each is judged as it judges them. They are
 * not part of this repository; TEU_NOTATION_GO names a checkout of theirs.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseDigest } from "@teu/spec/digest";
import type { Descriptor } from "@teu/spec/descriptor";
import { parseReference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import { parseJson } from "@teu/std/json";
import type { Found } from "@teu/trust/find/gather";
import { readNotationPayload } from "@teu/trust/formats/notation";
import { parseNotationCose } from "@teu/trust/formats/notation-cose";
import { parseNotationJws } from "@teu/trust/formats/notation-jws";
import type { AskPlugin } from "@teu/trust/plugin/plugin-program";
import { judgeByNotation } from "@teu/trust/policy/judge-by-notation";
import { parseNotationPolicy } from "@teu/trust/policy/notation-policy";
import { readTrustStore } from "@teu/trust/policy/trust-store";
import { judge as judgeOne } from "@teu/trust/verify/judge";
import type { PolicyAnswer } from "@teu/trust/policy/verdict";

const checkout = process.env["TEU_NOTATION_GO"];
const skip = checkout === undefined ? "needs TEU_NOTATION_GO to name a checkout of notation-go" : false;

const STORES = join(checkout ?? "", "verifier/testdata/truststore");
const MOCKS = "internal/mock/testdata";
const STAMPED = "verifier/testdata/timestamp/sigEnv";
const OTHERS = "internal/testdata";
const IN_TIME = Date.parse("2026-06-01");
const UNREADABLE: Descriptor = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: parseDigest(`sha256:${"00".repeat(32)}`),
  size: 1,
};

interface Asked {
  readonly level?: string;
  readonly override?: Readonly<Record<string, string>>;
  readonly stores?: readonly string[];
  readonly identities?: readonly string[];
  readonly verifyTimestamp?: string;
  /** Whether the plug-in that their signatures ask for is there, in version 1.0.0. */
  readonly hasPlugin?: boolean;
}

const BOTH = ["ca:valid-trust-store", "signingAuthority:valid-trust-store"];
const OTHER_STORES = ["ca:valid-trust-store-2", "signingAuthority:valid-trust-store-2"];
const TSA = [...BOTH, "tsa:test-timestamp"];
/** As they do, where nothing but the time is looked at. */
const TIME_ALONE = { stores: TSA, override: { authenticity: "log", revocation: "skip" } };

async function judge(file: string, asked: Asked = {}): Promise<PolicyAnswer> {
  const { level = "strict", override = { revocation: "skip" }, stores = BOTH, identities = ["*"] } = asked;
  const { verifyTimestamp } = asked;
  const bytes = readFileSync(join(checkout ?? "", file));
  const form = bytes[0] === 0x7b ? "notation-jws" : "notation-cose";
  const statement = {
    name: "theirs",
    registryScopes: ["*"],
    signatureVerification: { level, override, verifyTimestamp },
    trustStores: stores,
    trustedIdentities: identities,
  };
  const policy = Buffer.from(JSON.stringify({ version: "1.0", trustPolicies: [statement] }));
  const subject = subjectOf(form, bytes);
  const found: Found = {
    form,
    place: "referrer",
    manifest: subject,
    layer: subject,
    bytes,
    annotations: {},
  };
  return await judgeByNotation(
    { file: "trustpolicy.json", statements: parseNotationPolicy(policy, "trustpolicy.json"), trustStores: STORES },
    {
      subjects: [{ subject, found: [found] }],
      name: parseReference("registry.example.com/a:v1"),
      nowMs: IN_TIME,
      ...(asked.hasPlugin === true ? { plugins: { find: () => askPlugin } } : {}),
    },
  );
}

/** Says yes to all. */
const askPlugin: AskPlugin = async (command) =>
  command === "get-plugin-metadata"
    ? parseJson('{"name":"plugin-name","version":"1.0.0","capabilities":["SIGNATURE_VERIFIER.TRUSTED_IDENTITY"]}')
    : parseJson(
        '{"verificationResults":{"SIGNATURE_VERIFIER.TRUSTED_IDENTITY":{"success":true}},"processedAttributes":["SomeKey"]}',
      );

function subjectOf(form: Found["form"], bytes: Uint8Array): Descriptor {
  try {
    const { payload } = form === "notation-jws" ? parseNotationJws(bytes) : parseNotationCose(bytes);
    const { mediaType, digest, size } = readNotationPayload(payload);
    return { mediaType, digest, size };
  } catch (error) {
    if (isTeuError(error)) return UNREADABLE;
    throw error;
  }
}

const OURS = "x509.subject:C=US,ST=WA,O=Notary,CN=Notation Test Root";
const OTHERS_NAME = "x509.subject:C=IN,ST=TG,O=DummyOrg,CN=LOL";

/** A stamper that exists is to be asked about, over a network that is not there. It is the last that is asked of a time stamp. */
const STAMPER = /the time stamp is by "CN=Globalsign TSA [^"]*": not checked/;

/** What is accepted has no reason. */
const rows: readonly (readonly [file: string, asked: Asked, refusal: RegExp | undefined])[] = [
  ...["ca", "sa"].flatMap((kind): typeof rows => [
    [`${MOCKS}/${kind}_valid_sig_env.json`, {}, undefined],
    [`${MOCKS}/${kind}_valid_sig_env.json`, { identities: [OURS] }, undefined],
    [`${MOCKS}/${kind}_valid_sig_env.json`, { identities: [OTHERS_NAME] }, /is not who is trusted/],
    [`${MOCKS}/${kind}_valid_sig_env.json`, { identities: [OTHERS_NAME], level: "audit" }, undefined],
    [`${MOCKS}/${kind}_valid_sig_env.json`, { stores: OTHER_STORES }, /lead to none that is trusted/],
    [`${MOCKS}/${kind}_valid_sig_env.json`, { stores: OTHER_STORES, level: "permissive" }, /lead to none/],
    [`${MOCKS}/${kind}_valid_sig_env.json`, { stores: OTHER_STORES, level: "audit" }, undefined],
    [`${MOCKS}/${kind}_expired_sig_env.json`, {}, /expired at 2022-07-29/],
    [`${MOCKS}/${kind}_expired_sig_env.json`, { level: "permissive" }, undefined],
    [`${MOCKS}/${kind}_expired_sig_env.json`, { level: "audit" }, undefined],
    ...["strict", "permissive", "audit"].flatMap((level): typeof rows => [
      [`${MOCKS}/${kind}_invalid_sig_env.json`, { level }, /expected base64url/],
      [`${MOCKS}/${kind}_plugin_sig_env.json`, { level }, /plug-in "plugin-name", which is not installed/],
      [`${MOCKS}/${kind}_plugin_sig_env.json`, { level, hasPlugin: true }, undefined],
    ]),
  ]),
  [`${MOCKS}/sa_valid_sig_env.json`, { stores: ["ca:valid-trust-store"] }, /lead to none/],
  [`${MOCKS}/ca_valid_sig_env.json`, { stores: ["signingAuthority:valid-trust-store"] }, /lead to none/],
  [`${MOCKS}/ca_valid_sig_env.json`, { stores: TSA }, /there is no time stamp/],
  [`${MOCKS}/ca_valid_sig_env.json`, { stores: TSA, verifyTimestamp: "afterCertExpiry" }, undefined],
  [`${MOCKS}/ca_valid_sig_env.json`, { stores: ["ca:absent"] }, /it is no folder/],
  [`${MOCKS}/sig_env_with_metadata.json`, {}, /lead to none/],
  [`${MOCKS}/sig_env_with_metadata.json`, { level: "audit" }, undefined],
  ...["0.0.9", "1.0.0", "1.0.0-alpha", "1.0.0-alpha.beta"].flatMap((version): typeof rows => {
    const file = `${MOCKS}/ca_compatible_pluginver_sig_env_${version}.json`;
    return [
      [file, {}, /asks for the plug-in .* which is not installed/],
      [file, { hasPlugin: true }, undefined],
    ];
  }),
  ...["1.0.1", "1.0.9", "1.1.0-alpha", "1.2.3"].map((version): (typeof rows)[number] => [
    `${MOCKS}/ca_incompatible_pluginver_sig_env_${version}.json`,
    { hasPlugin: true },
    /it has version 1.0.0, expected/,
  ]),
  [`${STAMPED}/jwsWithTimestamp.sig`, { stores: TSA }, STAMPER],
  [`${STAMPED}/coseWithTimestamp.sig`, { stores: TSA }, STAMPER],
  [`${STAMPED}/coseWithTimestamp.sig`, { stores: TSA, verifyTimestamp: "afterCertExpiry" }, undefined],
  [`${STAMPED}/coseWithTimestamp.sig`, { stores: [...BOTH, "tsa:absent"] }, /it is no folder/],
  [`${STAMPED}/coseWithTimestamp.sig`, { stores: [...BOTH, "tsa:test-mismatch"] }, /leads to no/],
  [`${STAMPED}/jwsExpiredWithTimestamp.sig`, TIME_ALONE, STAMPER],
  [`${STAMPED}/coseExpiredWithTimestamp.sig`, TIME_ALONE, STAMPER],
  [`${STAMPED}/coseExpiredWithTimestamp.sig`, { ...TIME_ALONE, stores: BOTH }, /is not valid at 2026/],
  [`${STAMPED}/withoutTimestamp.sig`, TIME_ALONE, /there is no time stamp/],
  [`${STAMPED}/timestampBeforeNotBefore.sig`, TIME_ALONE, /is not valid at 2024/],
  [`${STAMPED}/timestampAfterNotAfter.sig`, TIME_ALONE, /is not valid at 2024/],
  [`${OTHERS}/jws_signature.sig`, {}, /lead to none/],
  [`${OTHERS}/cose_signature.sig`, {}, /lead to none/],
  [`${OTHERS}/jws_signature.sig`, { level: "audit" }, undefined],
  [`${OTHERS}/cose_signature.sig`, { level: "audit" }, undefined],
];

test("what notation-go tests with", { skip }, () => {});

describe("signatures of notation-go", { skip, concurrency: true }, () => {
  for (const [at, [file, asked, refusal]] of rows.entries())
    test(`${at}: ${file.split("/").at(-1) ?? ""} ${JSON.stringify(asked)}`, async () => {
      const { accepted, steps } = await judge(file, asked);
      assert.equal(accepted, refusal === undefined, steps[0]?.note);
      if (refusal !== undefined) assert.match(steps[0]?.note ?? "", refusal);
    });

  for (const name of ["jwsWithTimestamp", "coseWithTimestamp", "jwsExpiredWithTimestamp", "coseExpiredWithTimestamp"])
    test(`the time stamp of ${name} holds, but for who made it`, async () => {
      const bytes = readFileSync(join(checkout ?? "", `${STAMPED}/${name}.sig`));
      const form = bytes[0] === 0x7b ? "notation-jws" : "notation-cose";
      const subject = subjectOf(form, bytes);
      const found = { form, place: "referrer", manifest: subject, layer: subject, bytes, annotations: {} } as const;
      const [anchors, timestampAnchors] = await Promise.all([
        readTrustStore(STORES, { type: "ca", name: "valid-trust-store" }),
        readTrustStore(STORES, { type: "tsa", name: "test-timestamp" }),
      ]);
      const trust = [{ kind: "certificates", name: "ca", anchors, timestampAnchors, timestamps: "always" }] as const;
      const context = { subject, trust, nowMs: IN_TIME, logged: new Set(["signer"] as const) };
      const { refusal, checks } = await judgeOne(found, context);
      assert.equal(refusal, undefined);
      assert.ok(checks.some(({ check, result }) => check === "signing-time" && result === "passed"));
    });

  test("no file is forgotten", () => {
    const judged = new Set(rows.map(([file]) => file));
    for (const folder of [MOCKS, STAMPED]) {
      const files = readdirSync(join(checkout ?? "", folder)).map((name) => `${folder}/${name}`);
      assert.deepEqual(
        files.filter((file) => !judged.has(file)),
        [],
      );
    }
  });

  const stores: readonly (readonly ["ca" | "signingAuthority" | "tsa", string, RegExp | undefined])[] = [
    ["ca", "valid-trust-store", undefined],
    ["ca", "valid-trust-store-2", undefined],
    ["ca", "valid-trust-store-self-signed", undefined],
    ["ca", "trust-store-with-invalid-certs", /./],
    ["ca", "trust-store-with-leaf-certs", /is no authority/],
    ["ca", "trust-store-with-leaf-certs-in-single-file", /is no authority/],
    ["ca", "valid-trust-store_SYMLINK", /./],
    ["ca", "absent", /it is no folder/],
    ["signingAuthority", "valid-trust-store", undefined],
    ["signingAuthority", "valid-trust-store-2", undefined],
    ["tsa", "test-timestamp", undefined],
    ["tsa", "test-mismatch", undefined],
    ["tsa", "test-nonCA", /is no authority/],
    ["tsa", "test-nonSelfIssued", /is no authority/],
  ];
  for (const [type, name, refusal] of stores)
    test(`trust store ${type}:${name}`, async () => {
      const reading = readTrustStore(STORES, { type, name });
      if (refusal === undefined) assert.ok((await reading).length > 0);
      else await assert.rejects(reading, refusal);
    });
});
