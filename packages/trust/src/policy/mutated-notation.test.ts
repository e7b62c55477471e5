/**
 * Signatures of the Notary Project, its policies and those of teu with something changed in them: whatever is changed, no
 * image is accepted that should not be, and nothing but the room's own errors comes out.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { fromBase64Url, toBase64Url } from "@teu/pki/base64";
import { type CborKey, CborTag, type CborValue, decodeCbor, encodeCbor } from "@teu/pki/cbor";
import { formatCertificates } from "@teu/pki/certificate";
import { formatPublicKey, generateKey } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import { parseReference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import { parseJson } from "@teu/std/json";
import type { JsonValue } from "@teu/std/json-value";
import { tempDir } from "@teu/testing/temp-dir";
import type { Found } from "../find/gather.ts";
import { signImage } from "../sign/sign-image.ts";
import { type Random, flipped, mutate, randomFrom, replace } from "../testing/mutate.ts";
import { judge } from "../verify/judge.ts";
import type { CertificateTrust } from "../verify/trust.ts";
import { collectEvidence } from "./evidence.ts";
import { judgeByNotation } from "./judge-by-notation.ts";
import { judgeByTeu } from "./judge-by-teu.ts";
import { parseNotationPolicy } from "./notation-policy.ts";
import { readTeuPolicy } from "./teu-policy.ts";
import { trustReader } from "./teu-trust.ts";

const SEEDS = 150;
const POLICIES = 1500;
const NAME = parseReference("reg.example.com/team/app:v1");
const name = (cn: string): readonly (readonly [string, string])[] => [
  ["2.5.4.6", "CH"],
  ["2.5.4.8", "ZH"],
  ["2.5.4.10", "teu"],
  ["2.5.4.3", cn],
];
const [rootKey, key, otherKey] = await Promise.all([generateKey(), generateKey(), generateKey()]);
const root = makeCertificate({ key: rootKey, subject: name("root"), isAuthority: true });
const leaf = makeCertificate({ key, subject: name("leaf"), issuer: root });
const other = makeCertificate({ key: otherKey, subject: name("other root"), isAuthority: true });
const [signed, bare] = [sampleImage("signed"), sampleImage("bare")];

describe("what was changed on purpose, of the Notary Project and in policies", () => {
  const found = new Map<string, Found>();

  before(async () => {
    const store = new MemoryStore();
    await putAll(store, signed);
    const chain = [leaf.certificate, root.certificate];
    const options = { signer: keySigner(key), chain, annotations: { stage: "prod" } };
    await signImage({ store }, signed.root, { ...options, forms: ["notation-jws", "notation-cose"] });
    const { subjects } = await collectEvidence(store, signed.root, signed.root);
    for (const each of subjects[0]?.found ?? []) if (each.form !== "unknown") found.set(each.form, each);
    assert.equal(found.size, 2);
  });

  for (const [form, change] of [
    ["notation-jws", changeJws],
    ["notation-cose", changeCose],
  ] as const)
    test(`${SEEDS} signatures as ${form}: one that was changed counts only if what was signed is still the same`, async () => {
      const original = found.get(form);
      assert.ok(original);
      const trust: CertificateTrust = { kind: "certificates", name: "ca", anchors: [root.certificate] };
      const context = { subject: signed.root, trust: [trust], nowMs: Date.now() };
      const { claims, refusal } = await judge(original, context);
      assert.equal(refusal, undefined);
      let refused = 0;
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const changed = { ...original, bytes: change(original.bytes, randomFrom(seed)) };
        const judgement = await judge(changed, context);
        if (judgement.refusal !== undefined) refused += 1;
        else assert.deepEqual(judgement.claims, claims, `seed ${seed}`);
        assert.ok((await judge(changed, { ...context, subject: bare.root })).refusal, `seed ${seed}: another image`);
        const stranger = { ...trust, anchors: [other.certificate] };
        assert.ok((await judge(changed, { ...context, trust: [stranger] })).refusal, `seed ${seed}: another authority`);
      }
      // What is not signed, such as who made the envelope, may change.
      assert.ok(refused > SEEDS / 2 && refused < SEEDS, `${refused} of ${SEEDS} were refused`);
    });

  test(`${POLICIES} trust policies accept what another authority's key signed only where they say so`, async () => {
    await using dir = await tempDir();
    await dir.write("x509/ca/other/root.pem", formatCertificates([other.certificate]));
    const statement = {
      name: "team",
      registryScopes: ["reg.example.com/team/app"],
      signatureVerification: { level: "strict", override: { revocation: "skip", expiry: "log" } },
      trustStores: ["ca:other"],
      trustedIdentities: ["x509.subject: C=CH,ST=ZH,O=teu"],
    };
    const words = ["skip", "audit", "permissive", "log", "enforce", "*", "ca:other", "x509.subject: C=CH,ST=ZH,O=x"];
    const seen = { read: 0, accepted: 0 };
    for (let seed = 0; seed < POLICIES; seed += 1) {
      const policy = changePolicy({ version: "1.0", trustPolicies: [statement] }, words, seed);
      const bytes = new TextEncoder().encode(JSON.stringify(policy));
      try {
        const place = { file: "p.json", statements: parseNotationPolicy(bytes, "p.json"), trustStores: dir.path };
        seen.read += 1;
        const subjects = [{ subject: signed.root, found: [...found.values()] }];
        const { accepted } = await judgeByNotation(place, { subjects, name: NAME, nowMs: Date.now() });
        if (!accepted) continue;
        seen.accepted += 1;
        assert.match(JSON.stringify(policy), /"level":"(audit|skip)"|"authenticity":"log"/);
      } catch (error) {
        assert.ok(isTeuError(error, "ERR_POLICY_INVALID"), `${JSON.stringify(policy)}: ${String(error)}`);
      }
    }
    assert.ok(seen.read > 10 && seen.read < POLICIES - 10 && seen.accepted > 0, JSON.stringify(seen));
  });

  test(`${POLICIES} policies of teu accept what a stranger signed only where they say so`, async () => {
    const policy: JsonValue = {
      version: 1,
      trust: { other: { key: "other.pub" }, corp: { ca: ["other.pem"], revocation: "enforce" } },
      rules: [
        {
          name: "team",
          images: ["reg.example.com/team/**"],
          require: [{ signed: { by: ["other", "corp"], count: 1 } }],
        },
        { name: "rest", images: ["**"], action: "reject" },
      ],
      revoked: { images: [], signers: ["x"] },
    };
    const files: Readonly<Record<string, string>> = {
      "/p/other.pub": formatPublicKey(otherKey),
      "/p/other.pem": formatCertificates([other.certificate]),
    };
    const read = async (path: string): Promise<Uint8Array> => Buffer.from(files[path] ?? "");
    const evidence = { subjects: [{ subject: signed.root, found: [...found.values()] }] };
    const memory = { last: async () => undefined, remember: async () => {} };
    const asked = { name: NAME, evidence: async () => evidence, nowMs: Date.now(), moment: "check", memory } as const;
    const seen = { read: 0, accepted: 0 };
    for (let seed = 0; seed < POLICIES; seed += 1) {
      const words = ["accept", "reject", "skip", "log", "corp", "other", "**", 1];
      const text = JSON.stringify(changePolicy(policy, words, seed));
      try {
        const parsed = readTeuPolicy(parseJson(text), "policy.json");
        seen.read += 1;
        const askOther = async (): Promise<never> => assert.fail("no other policy is named");
        const place = { file: "policy.json", policy: parsed, revoked: parsed.revoked, askOther };
        const { accepted } = await judgeByTeu({ ...place, trust: trustReader(parsed.trust, "/p", read) }, asked);
        if (!accepted) continue;
        seen.accepted += 1;
        assert.match(text, /"(require|action|default)":"accept"/);
      } catch (error) {
        assert.ok(isTeuError(error, "ERR_POLICY_INVALID"), `${text}: ${String(error)}`);
      }
    }
    assert.ok(seen.read > 10 && seen.read < POLICIES - 10 && seen.accepted > 0, JSON.stringify(seen));
  });
});

/** Mostly with words that policies have, since others are not even read. */
function changePolicy(policy: JsonValue, words: readonly JsonValue[], seed: number): JsonValue {
  const random = randomFrom(seed);
  return seed % 4 === 0 ? mutate(policy, random) : replace(policy, random, words);
}

/** Changes a header, signed or not, the payload, or a bit. */
function changeJws(bytes: Uint8Array, random: Random): Uint8Array {
  if (random(6) === 0) return flipped(bytes, random);
  const envelope = JSON.parse(Buffer.from(bytes).toString()) as Readonly<Record<string, string>> & {
    readonly header: JsonValue;
  };
  const part = ["protected", "payload", "all", "header"][random(4)] ?? "";
  if (part === "all") return encoded(mutate(envelope, random));
  if (part === "header") return encoded({ ...envelope, header: mutate(envelope.header, random) });
  const inner = JSON.parse(Buffer.from(fromBase64Url(envelope[part] ?? "")).toString()) as JsonValue;
  return encoded({ ...envelope, [part]: toBase64Url(encoded(mutate(inner, random))) });
}

function encoded(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

const ODD_CBOR: readonly CborValue[] = [null, "", 0, -1, true, [], new Map(), new Uint8Array(0), new CborTag(1, 0)];

/** Changes a header, signed or not, the payload, or a bit. */
function changeCose(bytes: Uint8Array, random: Random): Uint8Array {
  if (random(6) === 0) return flipped(bytes, random);
  const whole = decodeCbor(bytes);
  assert.ok(whole instanceof CborTag && Array.isArray(whole.value));
  const parts = [...(whole.value as readonly CborValue[])];
  const at = random(5);
  const part = parts[at];
  if (part === undefined) parts.push(ODD_CBOR[random(ODD_CBOR.length)] ?? null);
  else if (at === 0 && part instanceof Uint8Array) parts[0] = encodeCbor(changeCbor(decodeCbor(part), random));
  else parts[at] = changeCbor(part, random);
  return encodeCbor(new CborTag(whole.tag, parts));
}

function changeCbor(value: CborValue, random: Random): CborValue {
  if (value instanceof Uint8Array && value.length > 0 && random(2) === 0) return flipped(value, random);
  if (Array.isArray(value) && value.length > 0) {
    const items = [...(value as readonly CborValue[])];
    const at = random(items.length);
    items[at] = changeCbor(items[at] ?? null, random);
    return items;
  }
  if (!(value instanceof Map)) return ODD_CBOR[random(ODD_CBOR.length)] ?? null;
  const entries = [...(value as ReadonlyMap<CborKey, CborValue>)];
  const at = random(entries.length + 1);
  const entry = entries[at];
  if (entry === undefined) entries.push(["extra", "x"]);
  else if (random(3) === 0) entries.splice(at, 1);
  else entries[at] = [entry[0], changeCbor(entry[1], random)];
  return new Map(entries);
}
