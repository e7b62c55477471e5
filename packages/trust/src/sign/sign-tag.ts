/**
 * Signs a record that a tag stands for an image.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { Reference } from "@teu/spec/reference";
import { subjectOf } from "../formats/statement.ts";
import { newTagRecord, tagRecordName, writeTagRecord } from "../formats/tag-record.ts";
import { TAG_RECORD_PREDICATE } from "../formats/types.ts";
import type { SignPlace } from "./place.ts";
import { type SignOptions, checkSigstoreKey, putStatement } from "./sign-image.ts";

/** What to record. */
export interface SignTagOptions extends Pick<SignOptions, "signer" | "keyless"> {
  /** The full name with its tag. */
  readonly name: Reference;
  /** Until when the record is to be believed, in milliseconds since 1970. */
  readonly expiresMs: number;
  /** Default: the time in seconds. */
  readonly sequence?: number | undefined;
  /** The present, in milliseconds since 1970. Default: that of the clock. */
  readonly nowMs?: number;
}

/**
 * Signs a record and puts it beside the image as a bundle; answers with the descriptor of its manifest.
 * @throws TeuError `ERR_TAG_RECORD_INVALID`; `ERR_SIGN_UNSUPPORTED`; what the store throws.
 */
export async function signTag(place: SignPlace, subject: Descriptor, options: SignTagOptions): Promise<Descriptor> {
  const { signer, keyless, name, nowMs = Date.now() } = options;
  if (signer !== undefined) checkSigstoreKey(signer, "tag record");
  const record = newTagRecord(name, { ...options, issuedMs: nowMs });
  const statement = {
    subject: [subjectOf(subject.digest, { name: tagRecordName(record) })],
    predicateType: TAG_RECORD_PREDICATE,
    predicate: writeTagRecord(record),
  };
  return await putStatement(place, subject, { statement, signer, keyless, nowMs });
}
