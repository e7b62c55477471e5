import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import { toBase64 } from "@teu/pki/base64";
import { KEY_PURPOSE, formatCertificates } from "@teu/pki/certificate";
import { DER_TAG } from "@teu/pki/der";
import { writeDer } from "@teu/pki/der-write";
import { formatPublicKey, generateKey } from "@teu/pki/keys";
import { signBytes } from "@teu/pki/signature";
import {
  type NewCertificate,
  type TestIdentity,
  derExtension,
  makeCertificate,
} from "@teu/pki/testing/make-certificate";
import { sampleImage } from "@teu/content/testing/samples";
import { parseReference } from "@teu/spec/reference";
import type { Found } from "../find/gather.ts";
import { writeSimpleSigning } from "../formats/simple-signing.ts";
import { LEGACY_ANNOTATION, SIMPLE_SIGNING_TYPE } from "../formats/types.ts";
import { parseContainersPolicy } from "./containers-policy.ts";
import { judgeByContainers } from "./judge-containers.ts";

const NAME = "reg.example.com/team/app:v1";
const EMAIL = "ann@example.com";
const ISSUER = "https://issuer.example.com";
const { root: subject } = sampleImage("signed");
const PAYLOAD = writeSimpleSigning({
  type: "cosign container image signature",
  name: NAME,
  digest: subject.digest,
  optional: {},
});
const LEAF_MS = Date.now() - 300 * 86_400_000;

const utf8 = (text: string): Uint8Array => writeDer(DER_TAG.utf8String, Buffer.from(text));
const names = (...values: readonly Uint8Array[]): Uint8Array =>
  derExtension("2.5.29.17", writeDer(DER_TAG.sequence, ...values), true);
const email = (text: string): Uint8Array => writeDer(0x81, Buffer.from(text));
const host = (text: string): Uint8Array => writeDer(0x82, Buffer.from(text));
const issuedBy = (text: string): Uint8Array => derExtension("1.3.6.1.4.1.57264.1.8", utf8(text));
const issuedRaw = (text: string): Uint8Array => derExtension("1.3.6.1.4.1.57264.1.1", Buffer.from(text));
// What the public instance has in every certificate: by a log that policy.json does not know.
const LOGGED = derExtension("1.3.6.1.4.1.11129.2.4.2", writeDer(DER_TAG.octetString, Buffer.from("a log of others")));

describe("signers with certificates, in policy.json", { concurrency: true }, () => {
  let root: TestIdentity;
  let between: TestIdentity;
  let stranger: TestIdentity;
  let log: Awaited<ReturnType<typeof generateKey>>;
  let leafKey: Awaited<ReturnType<typeof generateKey>>;

  before(async () => {
    const [a, b, c, d, e] = await Promise.all(Array.from({ length: 5 }, () => generateKey()));
    assert.ok(a && b && c && d && e);
    const times = { notBeforeMs: LEAF_MS - 1e9 };
    root = makeCertificate({ key: a, subject: [["2.5.4.3", "root"]], isAuthority: true, ...times });
    between = makeCertificate({ key: b, subject: [["2.5.4.3", "between"]], isAuthority: true, issuer: root, ...times });
    stranger = makeCertificate({ key: c, subject: [["2.5.4.3", "root"]], isAuthority: true, ...times });
    [log, leafKey] = [d, e];
  });

  function leaf(fields: Partial<NewCertificate> = {}): TestIdentity {
    return makeCertificate({
      key: leafKey,
      subject: [],
      issuer: between,
      purposes: [KEY_PURPOSE.codeSigning],
      notBeforeMs: LEAF_MS,
      notAfterMs: LEAF_MS + 600_000,
      extensions: [names(email(EMAIL)), issuedBy(ISSUER), LOGGED],
      ...fields,
    });
  }

  interface Made {
    readonly atMs?: number;
    readonly chain?: readonly TestIdentity[];
    readonly entry?: (entry: { spec: { signature: { content: string } } }) => void;
    readonly kind?: string;
    readonly edit?: Readonly<Record<string, string | undefined>>;
  }

  function signed(by: TestIdentity, { atMs = LEAF_MS + 1000, chain = [between, root], kind, edit }: Made = {}): Found {
    const signature = signBytes(by.key, PAYLOAD, { hash: "sha256" });
    const pem = formatCertificates([by.certificate]);
    const body = toBase64(
      Buffer.from(
        JSON.stringify({
          apiVersion: "0.0.1",
          kind: kind ?? "hashedrekord",
          spec: {
            data: { hash: { algorithm: "sha256", value: createHash("sha256").update(PAYLOAD).digest("hex") } },
            signature: { content: toBase64(signature), publicKey: { content: toBase64(Buffer.from(pem)) } },
          },
        }),
      ),
    );
    const payload = { body, integratedTime: Math.floor(atMs / 1000), logID: "ab".repeat(32), logIndex: 7 };
    const promise = signBytes(log, Buffer.from(JSON.stringify(payload)), { hash: "sha256" });
    const annotations = {
      // Some tools break the line.
      [LEGACY_ANNOTATION.signature]: `${toBase64(signature).slice(0, 20)}\n${toBase64(signature).slice(20)}\n`,
      [LEGACY_ANNOTATION.certificate]: pem,
      [LEGACY_ANNOTATION.chain]: formatCertificates(chain.map(({ certificate }) => certificate)),
      [LEGACY_ANNOTATION.bundle]: JSON.stringify({ SignedEntryTimestamp: toBase64(promise), Payload: payload }),
      ...edit,
    };
    const manifest = { mediaType: SIMPLE_SIGNING_TYPE, digest: subject.digest, size: PAYLOAD.length };
    const given = Object.entries(annotations).filter((each): each is [string, string] => each[1] !== undefined);
    return {
      form: "simple-signing",
      place: "tag",
      manifest,
      layer: manifest,
      bytes: PAYLOAD,
      annotations: Object.fromEntries(given),
    };
  }

  const pemData = ({ certificate }: TestIdentity): string => toBase64(Buffer.from(formatCertificates([certificate])));
  const keyData = (): string => toBase64(Buffer.from(formatPublicKey(log)));
  const fulcio = (fields: object = {}): object => ({
    type: "sigstoreSigned",
    fulcio: { caData: pemData(root), oidcIssuer: ISSUER, subjectEmail: EMAIL, ...fields },
    rekorPublicKeyData: keyData(),
  });

  async function judge(requirement: object, found: Found): Promise<string> {
    const policy = parseContainersPolicy(Buffer.from(JSON.stringify({ default: [requirement] })), "policy.json");
    const chosen = { scope: "all", requirements: policy.default };
    const read = async (): Promise<Uint8Array> => new Uint8Array();
    const image = { subject, name: parseReference(NAME), found: [found], nowMs: Date.now(), read };
    const { accepted, steps } = await judgeByContainers("policy.json", chosen, image);
    return accepted ? "accepted" : (steps[0]?.note ?? "");
  }

  test("Fulcio's count long after they expired, with a proof of logs that are not known", async () => {
    assert.equal(await judge(fulcio(), signed(leaf())), "accepted");
    const raw = leaf({ extensions: [names(email("x@example.com"), email(EMAIL)), issuedRaw(ISSUER)] });
    assert.equal(await judge(fulcio(), signed(raw)), "accepted");
    assert.equal(await judge(fulcio({ caData: pemData(between) }), signed(leaf(), { chain: [] })), "accepted");
  });

  test("Fulcio's are refused for another time, identity, issuer, authority or use", async () => {
    const refused: readonly (readonly [object, Found, RegExp])[] = [
      [fulcio(), signed(leaf(), { atMs: LEAF_MS + 601_000 }), /is valid from/],
      [fulcio(), signed(leaf(), { atMs: LEAF_MS - 1000 }), /is valid from/],
      [fulcio({ subjectEmail: "eve@example.com" }), signed(leaf()), /not for eve/],
      [fulcio({ subjectEmail: EMAIL.toUpperCase() }), signed(leaf()), /not for ANN/],
      [fulcio({ oidcIssuer: "https://other" }), signed(leaf()), /not https:\/\/other/],
      [fulcio(), signed(leaf({ extensions: [names(email(EMAIL))] })), /by nobody/],
      [
        fulcio(),
        signed(leaf({ extensions: [names(email(EMAIL)), issuedBy(ISSUER), issuedRaw("https://other")] })),
        /by nobody/,
      ],
      [fulcio({ caData: pemData(stranger) }), signed(leaf()), /leads to no certificate/],
      [fulcio(), signed(leaf(), { chain: [] }), /leads to no certificate/],
      [fulcio(), signed(leaf({ purposes: [KEY_PURPOSE.serverAuth] })), /not for the signing of code/],
    ];
    for (const [requirement, found, why] of refused) assert.match(await judge(requirement, found), why);
  });

  test("Fulcio's are refused without a promise of the log for this very signature by this very certificate", async () => {
    const other = signed(leaf({ extensions: [names(email(EMAIL)), issuedBy(ISSUER)] }));
    const { bundle, certificate, signature } = LEGACY_ANNOTATION;
    const pem = signed(leaf()).annotations[certificate] ?? "";
    const edits: readonly (readonly [Readonly<Record<string, string | undefined>>, RegExp])[] = [
      [{ [bundle]: undefined }, /no promise/],
      [{ [bundle]: "{}" }, /promise of a log/],
      [{ [bundle]: other.annotations[bundle] }, /no log promised/],
      [{ [certificate]: undefined }, /no certificate/],
      [{ [certificate]: pem + pem }, /more than one/],
      [{ [certificate]: "x" }, /PEM/],
      [{ [signature]: "AAAA" }, /no log promised/],
    ];
    for (const [edit, why] of edits) assert.match(await judge(fulcio(), signed(leaf(), { edit })), why);
    assert.match(await judge(fulcio(), signed(leaf(), { kind: "intoto" })), /no log promised/);
    const unknown = await generateKey();
    const strange = { ...fulcio(), rekorPublicKeyData: toBase64(Buffer.from(formatPublicKey(unknown))) };
    assert.match(await judge(strange, signed(leaf())), /no log promised/);
    const rsa = toBase64(Buffer.from(formatPublicKey(await generateKey("rsa-2048"))));
    const mixed = { ...fulcio(), rekorPublicKeyData: undefined, rekorPublicKeyDatas: [keyData(), rsa] };
    assert.match(await judge(mixed, signed(leaf())), /expected ECDSA/);
  });

  test("those of one's own authorities count for an email, a host, or both, at present", async () => {
    const valid = { notBeforeMs: LEAF_MS, notAfterMs: Date.now() + 1e9, purposes: [] };
    const made = leaf({
      ...valid,
      extensions: [names(email(EMAIL), host("build.example.com"), host("*.ci.example.com"))],
    });
    const own = signed(made, { edit: { [LEGACY_ANNOTATION.bundle]: undefined } });
    const pki = (fields: object): object => ({
      type: "sigstoreSigned",
      pki: { caRootsData: pemData(root), ...fields },
    });
    const accepted = [
      { subjectEmail: EMAIL },
      { subjectHostname: "build.example.com" },
      { subjectHostname: "BUILD.example.com" },
      { subjectHostname: "one.ci.example.com" },
      { subjectEmail: EMAIL, subjectHostname: "one.ci.example.com" },
    ];
    for (const fields of accepted) assert.equal(await judge(pki(fields), own), "accepted", JSON.stringify(fields));
    const refused = [
      { subjectEmail: "eve@example.com" },
      { subjectHostname: "example.com" },
      { subjectHostname: "ci.example.com" },
      { subjectHostname: "a.b.ci.example.com" },
      { subjectHostname: "*.ci.example.com.evil.example" },
      { subjectEmail: EMAIL, subjectHostname: "other.example.com" },
    ];
    for (const fields of refused) assert.match(await judge(pki(fields), own), /not for/, JSON.stringify(fields));
    assert.match(await judge(pki({ subjectEmail: EMAIL }), signed(leaf())), /is valid from/);
    const bare = signed(made, { chain: [] });
    assert.match(await judge(pki({ subjectEmail: EMAIL }), bare), /leads to no certificate/);
    const known = { subjectEmail: EMAIL, caIntermediatesData: pemData(between) };
    assert.equal(await judge(pki(known), bare), "accepted");
  });
});
