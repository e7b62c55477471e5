/**
 * Keyless signatures with a log of Rekor 2 and a time stamp: what teu makes of such services' answers holds for teu and for
 * cosign 3, and without the time stamp or with another log for neither.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, sign as signWith } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { toBase64 } from "@teu/pki/base64";
import { formatCertificates } from "@teu/pki/certificate";
import { generateKey, privateKeyToDer } from "@teu/pki/keys";
import { formatPem } from "@teu/pki/pem";
import { type TestIdentity, makeCertificate } from "@teu/pki/testing/make-certificate";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { signImage } from "@teu/trust/sign/sign-image";
import { FAKE_ISSUER, type FakeSigstore, fakeSigstore, fakeToken } from "@teu/trust/testing/fake-sigstore";
import { verifyImage } from "@teu/trust/verify/verify-image";
import { type PushedImage, type Scene, openScene, refusals } from "./images.ts";
import { needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("cosign"), needsProgram("docker-registry", "openssl"));

const LOG = "https://log2.example.com";
const STAMPS = "https://stamps.example.com/api/v1/timestamp";
const EMAIL = "ann@example.com";
const START = "2020-01-01T00:00:00Z";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const CONFIG = `
[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

interface LogRequest {
  readonly hashedRekordRequestV002: { readonly digest: string; readonly signature: object };
}

/** A log with one entry at a time. */
class Log {
  readonly #key: ReturnType<typeof generateKeyPairSync> = generateKeyPairSync("ed25519");
  readonly #der: Buffer = this.#key.publicKey.export({ format: "der", type: "spki" });

  /** As the notes that it signs name its key. */
  get id(): Buffer {
    const name = `${new URL(LOG).host}\n`;
    return sha256(Buffer.concat([Buffer.from(name), Uint8Array.of(1), this.#der.subarray(-32)]));
  }

  get trusted(): object {
    const publicKey = { rawBytes: toBase64(this.#der), keyDetails: "PKIX_ED25519", validFor: { start: START } };
    return { baseUrl: LOG, hashAlgorithm: "SHA2_256", publicKey, logId: { keyId: toBase64(this.id) } };
  }

  add({ hashedRekordRequestV002: { digest, signature } }: LogRequest): object {
    const spec = { hashedRekordV002: { data: { algorithm: "SHA2_256", digest }, signature } };
    const entry = { apiVersion: "0.0.2", kind: "hashedrekord", spec };
    const body = Buffer.from(canonical(entry));
    const root = sha256(Buffer.concat([Uint8Array.of(0), body]));
    return {
      logIndex: "0",
      logId: { keyId: toBase64(this.id) },
      kindVersion: { kind: "hashedrekord", version: "0.0.2" },
      inclusionProof: {
        logIndex: "0",
        rootHash: toBase64(root),
        treeSize: "1",
        hashes: [],
        checkpoint: { envelope: this.#checkpoint(root) },
      },
      canonicalizedBody: toBase64(body),
    };
  }

  #checkpoint(root: Uint8Array): string {
    const origin = new URL(LOG).host;
    const note = `${origin}\n1\n${toBase64(root)}\n`;
    const signature = signWith(null, Buffer.from(note), this.#key.privateKey);
    return `${note}\n\u2014 ${origin} ${toBase64(Buffer.concat([this.id.subarray(0, 4), signature]))}\n`;
  }
}

/** JSON with its fields in order, as logs write their entries. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(",")}}`;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

describe("Rekor 2", { skip }, () => {
  let scene: Scene;
  let fake: FakeSigstore;
  let stamper: TestIdentity;
  let stampRoot: TestIdentity;
  let image: PushedImage;
  const log = new Log();

  before(async () => {
    scene = await openScene();
    fake = await fakeSigstore();
    const [rootKey, key] = await Promise.all([generateKey(), generateKey()]);
    stampRoot = makeCertificate({ key: rootKey, subject: [["2.5.4.3", "stamp root"]], isAuthority: true });
    stamper = makeCertificate({
      key,
      subject: [["2.5.4.3", "stamps"]],
      issuer: stampRoot,
      purposes: [TIME_STAMPING],
      purposesCritical: true,
    });
    const { dir } = scene;
    await dir.write("tsa.cnf", CONFIG.replace("= serial", `= ${dir.join("serial")}`));
    await dir.write("tsa.key", formatPem({ label: "PRIVATE KEY", bytes: privateKeyToDer(key) }));
    await dir.write("tsa.pem", formatCertificates([stamper.certificate]));
    image = await scene.push("keyless/app");
    const keyless = {
      identityToken: fakeToken({ email: EMAIL, email_verified: true, sub: EMAIL, iss: FAKE_ISSUER, aud: "sigstore" }),
      services: { ...fake.services, rekor: { url: LOG, version: 2 }, timestamps: { url: STAMPS, version: 1 } },
      fetch: answer,
    };
    await signImage({ store: image.repository }, image.root, { keyless, forms: ["bundle"] });
  });
  after(async () => scene?.[Symbol.asyncDispose]());

  const answer: typeof fetch = async (input, init) => {
    const url = typeof input === "string" ? input : "";
    if (url === STAMPS) return new Response(stamp(init?.body as Uint8Array));
    if (!url.startsWith(LOG)) return await fake.fetch(input, init);
    const request = JSON.parse(Buffer.from(init?.body as Uint8Array).toString()) as LogRequest;
    return new Response(JSON.stringify(log.add(request)), { status: 201 });
  };

  function stamp(query: Uint8Array): Buffer<ArrayBuffer> {
    const cwd = scene.dir.path;
    const files = ["-queryfile", "query", "-inkey", "tsa.key", "-signer", "tsa.pem", "-out", "reply"];
    execFileSync("sh", ["-c", "cat > query"], { cwd, input: query });
    execFileSync("openssl", ["ts", "-reply", "-config", "tsa.cnf", ...files], { cwd, stdio: "ignore" });
    return Buffer.from(readFileSync(scene.dir.join("reply")));
  }

  /** The root of the instance: with its log, or another, and with its stamps, or none. */
  function rootWith(tlog: object, stamps: boolean): string {
    const root = JSON.parse(new TextDecoder().decode(fake.trustedRoot)) as object;
    const chain = [stamper, stampRoot].map(({ certificate }) => ({ rawBytes: toBase64(certificate.der) }));
    const authority = {
      subject: { organization: "example", commonName: "stamps" },
      uri: STAMPS,
      certChain: { certificates: chain },
      validFor: { start: START },
    };
    return JSON.stringify({ ...root, tlogs: [tlog], timestampAuthorities: stamps ? [authority] : [] });
  }

  async function byTeu(root: string, identity: string): Promise<readonly (string | undefined)[]> {
    const trust = {
      kind: "identity",
      name: "ann",
      identity,
      issuer: FAKE_ISSUER,
      trustedRoot: Buffer.from(root),
    } as const;
    const verdict = await verifyImage(image.repository, image.root, { trust: [trust] });
    return verdict.accepted ? ["accepted"] : refusals(verdict);
  }

  async function byCosign(root: string, identity: string): Promise<string> {
    const file = await scene.dir.write("root.json", root);
    const who = ["--certificate-identity", identity, "--certificate-oidc-issuer", FAKE_ISSUER, "--insecure-ignore-sct"];
    const words = ["verify", "--allow-http-registry", "--trusted-root", file, ...who, image.exact];
    const { code, notes } = await peer("cosign", scene.dir.path, words);
    return code === 0 ? "accepted" : notes;
  }

  test("what teu signs holds for teu and for cosign", async () => {
    const root = rootWith(log.trusted, true);
    assert.deepEqual(await byTeu(root, EMAIL), ["accepted"]);
    assert.equal(await byCosign(root, EMAIL), "accepted");
  });

  test("and for neither with another identity, another log, or no authority for its time stamp", async () => {
    const cases: readonly (readonly [string, string, string])[] = [
      [rootWith(log.trusted, true), "eve@example.com", "wrong-identity"],
      [rootWith(new Log().trusted, true), EMAIL, "not-logged"],
      [rootWith(log.trusted, false), EMAIL, "no-trusted-time"],
    ];
    for (const [root, identity, why] of cases) {
      assert.deepEqual(await byTeu(root, identity), [why]);
      assert.notEqual(await byCosign(root, identity), "accepted", why);
    }
  });
});
