/**
 * Attests to facts about images, in the forms that others look for.
 * @module
 */
import { nameBytes } from "@teu/content/overlay";
import { dsseToJson, signDsse } from "@teu/pki/dsse";
import { keyHint } from "@teu/pki/keys";
import type { Signer } from "@teu/pki/signature";
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";
import { type JsonValue, stringifyJson } from "@teu/std/json-value";
import type { TrustErrorCode } from "../errors.ts";
import { writeKeyBundle } from "../formats/bundle.ts";
import { type Statement, subjectOf, writeStatement } from "../formats/statement.ts";
import { DSSE_TYPE, IN_TOTO_TYPE, LEGACY_ANNOTATION } from "../formats/types.ts";
import { type SignPlace, addLegacyLayer, putBundle } from "../sign/place.ts";
import { type SignOptions, checkSigstoreKey, putStatement } from "../sign/sign-image.ts";

/** A form of attestation: a bundle that refers to the image, or what cosign 1 and 2 keep under a tag. */
export type AttestForm = "bundle" | "legacy";

/** What to attest, and how. */
export interface AttestOptions extends Pick<SignOptions, "signer" | "keyless"> {
  /** URI of the kind of attestation. */
  readonly predicateType: string;
  /** The facts, in the shape of their kind. */
  readonly predicate: Readonly<Record<string, JsonValue>>;
  /** Default: both; without a key, `bundle`. */
  readonly forms?: readonly AttestForm[];
  /** What the image is called in the statement. */
  readonly name?: string;
  /** The present, in milliseconds since 1970. Default: that of the clock. */
  readonly nowMs?: number;
}

/** An attestation that was put beside an image. */
export interface Attested {
  readonly form: AttestForm;
  /** The manifest that holds it. */
  readonly manifest: Descriptor;
}

/**
 * Signs one statement about an image and puts it beside it in each form.
 * @throws TeuError `ERR_SIGN_UNSUPPORTED` before anything is written; `ERR_SIGN_PLACE`; what the store throws.
 */
export async function attestImage(
  place: SignPlace,
  subject: Descriptor,
  options: AttestOptions,
): Promise<readonly Attested[]> {
  const { signer, keyless, predicateType, predicate, name, nowMs = Date.now() } = options;
  const about = subjectOf(subject.digest, name === undefined ? {} : { name });
  const statement: Statement = { subject: [about], predicateType, predicate };
  if (signer === undefined) {
    if (options.forms?.includes("legacy") === true) throw legacyWithoutKey();
    return [{ form: "bundle", manifest: await putStatement(place, subject, { statement, keyless, nowMs }) }];
  }
  checkSigstoreKey(signer, "attestation");
  return await attestWithKey(place, subject, {
    statement,
    signer,
    nowMs,
    forms: options.forms ?? ["bundle", "legacy"],
  });
}

interface KeyAttestation {
  readonly statement: Statement;
  readonly signer: Signer;
  readonly nowMs: number;
  readonly forms: readonly AttestForm[];
}

async function attestWithKey(
  place: SignPlace,
  subject: Descriptor,
  { statement, signer, nowMs, forms }: KeyAttestation,
): Promise<readonly Attested[]> {
  const { predicateType } = statement;
  const envelope = await signDsse(IN_TOTO_TYPE, writeStatement(statement), signer);
  const attested: Attested[] = [];
  if (forms.includes("bundle")) {
    const bytes = writeKeyBundle(envelope, keyHint(signer.publicKey));
    attested.push({ form: "bundle", manifest: await putBundle(place, subject, { bytes, predicateType, nowMs }) });
  }
  if (forms.includes("legacy")) {
    const layer = nameBytes(new TextEncoder().encode(stringifyJson(dsseToJson(envelope))), {
      mediaType: DSSE_TYPE,
      annotations: {
        [LEGACY_ANNOTATION.signature]: "",
        [LEGACY_ANNOTATION.predicateType]: predicateType,
      },
    });
    attested.push({ form: "legacy", manifest: await addLegacyLayer(place, subject, { kind: "att", layer }) });
  }
  return attested;
}

function legacyWithoutKey(): TeuError<TrustErrorCode> {
  return new TeuError("ERR_SIGN_UNSUPPORTED", "Attesting in the form legacy: there is no key, expected one");
}
