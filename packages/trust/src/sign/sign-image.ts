/**
 * Signs images in the forms that others look for.
 * @module
 */
import { nameBytes } from "@teu/content/overlay";
import { toBase64 } from "@teu/pki/base64";
import type { Certificate } from "@teu/pki/certificate";
import { signDsse } from "@teu/pki/dsse";
import { keyFacts, keyHint } from "@teu/pki/keys";
import { type Signer, sigstoreSchemes } from "@teu/pki/signature";
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import { writeKeyBundle } from "../formats/bundle.ts";
import { writeSimpleSigning } from "../formats/simple-signing.ts";
import { type Statement, subjectOf, writeStatement } from "../formats/statement.ts";
import { COSIGN_SIGN_PREDICATE, IN_TOTO_TYPE, LEGACY_ANNOTATION, SIMPLE_SIGNING_TYPE } from "../formats/types.ts";
import type { EnvelopeSigner } from "./notation-envelope-plugin.ts";
import type { KeylessOptions } from "./keyless.ts";
import { addLegacyLayer, putBundle, type SignPlace, subjectsBelow } from "./place.ts";

/**
 * A form of signature: `bundle`, what cosign 3 reads; `legacy`, what cosign 1 and 2, podman, skopeo and CRI-O read; those of
 * the Notary Project.
 */
export type SignForm = "bundle" | "legacy" | "notation-jws" | "notation-cose";

/** All forms. */
export const SIGN_FORMS: readonly SignForm[] = ["bundle", "legacy", "notation-jws", "notation-cose"];

/** How to sign. */
export interface SignOptions {
  /** The key to sign with; nothing for `keyless`. */
  readonly signer?: Signer | undefined;
  /** Signs as an identity rather than with a key, in the form `bundle`. */
  readonly keyless?: KeylessOptions | undefined;
  /** Makes whole envelopes of the Notary Project, in place of a key. */
  readonly envelopes?: EnvelopeSigner | undefined;
  /** Default: `bundle` and, with a key, `legacy`; where something makes envelopes, `notation-jws`. */
  readonly forms?: readonly SignForm[];
  /** The name that the form `legacy` binds, such as `docker.io/library/debian:12`; needed for it. */
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The signer's certificate and those above it, up to and with the root: for the forms of the Notary Project. */
  readonly chain?: readonly Certificate[];
  /** When the signature expires, in milliseconds since 1970: for the forms of the Notary Project. */
  readonly expiresMs?: number;
  /** The present, in milliseconds since 1970. Default: that of the clock. */
  readonly nowMs?: number;
}

/** A signature that was put beside an image. */
export interface SignedForm {
  readonly form: SignForm;
  readonly subject: Descriptor;
  /** The manifest that holds it. */
  readonly manifest: Descriptor;
}

/**
 * Signs one manifest or index in each form.
 * @throws TeuError `ERR_SIGN_UNSUPPORTED` before anything is written; `ERR_SIGN_PLACE`; what the store throws.
 */
export async function signImage(
  place: SignPlace,
  subject: Descriptor,
  options: SignOptions,
): Promise<readonly SignedForm[]> {
  const forms = options.forms ?? defaultForms(options);
  for (const form of forms) checkForm(form, options);
  const signed: SignedForm[] = [];
  for (const form of forms) signed.push({ form, subject, manifest: await SIGNERS[form](place, subject, options) });
  return signed;
}

function defaultForms({ signer, envelopes }: SignOptions): readonly SignForm[] {
  if (envelopes !== undefined) return ["notation-jws"];
  return signer === undefined ? ["bundle"] : ["bundle", "legacy"];
}

/** Signs a manifest or index and, below an index, every manifest and index. */
export async function signTree(
  place: SignPlace,
  root: Descriptor,
  options: SignOptions,
): Promise<readonly SignedForm[]> {
  const signed: SignedForm[] = [];
  for (const subject of await subjectsBelow(place, root)) signed.push(...(await signImage(place, subject, options)));
  return signed;
}

type SignOne = (place: SignPlace, subject: Descriptor, options: SignOptions) => Promise<Descriptor>;

const SIGNERS: Readonly<Record<SignForm, SignOne>> = {
  bundle: signBundle,
  legacy: signLegacy,
  "notation-jws": async (...given) => await (await import("./sign-notation.ts")).signNotation("jws", ...given),
  "notation-cose": async (...given) => await (await import("./sign-notation.ts")).signNotation("cose", ...given),
};

/** Refuses what nobody could verify afterwards. */
function checkForm(form: SignForm, { signer, keyless, envelopes, name, chain }: SignOptions): void {
  if (envelopes !== undefined) {
    if (form.startsWith("notation")) return;
    throw unsupported(form, "the plug-in makes envelopes of the Notary Project only");
  }
  if (signer === undefined) {
    if (keyless === undefined) throw unsupported(form, "there is neither a key nor an identity");
    if (form !== "bundle") throw unsupported(form, "an identity signs bundles only, expected a key");
    return;
  }
  if (form.startsWith("notation")) {
    if (chain === undefined) throw unsupported(form, "it needs the certificate of the key, with those above it");
    return;
  }
  checkSigstoreKey(signer, form);
  if (form === "legacy" && name === undefined)
    throw unsupported(form, "it binds the name of the image, and none is given");
}

/** @throws TeuError `ERR_SIGN_UNSUPPORTED` for keys whose signatures other tools do not verify. */
export function checkSigstoreKey({ publicKey }: Signer, form: string): void {
  const { kind } = keyFacts(publicKey);
  if (kind === "ecdsa-p256" || kind === "rsa") return;
  throw unsupported(form, `cosign and skopeo do not agree on the hash for ${kind}, expected a key of P-256 or RSA`);
}

async function signBundle(place: SignPlace, subject: Descriptor, options: SignOptions): Promise<Descriptor> {
  const { annotations = {} } = options;
  const about = Object.keys(annotations).length === 0 ? {} : { annotations };
  const statement = {
    subject: [subjectOf(subject.digest, about)],
    predicateType: COSIGN_SIGN_PREDICATE,
    predicate: {},
  };
  return await putStatement(place, subject, { statement, ...options });
}

/** What {@link putStatement} signs, and how. */
export interface NewStatement extends Pick<SignOptions, "signer" | "keyless" | "nowMs"> {
  readonly statement: Statement;
}

/** Signs a statement and puts it beside an image as a bundle. */
export async function putStatement(
  place: SignPlace,
  subject: Descriptor,
  { statement, signer, keyless, nowMs = Date.now() }: NewStatement,
): Promise<Descriptor> {
  const bytes = await bundleOf(writeStatement(statement), { signer, keyless });
  return await putBundle(place, subject, { bytes, predicateType: statement.predicateType, nowMs });
}

async function bundleOf(
  statement: Uint8Array,
  { signer, keyless }: { readonly signer: Signer | undefined; readonly keyless: KeylessOptions | undefined },
): Promise<Uint8Array> {
  if (signer !== undefined)
    return writeKeyBundle(await signDsse(IN_TOTO_TYPE, statement, signer), keyHint(signer.publicKey));
  if (keyless === undefined) throw unsupported("bundle", "there is neither a key nor an identity");
  return await (await import("./keyless.ts")).signKeyless(IN_TOTO_TYPE, statement, keyless);
}

async function signLegacy(place: SignPlace, subject: Descriptor, options: SignOptions): Promise<Descriptor> {
  const { signer, name = "", annotations = {} } = options;
  if (signer === undefined) throw unsupported("legacy", "there is no key");
  const payload = writeSimpleSigning({
    type: "cosign container image signature",
    name,
    digest: subject.digest,
    optional: annotations,
  });
  const [scheme = { hash: "sha256" }] = sigstoreSchemes(signer.publicKey);
  const signature = toBase64(await signer.sign(payload, scheme));
  const layer = nameBytes(payload, {
    mediaType: SIMPLE_SIGNING_TYPE,
    annotations: { [LEGACY_ANNOTATION.signature]: signature },
  });
  return await addLegacyLayer(place, subject, { kind: "sig", layer });
}

function unsupported(form: string, problem: string): TeuError<TrustErrorCode> {
  return new TeuError("ERR_SIGN_UNSUPPORTED", `Signing in the form ${form}: ${problem}`);
}
