/**
 * The same trust policies judge the same signatures in notation 1.3 and in teu, and the verdicts have to be the same; so do
 * those over policies that cannot be read.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { formatCertificates } from "@teu/pki/certificate";
import { generateKey } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { type TestIdentity, makeCertificate } from "@teu/pki/testing/make-certificate";
import { parseReference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { collectEvidence } from "@teu/trust/policy/evidence";
import { judgeByNotation } from "@teu/trust/policy/judge-by-notation";
import { parseNotationPolicy } from "@teu/trust/policy/notation-policy";
import { signImage } from "@teu/trust/sign/sign-image";
import { type PushedImage, type Scene, openScene } from "./images.ts";
import { needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("notation"), needsProgram("docker-registry"));

const DAY_MS = 86_400_000;
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const LATE = -2 * DAY_MS;

const subject = (name: string): readonly (readonly [string, string])[] => [
  ["2.5.4.6", "CH"],
  ["2.5.4.8", "ZH"],
  ["2.5.4.10", "teu"],
  ["2.5.4.3", name],
];

describe("trust policies judged by notation and by teu", { skip, concurrency: true }, () => {
  let scene: Scene;
  /** Signed well; by a certificate that has ended; and not at all. */
  const images = new Map<string, PushedImage>();

  before(async () => {
    scene = await openScene();
    const [rootKey, key, oldKey, otherKey] = await Promise.all(Array.from({ length: 4 }, () => generateKey()));
    assert.ok(rootKey && key && oldKey && otherKey);
    const early = { notBeforeMs: Date.now() - 9 * DAY_MS };
    const root = makeCertificate({ key: rootKey, subject: subject("root"), isAuthority: true, ...early });
    const other = makeCertificate({ key: otherKey, subject: subject("other root"), isAuthority: true });
    const signer = { issuer: root, purposes: [CODE_SIGNING], ...early };
    const leaf = makeCertificate({ key, subject: subject("signer"), ...signer });
    const ended = makeCertificate({ key: oldKey, subject: subject("old"), ...signer, notAfterMs: Date.now() + LATE });
    for (const [name, { certificate }] of Object.entries({ ours: root, other }))
      await scene.dir.write(`truststore/x509/ca/${name}/root.pem`, formatCertificates([certificate]));
    const sign = async (name: string, by: TestIdentity): Promise<void> => {
      const image = await scene.push(`team/${name}`);
      images.set(name, image);
      const chain = [by.certificate, root.certificate];
      await signImage({ store: image.repository }, image.root, {
        signer: keySigner(by.key),
        chain,
        forms: ["notation-jws"],
        nowMs: Date.now() - 5 * DAY_MS,
      });
    };
    await sign("good", leaf);
    await sign("ended", ended);
    images.set("bare", await scene.push("team/bare"));
  });
  after(async () => scene?.[Symbol.asyncDispose]());

  let homes = 0;

  /** With a home of its own, since that is where it looks for policies. */
  async function byNotation(policy: string, { exact }: PushedImage): Promise<boolean> {
    const home = scene.dir.join(`home-${homes++}`);
    const relative = home.slice(scene.dir.path.length + 1);
    await scene.dir.write(`${relative}/config/notation/trustpolicy.json`, policy);
    const folder = `${relative}/config/notation/truststore/x509/ca`;
    for (const name of ["ours", "other"])
      await scene.dir.write(
        `${folder}/${name}/root.pem`,
        await readFile(scene.dir.join(`truststore/x509/ca/${name}/root.pem`)),
      );
    return (await peer("notation", home, ["verify", "--insecure-registry", exact])).code === 0;
  }

  async function byTeu(policy: string, { repository, root, exact }: PushedImage): Promise<boolean> {
    try {
      const statements = parseNotationPolicy(new TextEncoder().encode(policy), "trustpolicy.json");
      const place = { file: "trustpolicy.json", statements, trustStores: scene.dir.join("truststore") };
      const { subjects } = await collectEvidence(repository, root, root);
      const image = { subjects, name: parseReference(exact), nowMs: Date.now() };
      return (await judgeByNotation(place, image)).accepted;
    } catch (error) {
      if (isTeuError(error, "ERR_POLICY_INVALID")) return false;
      throw error;
    }
  }

  interface Statement {
    readonly level?: string;
    readonly override?: Readonly<Record<string, string>>;
    readonly stores?: readonly string[];
    readonly identities?: readonly string[];
    readonly scopes?: readonly string[];
  }

  function policyOf(fields: Statement): string {
    const { level = "strict", override = { revocation: "skip" }, stores = ["ca:ours"], identities = ["*"] } = fields;
    const { scopes = ["*"] } = fields;
    const verification = { level, ...(Object.keys(override).length === 0 ? {} : { override }) };
    const statement = {
      name: "one",
      registryScopes: scopes.map((scope) => scope.replace("HOST", scene.host)),
      signatureVerification: verification,
      ...(level === "skip" ? {} : { trustStores: stores, trustedIdentities: identities }),
    };
    return JSON.stringify({ version: "1.0", trustPolicies: [statement] });
  }

  /** Each with whether it accepts what is signed well, what is signed by a certificate that has ended, and the unsigned. */
  const rows: Readonly<Record<string, readonly [Statement, string]>> = {
    strict: [{}, "ynn"],
    "strict, with revocation asked for": [{ override: {} }, "ynn"],
    permissive: [{ level: "permissive" }, "yyn"],
    audit: [{ level: "audit" }, "yyn"],
    skip: [{ level: "skip", override: {} }, "yyy"],
    "times logged": [{ override: { authenticTimestamp: "log", revocation: "skip" } }, "yyn"],
    "another's authority": [{ stores: ["ca:other"] }, "nnn"],
    "another's authority, audited": [{ stores: ["ca:other"], level: "audit" }, "yyn"],
    "both authorities": [{ stores: ["ca:other", "ca:ours"] }, "ynn"],
    "an authority that is not there": [{ stores: ["ca:absent"] }, "nnn"],
    "the signer": [{ identities: ["x509.subject:C=CH,ST=ZH,O=teu,CN=signer"] }, "ynn"],
    "all of the organisation": [{ identities: ["x509.subject:C=CH,ST=ZH,O=teu"] }, "ynn"],
    "another signer": [{ identities: ["x509.subject:C=CH,ST=ZH,O=teu,CN=x"] }, "nnn"],
    "another signer, audited": [{ identities: ["x509.subject:C=CH,ST=ZH,O=teu,CN=x"], level: "audit" }, "yyn"],
    "its repository": [{ scopes: ["HOST/team/good"] }, "ynn"],
    "another repository": [{ scopes: ["HOST/team/else"] }, "nnn"],
    "a prefix of it": [{ scopes: ["HOST/team"] }, "nnn"],
    "a level that is none": [{ level: "lax" }, "nnn"],
    "a check that cannot be overridden": [{ override: { integrity: "log" } }, "nnn"],
    "an identity cut short": [{ identities: ["x509.subject"] }, "nnn"],
    "a store cut short": [{ stores: ["ca"] }, "nnn"],
    "a star beside others": [{ scopes: ["*", "HOST/team/good"] }, "nnn"],
  };
  for (const [name, [fields, expected]] of Object.entries(rows))
    test(name, async () => {
      const policy = policyOf(fields);
      for (const [judge, by] of [
        ["teu", byTeu],
        ["notation", byNotation],
      ] as const) {
        const letters: string[] = [];
        for (const image of ["good", "ended", "bare"]) {
          const pushed = images.get(image);
          assert.ok(pushed);
          letters.push((await by(policy, pushed)) ? "y" : "n");
        }
        assert.equal(letters.join(""), expected, judge);
      }
    });
});
