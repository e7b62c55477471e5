/**
 * Signatures that ask for a plug-in to verify them: notation 1.3 and teu run the same program, and their verdicts have to be
 * the same.
 */
import assert from "node:assert/strict";
import { chmod, rm } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { nameBytes } from "@teu/content/overlay";
import { type Certificate, certificateFingerprint, formatCertificates } from "@teu/pki/certificate";
import { generateKey } from "@teu/pki/keys";
import { parseReference } from "@teu/spec/reference";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { NOTATION_HEADER, NOTATION_THUMBPRINT } from "@teu/trust/formats/notation";
import { JWS_TYPE, NOTATION_TYPE } from "@teu/trust/formats/types";
import { installedPlugin } from "@teu/trust/plugin/plugin-program";
import { collectEvidence } from "@teu/trust/policy/evidence";
import { judgeByNotation } from "@teu/trust/policy/judge-by-notation";
import { parseNotationPolicy } from "@teu/trust/policy/notation-policy";
import type { PolicyAnswer } from "@teu/trust/policy/verdict";
import { putArtifact } from "@teu/trust/sign/place";
import { makeEnvelope } from "@teu/trust/testing/make-envelope";
import { type PushedImage, type Scene, openScene } from "./images.ts";
import { signingChain } from "./notation-trust.ts";
import { needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("notation"), needsProgram("docker-registry"));
const IDENTITY = "SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
const REVOCATION = "SIGNATURE_VERIFIER.REVOCATION_CHECK";
const EXTRA = "com.example.extra";
const PLUGIN = "notation/plugins/robot/notation-robot";

/** A program that says what is laid down for each command. */
function programText(metadata: object, answer: object): string {
  return `#!/bin/sh
cat >/dev/null
case $1 in
get-plugin-metadata) cat <<'END'
${JSON.stringify({ name: "robot", description: "x", url: "http://x", supportedContractVersions: ["1.0"], ...metadata })}
END
;;
verify-signature) cat <<'END'
${JSON.stringify(answer)}
END
;;
esac
`;
}

const YES = { success: true, reason: "" };
const NO = { success: false, reason: "not him" };
const answer = (results: object, ...processedAttributes: readonly string[]): object => ({
  verificationResults: results,
  processedAttributes,
});

interface Case {
  readonly version?: string;
  readonly capabilities?: readonly string[];
  readonly answer?: object;
  /** Whether the signature has a header of its own. */
  readonly isExtended?: boolean;
  readonly level?: object;
  readonly identities?: readonly string[];
  readonly isMissing?: boolean;
  readonly accepted: boolean;
}

const ALL = [IDENTITY, REVOCATION];
const GOOD = answer({ [IDENTITY]: YES, [REVOCATION]: YES });
const STRICT = { level: "strict" };
const cases: Readonly<Record<string, Case>> = {
  "says yes": { accepted: true },
  "is of the version that is asked for": { version: "1.0.0", accepted: true },
  "is too old": { version: "0.9.9", accepted: false },
  "has a version that is none": { version: "one", accepted: false },
  "is missing": { isMissing: true, accepted: false },
  "does not verify": { capabilities: ["SIGNATURE_GENERATOR.RAW"], accepted: false },
  "does not know the signer": { answer: answer({ [IDENTITY]: NO, [REVOCATION]: YES }), accepted: false },
  "says revoked": { answer: answer({ [IDENTITY]: YES, [REVOCATION]: NO }), accepted: false },
  "says revoked, which is noted": {
    answer: answer({ [IDENTITY]: YES, [REVOCATION]: NO }),
    level: { level: "permissive" },
    accepted: true,
  },
  "is not asked what is skipped": {
    answer: answer({ [IDENTITY]: YES }),
    level: { level: "strict", override: { revocation: "skip" } },
    accepted: true,
  },
  "leaves a result out": { answer: answer({ [IDENTITY]: YES }), accepted: false },
  "knows names of its own": { identities: ["com.example.id:robot"], accepted: true },
  "leaves the signer to the policy": {
    capabilities: [REVOCATION],
    identities: ["x509.subject:C=CH,ST=ZH,O=others"],
    answer: answer({ [REVOCATION]: YES }),
    accepted: false,
  },
  "looks at a header": {
    isExtended: true,
    answer: answer({ [IDENTITY]: YES, [REVOCATION]: YES }, EXTRA),
    accepted: true,
  },
  "does not look at a header": { isExtended: true, accepted: false },
};

describe("plug-ins that verify, run by notation and by teu", { skip, concurrency: true }, () => {
  let scene: Scene;
  let image: PushedImage;
  let extended: PushedImage;
  let root: Certificate;

  before(async () => {
    scene = await openScene();
    const key = await generateKey();
    const signing = await signingChain(key);
    root = signing.root;
    const chain = [signing.leaf, root];
    const sign = async (path: string, extra: object): Promise<PushedImage> => {
      const pushed = await scene.push(path);
      const { plugin, pluginVersion, scheme } = NOTATION_HEADER;
      const crit = [scheme, plugin, pluginVersion, ...Object.keys(extra)];
      const head = { crit, [plugin]: "robot", [pluginVersion]: "1.0.0", ...extra };
      const bytes = await makeEnvelope({ key, chain, subject: pushed.root, head });
      await putArtifact(
        { store: pushed.repository },
        {
          artifactType: NOTATION_TYPE,
          contents: [nameBytes(bytes, { mediaType: JWS_TYPE })],
          subject: pushed.root,
          annotations: { [NOTATION_THUMBPRINT]: JSON.stringify(chain.map(certificateFingerprint)) },
        },
      );
      return pushed;
    };
    image = await sign("team/plain", {});
    extended = await sign("team/extended", { [EXTRA]: "x" });
  });
  after(async () => scene?.[Symbol.asyncDispose]());

  for (const [name, each] of Object.entries(cases))
    test(`a plug-in that ${name}`, async () => {
      const { version = "1.2.3", capabilities = ALL, isExtended = false, isMissing = false } = each;
      const home = name.replaceAll(/\W/g, "-");
      const program = `${home}/config/${PLUGIN}`;
      await scene.dir.write(program, programText({ version, capabilities }, each.answer ?? GOOD));
      await chmod(scene.dir.join(program), 0o755);
      if (isMissing) await rm(scene.dir.join(program));
      const signed = isExtended ? extended : image;
      const policy = policyText(each);
      const theirs = await judgeTheirs(home, signed, policy);
      const ours = await judgeOurs(home, signed, policy);
      assert.equal(ours.accepted, each.accepted, ours.steps[0]?.note);
      assert.equal(theirs.code === 0, each.accepted, theirs.notes);
    });

  function policyText({ level = STRICT, identities = ["*"] }: Case): string {
    const all = { name: "all", registryScopes: ["*"], trustStores: ["ca:ours"], trustedIdentities: identities };
    return JSON.stringify({ version: "1.0", trustPolicies: [{ ...all, signatureVerification: level }] });
  }

  async function judgeTheirs(home: string, { exact }: PushedImage, policy: string): ReturnType<typeof peer> {
    await scene.dir.write(`${home}/config/notation/trustpolicy.json`, policy);
    await scene.dir.write(`${home}/config/notation/truststore/x509/ca/ours/root.pem`, formatCertificates([root]));
    return await peer("notation", scene.dir.join(home), ["verify", "--verbose", "--insecure-registry", exact]);
  }

  async function judgeOurs(home: string, signed: PushedImage, policy: string): Promise<PolicyAnswer> {
    const { repository, root: subject, exact } = signed;
    const { subjects } = await collectEvidence(repository, subject, subject);
    const place = {
      file: "trustpolicy.json",
      statements: parseNotationPolicy(Buffer.from(policy), "trustpolicy.json"),
      trustStores: scene.dir.join(`${home}/config/notation/truststore`),
    };
    const plugins = { find: (name: string) => installedPlugin(scene.dir.join(`${home}/config`), name) };
    return await judgeByNotation(place, { subjects, name: parseReference(exact), nowMs: Date.now(), plugins });
  }
});
