/**
 * Certificates that are revoked, by what openssl's responder and its lists say: notation 1.3 and teu judge the same signatures
 * by the same policies, and their verdicts have to be the same. And what teu was told at a pull counts at a start, when
 * nobody is there to ask.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { formatCertificates } from "@teu/pki/certificate";
import { generateKey } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { type TestIdentity, makeCertificate } from "@teu/pki/testing/make-certificate";
import { revocationExtensions } from "@teu/pki/testing/make-revocation";
import { parseReference } from "@teu/spec/reference";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { collectEvidence } from "@teu/trust/policy/evidence";
import { judgeByNotation } from "@teu/trust/policy/judge-by-notation";
import { type KeptAnswer, revocationDesk } from "@teu/trust/policy/kept-answers";
import { parseNotationPolicy } from "@teu/trust/policy/notation-policy";
import type { PolicyAnswer } from "@teu/trust/policy/verdict";
import { signImage } from "@teu/trust/sign/sign-image";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import type { Host } from "../../packages/cli/src/host.ts";
import { policyAdmission } from "../../packages/cli/src/policy/admission.ts";
import { askOverNetwork } from "../../packages/cli/src/policy/ask-revocation.ts";
import { type Ended, teu } from "../registry-client/programs.ts";
import { type PushedImage, type Scene, openScene } from "./images.ts";
import { type OpensslAuthority, openAuthority } from "./openssl-authority.ts";
import { needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("notation"), needsProgram("docker-registry"), needsProgram("openssl"));
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

const subject = (name: string): readonly (readonly [string, string])[] => [
  ["2.5.4.6", "CH"],
  ["2.5.4.8", "ZH"],
  ["2.5.4.10", "teu"],
  ["2.5.4.3", name],
];

interface Level {
  readonly level: string;
  readonly override?: Readonly<Record<string, string>>;
}

function policyText(signatureVerification: Level): string {
  const all = { name: "all", registryScopes: ["*"], trustStores: ["ca:ours"], trustedIdentities: ["*"] };
  return JSON.stringify({ version: "1.0", trustPolicies: [{ ...all, signatureVerification }] });
}

const TEU_POLICY = JSON.stringify({
  version: 1,
  trust: {},
  rules: [{ name: "all", images: ["**"], require: [{ notation: "trustpolicy.json" }] }],
});

function hostOf(home: string, env: Readonly<Record<string, string>>): Host {
  return {
    out: () => {},
    bytes: async () => {},
    note: () => {},
    env: { HOME: home, TEU_ROOT: join(home, "teu"), ...env },
    cwd: home,
    signal: new AbortController().signal,
  };
}

describe("certificates that openssl revokes", { skip }, () => {
  let scene: Scene;
  let authority: OpensslAuthority;
  /** By how one asks about the signer, and what one is told. */
  const images = new Map<string, PushedImage>();
  const kept = new Map<string, readonly KeptAnswer[]>();

  before(async () => {
    scene = await openScene();
    const [rootKey, key] = await Promise.all([generateKey(), generateKey()]);
    const root = makeCertificate({ key: rootKey, subject: subject("root"), isAuthority: true });
    authority = await openAuthority(scene.dir, root);
    await scene.dir.write("truststore/x509/ca/ours/root.pem", formatCertificates([root.certificate]));
    const signers = new Map<string, TestIdentity>();
    for (const status of ["good", "revoked"])
      for (const [way, points] of Object.entries({
        ocsp: { ocsp: [authority.ocsp] },
        crl: { crl: [authority.crl(`${status}.crl`)] },
        both: { ocsp: ["http://127.0.0.1:9/"], crl: [authority.crl(`${status}-both.crl`)] },
      })) {
        const extensions = revocationExtensions(points);
        const made = { key, subject: subject(`${way} ${status}`), issuer: root, purposes: [CODE_SIGNING], extensions };
        signers.set(`${way}/${status}`, makeCertificate(made));
      }
    const named = (status: string): readonly TestIdentity["certificate"][] =>
      [...signers].filter(([name]) => name.endsWith(status)).map(([, { certificate }]) => certificate);
    await authority.issue(named("good"), named("revoked"));
    for (const [name, { certificate }] of signers) {
      const image = await scene.push(`team/${name}`);
      images.set(name, image);
      const chain = [certificate, root.certificate];
      await signImage({ store: image.repository }, image.root, {
        signer: keySigner(key),
        chain,
        forms: ["notation-jws"],
      });
    }
  });
  after(async () => {
    await authority?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  function imageOf(name: string): PushedImage {
    const image = images.get(name);
    assert.ok(image);
    return image;
  }

  async function theirs(name: string, level: Level): Promise<Ended> {
    const home = `homes/${name}/${JSON.stringify(level).replace(/\W/g, "")}`;
    await scene.dir.write(`${home}/config/notation/trustpolicy.json`, policyText(level));
    const root = await readFile(scene.dir.join("truststore/x509/ca/ours/root.pem"), "utf8");
    await scene.dir.write(`${home}/config/notation/truststore/x509/ca/ours/root.pem`, root);
    return await peer("notation", scene.dir.join(home), [
      "verify",
      "--verbose",
      "--insecure-registry",
      imageOf(name).exact,
    ]);
  }

  async function ours(name: string, level: Level, isOffline = false): Promise<PolicyAnswer> {
    const { repository, root, exact } = imageOf(name);
    const { subjects } = await collectEvidence(repository, root, root);
    const answers = kept.get(name) ?? [];
    const desk = revocationDesk({ network: isOffline ? undefined : askOverNetwork(), kept: async () => answers });
    const place = {
      file: "trustpolicy.json",
      statements: parseNotationPolicy(Buffer.from(policyText(level)), "trustpolicy.json"),
      trustStores: scene.dir.join("truststore"),
    };
    const asked = { subjects, name: parseReference(exact), nowMs: Date.now(), revocation: { ask: desk.ask } };
    const answer = await judgeByNotation(place, asked);
    if (desk.answers().length > 0) kept.set(name, desk.answers());
    return answer;
  }

  const LEVELS: readonly Level[] = [
    { level: "strict" },
    { level: "permissive" },
    { level: "strict", override: { revocation: "skip" } },
  ];

  for (const way of ["ocsp", "crl", "both"])
    for (const status of ["good", "revoked"])
      for (const level of LEVELS)
        test(`${way}, ${status}: ${JSON.stringify(level)}`, async () => {
          const name = `${way}/${status}`;
          const { code, notes } = await theirs(name, level);
          const { accepted, steps, warnings } = await ours(name, level);
          assert.equal(accepted, code === 0, `${notes}\n${steps[0]?.note ?? ""}`);
          assert.equal(accepted, status === "good" || level !== LEVELS[0]);
          if (!accepted) {
            assert.match(notes, /is revoked/);
            assert.equal(steps[0]?.judgements[0]?.refusal?.reason, "revoked");
          }
          assert.equal(warnings.length, status === "revoked" && level === LEVELS[1] ? 1 : 0, warnings.join());
        });

  test("teu verify asks where it is told to, and says what was answered", async () => {
    const verify = async (name: string, action: string): Promise<Ended> => {
      const ca = scene.dir.join("truststore/x509/ca/ours/root.pem");
      const image = `docker://${imageOf(name).exact}`;
      const words = ["verify", "--ca", ca, "--revocation", action, image];
      return await teu(scene.dir.path, words, { commands: COMMANDS });
    };
    const good = await verify("ocsp/good", "enforce");
    assert.equal(good.code, 0, good.out + good.notes);
    assert.match(good.out, /\+ revocation: .*says good/);
    const bad = await verify("ocsp/revoked", "enforce");
    assert.equal(bad.code, 1);
    assert.match(bad.out, /refused, revoked/);
    const noted = await verify("crl/revoked", "log");
    assert.equal(noted.code, 0);
    assert.match(noted.out, /! revocation: .*lists it/);
    const skipped = await verify("crl/revoked", "skip");
    assert.equal(skipped.code, 0);
    assert.match(skipped.out, /- revocation: nobody was asked/);
    assert.equal((await verify("crl/good", "maybe")).code, 2);
  });

  test("an image that was pulled under a strict policy starts with nobody to ask, and is not pulled again", async () => {
    const home = scene.dir.join("user");
    await scene.dir.write("user/trustpolicy.json", policyText({ level: "strict" }));
    const env = {
      TEU_POLICY: await scene.dir.write("user/policy.json", TEU_POLICY),
      XDG_CONFIG_HOME: `${home}/config`,
    };
    const root = await readFile(scene.dir.join("truststore/x509/ca/ours/root.pem"), "utf8");
    await scene.dir.write("user/config/notation/truststore/x509/ca/ours/root.pem", root);
    const run = async (...words: readonly string[]): Promise<Ended> =>
      await teu(home, words, { env, commands: COMMANDS });
    const [good, bad] = ["ocsp/good", "crl/revoked"].map((name) => imageOf(name).exact);
    assert.ok(good !== undefined && bad !== undefined);
    const pulled = await run("pull", "--quiet", good);
    assert.equal(pulled.code, 0, pulled.notes);
    assert.match((await run("pull", "--quiet", bad)).notes, /is revoked|lists it/);
    await authority.stop();
    const admission = policyAdmission(hostOf(home, env));
    assert.ok(admission);
    const { digest } = imageOf("ocsp/good").root;
    const request = { id: "1", name: "c", image: good, root: digest, manifest: digest, config: digest };
    await admission.admit({ ...request, options: {} as never });
    assert.equal((await run("policy", "check", "--offline", good)).code, 0);
    const evidence = join(home, "teu/images/evidence", `${digest.replace(":", "-")}.json`);
    const { answers, ...rest } = JSON.parse(await readFile(evidence, "utf8")) as {
      readonly answers: readonly object[];
    };
    assert.equal(answers.length, 1);
    await writeFile(evidence, JSON.stringify(rest));
    await assert.rejects(admission.admit({ ...request, options: {} as never }), /not checked, nobody is asked/);
    assert.match((await run("policy", "check", "--offline", good)).out, /not checked, nobody is asked/);
    assert.match((await run("policy", "check", good)).out, /refused: .*ECONNREFUSED/);
  });

  test("with responder and lists gone, strict refuses in both, and what was kept counts in ours", async () => {
    await authority.stop();
    for (const name of ["ocsp/good", "crl/good"]) {
      const { code, notes } = await theirs(name, { level: "strict", override: { expiry: "log" } });
      assert.notEqual(code, 0);
      assert.match(notes, /status is unknown/);
      assert.ok((await ours(name, { level: "strict" }, true)).accepted, name);
      kept.delete(name);
      const without = await ours(name, { level: "strict" });
      assert.equal(without.accepted, false);
      assert.equal(without.steps[0]?.judgements[0]?.refusal?.reason, "revocation-unknown");
      assert.ok((await ours(name, { level: "permissive" })).accepted);
    }
  });
});
