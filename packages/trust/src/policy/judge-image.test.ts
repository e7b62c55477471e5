import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage, sampleIndex } from "@teu/content/testing/samples";
import { formatPublicKey, generateKey, keyHint } from "@teu/pki/keys";
import { formatCertificates } from "@teu/pki/certificate";
import { keySigner } from "@teu/pki/signature";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import type { Descriptor } from "@teu/spec/descriptor";
import { parseReference } from "@teu/spec/reference";
import { parseJson } from "@teu/std/json";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { attestImage } from "../attest/attest.ts";
import { signImage } from "../sign/sign-image.ts";
import { signTag } from "../sign/sign-tag.ts";
import type { SeenTag } from "../verify/verify-tag.ts";
import { type ImageEvidence, checkEvidence, collectEvidence, mergeEvidence } from "./evidence.ts";
import { type PolicyVerdict, judgeByPolicies } from "./judge-image.ts";
import type { Moment } from "./judge-by-teu.ts";
import { evidencePath, keepEvidence, readEvidence } from "./kept-evidence.ts";
import type { PolicyPlaces } from "./find-policies.ts";
import { loadPolicies } from "./load-policies.ts";

const NAME = "reg.example.com/team/app:v1";
const keys = [await generateKey(), await generateKey(), await generateKey()] as const;
const [alice, bob, carol] = keys;
const DAY_MS = 86_400_000;

interface Asked {
  readonly name?: string;
  readonly moment?: Moment;
  readonly nowMs?: number;
  readonly evidence?: ImageEvidence;
  readonly seen?: SeenTag;
}

describe("policies over an image", () => {
  let dir: TempDir;
  let store: MemoryStore;
  let root: Descriptor;

  before(async () => {
    dir = await tempDir();
    for (const [at, name] of ["alice", "bob", "carol"].entries())
      await dir.write(`config/teu/${name}.pub`, formatPublicKey(keys[at] ?? alice));
    store = new MemoryStore();
    const graph = sampleImage("app");
    root = graph.root;
    await putAll(store, graph);
    await signImage({ store }, root, { signer: keySigner(alice), name: NAME });
    await signImage({ store }, root, { signer: keySigner(bob), name: NAME });
    await attestImage({ store }, root, {
      signer: keySigner(alice),
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: {
        runDetails: { builder: { id: "https://ci.example/1" }, levels: [1, 2] },
        at: "2026-01-01T00:00:00Z",
      },
    });
  });

  after(async () => dir[Symbol.asyncDispose]());

  function places(): PolicyPlaces {
    return {
      env: { HOME: dir.path, XDG_CONFIG_HOME: dir.join("config") },
      readYaml: parseJson,
      etc: dir.join("etc"),
    };
  }

  async function evidenceOf(subject: Descriptor = root): Promise<ImageEvidence> {
    return await collectEvidence(store, subject, subject);
  }

  async function ask(files: Readonly<Record<string, unknown>>, asked: Asked = {}): Promise<PolicyVerdict> {
    const { name = NAME, moment = "check", nowMs, evidence, seen } = asked;
    const where: { -readonly [Name in keyof PolicyPlaces]: PolicyPlaces[Name] } = { ...places() };
    for (const [kind, content] of Object.entries(files)) {
      const path = dir.join(`config/teu/${kind}.json`);
      await dir.write(`config/teu/${kind}.json`, JSON.stringify(content));
      if (kind === "teu" || kind === "containers" || kind === "notation") where[kind] = path;
      if (kind === "registries") {
        where.registriesD = dir.join("registries.d");
        await dir.write("registries.d/x.yaml", JSON.stringify(content));
      }
    }
    return await judgeByPolicies(await loadPolicies(where), where, {
      name: parseReference(name),
      evidence: async () => evidence ?? (await evidenceOf()),
      moment,
      memory: { last: async () => seen, remember: async () => {} },
      ...(nowMs === undefined ? {} : { nowMs }),
    });
  }

  function teu(require: unknown, more: object = {}): object {
    const trust = Object.fromEntries(["alice", "bob", "carol"].map((name) => [name, { key: `${name}.pub` }]));
    const rule = { name: "team", images: ["reg.example.com/team/**"], require };
    return { version: 1, trust, rules: [rule], ...more };
  }

  test("without any, everything is accepted", async () => {
    const verdict = await ask({});
    assert.deepEqual([verdict.accepted, verdict.answers], [true, []]);
  });

  test("teu's: k of n signers", async () => {
    const by = ["alice", "bob", "carol"];
    assert.ok((await ask({ teu: teu([{ signed: { by, count: 2 } }]) })).accepted);
    const three = await ask({ teu: teu([{ signed: { by, count: 3 } }]) });
    assert.ok(!three.accepted);
    assert.match(three.problem ?? "", /2 trusted signatures, expected 3/);
    assert.ok(!(await ask({ teu: teu([{ signed: { by: ["carol"] } }]) })).accepted);
  });

  test("teu's: an image that no rule names is rejected, unless the policy says otherwise", async () => {
    const other = { name: "reg.example.com/other:v1" };
    assert.ok(!(await ask({ teu: teu([{ signed: { by: ["alice"] } }]) }, other)).accepted);
    const lax = teu([{ signed: { by: ["alice"] } }], { default: "accept" });
    assert.ok((await ask({ teu: lax }, other)).accepted);
  });

  test("teu's: names that were signed have to be those asked for", async () => {
    const policy = { teu: teu([{ signed: { by: ["alice"], named: true } }]) };
    assert.ok((await ask(policy)).accepted);
    assert.ok(!(await ask(policy, { name: "reg.example.com/team/app:v2" })).accepted);
  });

  test("teu's: conditions on attestations", async () => {
    const attested = (condition: object, nowMs?: number): Promise<PolicyVerdict> =>
      ask(
        { teu: teu([{ attested: { type: "slsaprovenance1", by: ["alice"], where: [condition] } }]) },
        nowMs === undefined ? {} : { nowMs },
      );
    const path = "runDetails.builder.id";
    assert.ok((await attested({ path, equals: "https://ci.example/1" })).accepted);
    assert.ok(!(await attested({ path, equals: "https://ci.example/2" })).accepted);
    assert.ok((await attested({ path, startsWith: "https://ci.example/" })).accepted);
    assert.ok((await attested({ path, oneOf: ["x", "https://ci.example/1"] })).accepted);
    assert.ok((await attested({ path: "runDetails.levels", includes: 2 })).accepted);
    assert.ok(!(await attested({ path: "runDetails.levels", includes: 3 })).accepted);
    assert.ok((await attested({ path: "runDetails.levels.*", atLeast: 1 })).accepted);
    assert.ok(!(await attested({ path: "runDetails.levels.*", atLeast: 2 })).accepted);
    assert.ok(!(await attested({ path: "missing.*", atMost: 2 })).accepted);
    assert.ok((await attested({ path: "runDetails.no", exists: false })).accepted);
    assert.ok(!(await attested({ path: "__proto__.toString", exists: true })).accepted);
    const at = Date.parse("2026-01-20T00:00:00Z");
    assert.ok((await attested({ path: "at", youngerThan: "30d" }, at)).accepted);
    assert.ok(!(await attested({ path: "at", youngerThan: "10d" }, at)).accepted);
  });

  test("teu's: an attestation is no signature, and the other way around", async () => {
    const graph = sampleImage("attested only");
    await putAll(store, graph);
    const predicate = { signer: keySigner(carol), predicateType: "https://spdx.dev/Document", predicate: {} };
    await attestImage({ store }, graph.root, predicate);
    const evidence = await evidenceOf(graph.root);
    assert.ok(!(await ask({ teu: teu([{ signed: { by: ["carol"] } }]) }, { evidence })).accepted);
    assert.ok((await ask({ teu: teu([{ attested: { type: "spdx", by: ["carol"] } }]) }, { evidence })).accepted);
  });

  test("teu's: what is revoked does not count", async () => {
    const need = [{ signed: { by: ["alice"] } }];
    const signer = { revoked: { signers: [keyHint(alice)] } };
    assert.match((await ask({ teu: teu(need, signer) })).problem ?? "", /revoked/);
    await dir.write("config/teu/list.json", JSON.stringify({ images: [root.digest] }));
    const listed = await ask({ teu: teu(need, { revocationLists: ["list.json"] }) });
    assert.match(listed.problem ?? "", /is revoked/);
    const accepted = teu("accept", { revoked: { images: [root.digest] } });
    assert.ok(
      !(await ask({ teu: { ...accepted, rules: [{ name: "x", images: ["**"], action: "accept" }] } })).accepted,
    );
    await assert.rejects(loadPolicies({ ...places(), teu: dir.join("absent.json") }), { code: "ERR_POLICY_INVALID" });
  });

  test("teu's: a record of the tag has to hold, and none newer may have been seen", async () => {
    const graph = sampleImage("fresh");
    await putAll(store, graph);
    const now = Date.now();
    const record = { sequence: 7, issuedMs: now, expiresMs: now + DAY_MS };
    await signTag({ store }, graph.root, { signer: keySigner(alice), name: parseReference(NAME), ...record });
    const evidence = await evidenceOf(graph.root);
    const fresh = { teu: teu([{ fresh: { by: ["alice"] } }]) };
    assert.ok((await ask(fresh, { evidence, moment: "pull" })).accepted);
    const late = { evidence, nowMs: now + 2 * DAY_MS };
    assert.match((await ask(fresh, { ...late, moment: "start" })).problem ?? "", /expired/);
    const seen = { sequence: 8, digest: graph.root.digest };
    assert.match((await ask(fresh, { evidence, moment: "pull", seen })).problem ?? "", /was seen before/);
    assert.ok((await ask(fresh, { evidence, moment: "start", seen })).accepted);
    const pullOnly = { teu: teu([{ fresh: { by: ["alice"], at: "pull" } }]) };
    assert.ok((await ask(pullOnly, { ...late, moment: "start" })).accepted);
    assert.ok(!(await ask(fresh, { evidence, name: "reg.example.com/team/app:v2", moment: "pull" })).accepted);
  });

  test("policy.json: keys, names, and whether tags are looked at", async () => {
    const requirement = { type: "sigstoreSigned", keyPath: dir.join("config/teu/alice.pub") };
    const policy = { default: [{ type: "reject" }], transports: { docker: { "reg.example.com": [requirement] } } };
    const registries = { docker: { "reg.example.com": { "use-sigstore-attachments": true } } };
    assert.ok((await ask({ containers: policy, registries })).accepted);
    assert.match((await ask({ containers: policy, registries: {} })).problem ?? "", /no signature exists/);
    const other = { name: "reg.example.com/team/app:v2" };
    assert.match((await ask({ containers: policy, registries }, other)).problem ?? "", /matchRepoDigestOrExact/);
    const digest = { name: `reg.example.com/team/app@${root.digest}` };
    assert.ok((await ask({ containers: policy, registries }, digest)).accepted);
    const elsewhere = { name: "other.example.com/app:v1" };
    assert.ok(!(await ask({ containers: policy, registries }, elsewhere)).accepted);
    const both = { ...policy, transports: { docker: { "": [requirement, { type: "reject" }] } } };
    assert.ok(!(await ask({ containers: both, registries })).accepted);
    const wrong = { type: "sigstoreSigned", keyPath: dir.join("config/teu/carol.pub") };
    assert.ok(!(await ask({ containers: { default: [wrong] }, registries })).accepted);
    const logged = { ...requirement, rekorPublicKeyPath: requirement.keyPath };
    assert.match((await ask({ containers: { default: [logged] }, registries })).problem ?? "", /no promise of a log/);
  });

  test("the Notary Project's: stores, levels and scopes", async () => {
    const authority = makeCertificate({ key: await generateKey(), subject: [["2.5.4.3", "root"]], isAuthority: true });
    const leaf = makeCertificate({
      key: carol,
      subject: [
        ["2.5.4.6", "CH"],
        ["2.5.4.8", "ZH"],
        ["2.5.4.10", "Example"],
      ],
      issuer: authority,
    });
    await dir.write("config/notation/truststore/x509/ca/x/root.pem", formatCertificates([authority.certificate]));
    const chain = [leaf.certificate, authority.certificate];
    const graph = sampleImage("notation");
    await putAll(store, graph);
    const expiresMs = Date.now() + DAY_MS;
    await signImage({ store }, graph.root, { signer: keySigner(carol), chain, forms: ["notation-jws"], expiresMs });
    const evidence = await evidenceOf(graph.root);
    const policy = (level: string, more: object = {}): object => ({
      version: "1.0",
      trustPolicies: [
        {
          name: "p",
          registryScopes: ["reg.example.com/team/app"],
          signatureVerification: { level },
          trustStores: ["ca:x"],
          trustedIdentities: ["x509.subject:C=CH,ST=ZH,O=Example"],
          ...more,
        },
      ],
    });
    assert.ok((await ask({ notation: policy("strict") }, { evidence })).accepted);
    const elsewhere = { evidence, name: "reg.example.com/team/other:v1" };
    assert.ok(!(await ask({ notation: policy("strict") }, elsewhere)).accepted);
    const late = { evidence, nowMs: expiresMs + 1 };
    assert.match((await ask({ notation: policy("strict") }, late)).problem ?? "", /expired/);
    const permissive = await ask({ notation: policy("permissive") }, late);
    assert.ok(permissive.accepted);
    assert.match(permissive.answers[0]?.warnings.join() ?? "", /expired/);
    const stranger = { trustedIdentities: ["x509.subject:C=CH,ST=ZH,O=Other"] };
    assert.ok(!(await ask({ notation: policy("strict", stranger) }, { evidence })).accepted);
    assert.ok(!(await ask({ notation: policy("permissive", stranger) }, { evidence })).accepted);
    assert.ok((await ask({ notation: policy("audit", stranger) }, { evidence })).accepted);
    assert.ok(!(await ask({ notation: policy("audit") })).accepted);
    const skipped = policy("skip", { trustStores: [], trustedIdentities: [] });
    assert.ok((await ask({ notation: skipped })).accepted);
    assert.ok((await ask({ teu: teu([{ notation: "n.json" }]), n: policy("strict") }, { evidence })).accepted);
  });

  test("evidence of an index counts for what is in it, also when it was kept", async () => {
    const { root: manifest, ...inside } = sampleImage("inside");
    const graph = sampleIndex([[{ ...inside, root: manifest }]]);
    await putAll(store, graph);
    const index = graph.root;
    await signImage({ store }, index, { signer: keySigner(carol), name: NAME });
    const evidence = await collectEvidence(store, index, manifest);
    const signed = { teu: teu([{ signed: { by: ["carol"] } }]) };
    assert.ok((await ask(signed, { evidence })).accepted);
    const path = evidencePath(dir.join("images"), manifest.digest);
    assert.equal(await readEvidence(path), undefined);
    await keepEvidence(path, evidence);
    const kept = await readEvidence(path);
    assert.deepEqual(kept, evidence);
    assert.ok(kept);
    checkEvidence(kept, manifest);
    assert.deepEqual(mergeEvidence(kept, evidence), evidence);
    assert.ok((await ask(signed, { evidence: kept })).accepted);
    assertCode(() => checkEvidence(kept, root), "ERR_EVIDENCE_INVALID");
    const [first, second] = kept.subjects;
    assert.ok(first && second);
    const swapped = { subjects: [first, { ...second, index: new TextEncoder().encode("{}") }] };
    assertCode(() => checkEvidence(swapped, manifest), "ERR_EVIDENCE_INVALID");
    await dir.write(path.slice(dir.path.length + 1), "{");
    await assert.rejects(readEvidence(path), { code: "ERR_EVIDENCE_INVALID" });
  });
});
