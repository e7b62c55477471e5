/**
 * The bundles of sigstore-conformance: each has to be accepted or refused as its folder's name says. They are not part of
 * this repository; TEU_SIGSTORE_CONFORMANCE names the folder `test/assets/bundle-verify` of a copy of theirs, and
 * TEU_SIGSTORE_ROOT the file of the trusted root of the public instance.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isTeuError } from "@teu/std/error";
import { isSignedBy } from "@teu/pki/dsse";
import { parsePublicKey } from "@teu/pki/keys";
import { sigstoreSchemes, verifyBytes } from "@teu/pki/signature";
import { type Bundle, parseBundle } from "@teu/trust/formats/bundle";
import { parseStatement } from "@teu/trust/formats/statement";
import { verifyWithRoot } from "@teu/trust/verify/sigstore";

const folder = process.env["TEU_SIGSTORE_CONFORMANCE"];
const publicRoot = process.env["TEU_SIGSTORE_ROOT"];
const skip =
  folder === undefined || publicRoot === undefined
    ? "needs TEU_SIGSTORE_CONFORMANCE and TEU_SIGSTORE_ROOT to name the vectors"
    : false;

const BEACON = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon";
const IDENTITY = `${BEACON}/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main`;
const ISSUER = "https://token.actions.githubusercontent.com";

test("the vectors of sigstore-conformance", { skip }, () => {});

describe("sigstore-conformance", { skip }, () => {
  for (const name of skip === false ? readdirSync(folder ?? "") : []) {
    const dir = join(folder ?? "", name);
    if (existsSync(join(dir, "bundle.sigstore.json")))
      test(name, () => assert.equal(isAccepted(dir), !name.endsWith("_fail")));
  }
});

function isAccepted(dir: string): boolean {
  const artifact = read(dir, "artifact") ?? readFileSync(join(dir, "../a.txt"));
  try {
    const bytes = readFileSync(join(dir, "bundle.sigstore.json"));
    const bundle = parseBundle(bytes);
    return isSigned(dir, { bytes, bundle, artifact }) && isAbout(bundle, artifact);
  } catch (error) {
    if (isTeuError(error)) return false;
    throw error;
  }
}

interface Vector {
  readonly bytes: Uint8Array;
  readonly bundle: Bundle;
  readonly artifact: Uint8Array;
}

function isSigned(dir: string, { bytes, bundle, artifact }: Vector): boolean {
  const pem = text(dir, "key.pub");
  if (pem !== undefined) {
    const key = parsePublicKey(pem);
    const { content } = bundle;
    if (content.kind === "dsse") return isSignedBy(content.envelope, key);
    return sigstoreSchemes(key).some((scheme) => verifyBytes(key, artifact, content.signature, scheme));
  }
  const trustedRoot = read(dir, "trusted_root.json") ?? readFileSync(publicRoot ?? "");
  const result = verifyWithRoot(bytes, { trustedRoot, artifact });
  if (result.failure !== undefined) return false;
  return result.identity === (text(dir, "identity") ?? IDENTITY) && result.issuer === (text(dir, "issuer") ?? ISSUER);
}

function isAbout({ content }: Bundle, artifact: Uint8Array): boolean {
  if (content.kind !== "dsse") return true;
  const { subject } = parseStatement(content.envelope.payload);
  return subject.some(({ digest }) =>
    Object.entries(digest).some(([algorithm, hex]) => createHash(algorithm).update(artifact).digest("hex") === hex),
  );
}

function read(dir: string, name: string): Uint8Array | undefined {
  return existsSync(join(dir, name)) ? readFileSync(join(dir, name)) : undefined;
}

function text(dir: string, name: string): string | undefined {
  const bytes = read(dir, name);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes).trim();
}
