import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { test } from "node:test";
import { nameBytes } from "@teu/content/overlay";
import { sampleImage } from "@teu/content/testing/samples";
import { generateKey } from "@teu/pki/keys";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import { revocationExtensions } from "@teu/pki/testing/make-revocation";
import { TeuError } from "@teu/std/error";
import { parseJson } from "@teu/std/json";
import { stringifyJson } from "@teu/std/json-value";
import { tempDir } from "@teu/testing/temp-dir";
import { NOTATION_HEADER } from "../formats/notation.ts";
import { JWS_TYPE } from "../formats/types.ts";
import { type AskPlugin, installedPlugin } from "../plugin/plugin-program.ts";
import { makeEnvelope } from "../testing/make-envelope.ts";
import type { Judgement } from "./evidence.ts";
import { judge } from "./judge.ts";
import type { CertificateTrust } from "./trust.ts";

const IDENTITY = "SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
const REVOCATION = "SIGNATURE_VERIFIER.REVOCATION_CHECK";
const EXTRA = "com.example.extra";
const image = sampleImage("app").root;
const [rootKey, key] = await Promise.all([generateKey(), generateKey()]);
const root = makeCertificate({ key: rootKey, subject: [["2.5.4.3", "root"]], isAuthority: true });
const leaf = makeCertificate({
  key,
  subject: [["2.5.4.3", "leaf"]],
  issuer: root,
  extensions: revocationExtensions({ ocsp: ["http://nobody.invalid/"] }),
});
const trust: CertificateTrust = {
  kind: "certificates",
  name: "ca:x",
  anchors: [root.certificate],
  subjects: [{ C: "CH" }],
  identities: ["com.example.id: robot"],
  revocation: { ofSigners: "enforce", ofStampers: "enforce" },
};

interface Case {
  readonly version?: string;
  readonly capabilities?: readonly string[];
  readonly answer?: object;
  /** Of the signature. */
  readonly minVersion?: string;
  readonly extra?: unknown;
  readonly trust?: Partial<CertificateTrust>;
}

const YES = { success: true };
const ALL_GOOD = { verificationResults: { [IDENTITY]: YES, [REVOCATION]: YES }, processedAttributes: [] };

/** Judges a signature that asks for the plug-in `robot`, and says what the plug-in was asked. */
async function judged(asked: Case): Promise<{ readonly judgement: Judgement; readonly requests: readonly object[] }> {
  const { version = "1.2.0", capabilities = [IDENTITY, REVOCATION], answer = ALL_GOOD, minVersion, extra } = asked;
  const head = {
    [NOTATION_HEADER.plugin]: "robot",
    ...(minVersion === undefined ? {} : { [NOTATION_HEADER.pluginVersion]: minVersion }),
    ...(extra === undefined ? {} : { [EXTRA]: extra }),
    crit: [NOTATION_HEADER.scheme, NOTATION_HEADER.plugin, ...(extra === undefined ? [] : [EXTRA])],
  };
  const requests: object[] = [];
  const ask: AskPlugin = async (command, request) => {
    requests.push(request);
    const answers = { "get-plugin-metadata": { name: "robot", version, capabilities }, "verify-signature": answer };
    return parseJson(stringifyJson(answers[command as keyof typeof answers]));
  };
  const judgement = await judgeHead(head, { find: (name) => (name === "robot" ? ask : undefined) }, asked.trust);
  return { judgement, requests };
}

async function judgeHead(
  head: object,
  plugins: { readonly find: (name: string) => AskPlugin | undefined },
  more: Partial<CertificateTrust> = {},
): Promise<Judgement> {
  const bytes = await makeEnvelope({ key, chain: [leaf.certificate, root.certificate], subject: image, head });
  const { descriptor } = nameBytes(bytes, { mediaType: JWS_TYPE });
  const place = { place: "referrer", manifest: descriptor, layer: descriptor, annotations: {} } as const;
  const context = { subject: image, trust: [{ ...trust, ...more }], nowMs: Date.now(), plugins };
  return await judge({ form: "notation-jws", bytes, ...place }, context);
}

test("a plug-in says who signed and that nothing is revoked, in place of us", async () => {
  const { judgement, requests } = await judged({
    minVersion: "1.2.0",
    extra: 7,
    answer: { ...ALL_GOOD, processedAttributes: [EXTRA] },
  });
  assert.equal(judgement.refusal, undefined);
  const passed = judgement.checks.filter(({ result }) => result === "passed").map(({ check }) => check);
  assert.deepEqual(passed, ["format", "signature", "signer", "expiry", "identity", "revocation", "subject"]);
  const [, request] = requests as readonly [object, Readonly<Record<string, unknown>>];
  const { signature, ...rest } = request as { readonly signature: { readonly certificateChain: readonly string[] } };
  assert.deepEqual(rest, {
    contractVersion: "1.0",
    trustPolicy: { trustedIdentities: ["com.example.id: robot"], signatureVerification: [IDENTITY, REVOCATION] },
    pluginConfig: {},
  });
  const { certificateChain, ...about } = signature;
  assert.equal(certificateChain.length, 2);
  assert.deepEqual(about, {
    criticalAttributes: {
      contentType: "application/vnd.cncf.notary.payload.v1+json",
      signingScheme: "notary.x509",
      verificationPlugin: "robot",
      verificationPluginMinVersion: "1.2.0",
      extendedAttributes: { [EXTRA]: 7 },
    },
    unprocessedAttributes: [EXTRA],
  });
});

const NO = { success: false, reason: "not him" };
const results = (of: object): object => ({ verificationResults: of, processedAttributes: [] });
const refused: readonly (readonly [name: string, asked: Case, reason: string, note: RegExp])[] = [
  ["that verifies nothing", { capabilities: ["SIGNATURE_GENERATOR.RAW"] }, "plugin", /does not verify/],
  ["of a version that is none", { version: "1.2" }, "plugin", /version "1.2" is none/],
  ["that is too old", { minVersion: "1.2.1" }, "plugin", /expected 1.2.1 or later/],
  ["that is asked for by no version", { minVersion: "new" }, "plugin", /"new", is none/],
  [
    "that knows the signer otherwise",
    { answer: results({ [IDENTITY]: NO, [REVOCATION]: YES }) },
    "wrong-identity",
    /not him/,
  ],
  ["that says revoked", { answer: results({ [IDENTITY]: YES, [REVOCATION]: NO }) }, "revoked", /not him/],
  ["that leaves a result out", { answer: results({ [IDENTITY]: YES }) }, "plugin", /success/],
  [
    "that answers otherwise",
    { answer: results({ [IDENTITY]: { success: "yes" }, [REVOCATION]: YES }) },
    "plugin",
    /success/,
  ],
  ["that leaves a header out", { extra: "x" }, "plugin", /did not look at the critical header "com.example.extra"/],
  ["that leaves the signer to us", { capabilities: [REVOCATION] }, "wrong-identity", /is not who is trusted/],
  ["that leaves revocation to us", { capabilities: [IDENTITY] }, "revocation-unknown", /not checked/],
  ["for a signer who leads nowhere", { trust: { anchors: [] } }, "untrusted-signer", /none that is trusted/],
];
for (const [name, asked, reason, note] of refused)
  test(`refused: by a plug-in ${name}`, async () => {
    const { refusal } = (await judged(asked)).judgement;
    assert.equal(refusal?.reason, reason);
    assert.match(refusal?.message ?? "", note);
  });

test("a plug-in is asked about revocation only where the trust wants it, and its no may only be noted", async () => {
  const answer = results({ [IDENTITY]: YES, [REVOCATION]: NO });
  const skips = await judged({ answer, trust: { revocation: { ofSigners: "skip", ofStampers: "skip" } } });
  assert.equal(skips.judgement.refusal, undefined);
  assert.deepEqual((skips.requests[1] as { readonly trustPolicy: object }).trustPolicy, {
    trustedIdentities: ["com.example.id: robot"],
    signatureVerification: [IDENTITY],
  });
  const logs = await judged({ answer, trust: { revocation: { ofSigners: "log", ofStampers: "enforce" } } });
  assert.equal(logs.judgement.refusal, undefined);
  assert.ok(logs.judgement.checks.some(({ check, result }) => check === "revocation" && result === "failed"));
});

test("headers of others are not left unread because a plug-in has nothing else to do", async () => {
  const trusted = { revocation: { ofSigners: "skip", ofStampers: "skip" }, subjects: [{ CN: "leaf" }] } as const;
  const { judgement } = await judged({ capabilities: [REVOCATION], extra: "x", trust: trusted });
  assert.equal(judgement.refusal?.reason, "plugin");
});

test("a plug-in that is missing, fails, or has a name of a path refuses", async () => {
  await using dir = await tempDir();
  const program = await dir.write("notation/plugins/broken/notation-broken", "#!/bin/sh\nexit 3\n");
  await chmod(program, 0o755);
  for (const name of ["absent", "broken", "../broken", "a/b", ""]) {
    const head = { [NOTATION_HEADER.plugin]: name, crit: [NOTATION_HEADER.scheme, NOTATION_HEADER.plugin] };
    const { refusal } = await judgeHead(head, { find: (each) => installedPlugin(dir.path, each) });
    assert.equal(refusal?.reason, "plugin", name);
    assert.match(refusal?.message ?? "", name === "broken" ? /ended with 3/ : /is not installed/);
  }
  const none = { [NOTATION_HEADER.plugin]: "x", crit: [NOTATION_HEADER.scheme, NOTATION_HEADER.plugin] };
  const throws: AskPlugin = async () => {
    throw new TeuError("ERR_PLUGIN", "Running: it fell over");
  };
  assert.match((await judgeHead(none, { find: () => throws })).refusal?.message ?? "", /fell over/);
});
