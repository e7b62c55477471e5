/**
 * What verification says: for each signature that was found, what was checked, against which trust, with what result, and
 * what was not checked. It is data, so that a policy can judge it and a file can keep it.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import type { JsonValue } from "@teu/std/json-value";
import type { FoundForm, FoundPlace } from "../find/gather.ts";

/** What can be checked of a signature. */
export type CheckName =
  /** The bytes can be read as their format. */
  | "format"
  /** The signature is that of a key over these bytes. */
  | "signature"
  /** Key or certificate are trusted. */
  | "signer"
  /** The signer's identity and the issuer of it are those wanted. */
  | "identity"
  /** What was signed is this image, by digest. */
  | "subject"
  /** What was signed has this name. */
  | "name"
  /** What was signed has these annotations. */
  | "annotations"
  /** When it was signed, proven by a signed time. */
  | "signing-time"
  /** It is in a transparency log. */
  | "transparency-log"
  /** The signer's certificate is in a log of certificates. */
  | "certificate-log"
  /** It has not expired. */
  | "expiry"
  /** Nobody revoked the certificate. */
  | "revocation"
  /** It is a signature, rather than an attestation about something else. */
  | "purpose";

/** One check and its result. */
export interface Check {
  readonly check: CheckName;
  readonly result: "passed" | "failed" | "skipped";
  /** What it was held against, or why it failed or was skipped: a part of a sentence. */
  readonly note: string;
}

/** Who signed. Only there once the signature is verified. */
export type SignedBy =
  | { readonly kind: "key"; readonly hint: string }
  | { readonly kind: "identity"; readonly identity: string; readonly issuer: string }
  | { readonly kind: "certificate"; readonly subject: string; readonly fingerprint: string }
  | { readonly kind: "gpg"; readonly fingerprint: string };

/** Why a signature does not count. */
export type RefusalReason =
  | "unreadable"
  | "untrusted-signer"
  | "wrong-identity"
  | "wrong-signature"
  | "other-digest"
  | "other-name"
  | "name-not-signed"
  | "annotations-missing"
  | "not-a-signature"
  | "not-logged"
  | "no-trusted-time"
  | "certificate-invalid"
  | "revoked"
  | "revocation-unknown"
  | "plugin"
  | "expired"
  | "rolled-back";

/** What a signature is for. */
export type SignatureRole = "signature" | "attestation" | "tag-record";

/** What the signer says. Only there once the signature is verified. */
export interface Claims {
  readonly role: SignatureRole;
  /** The name that was signed, as it was written; nothing where the format has none. */
  readonly name?: string;
  readonly annotations: Readonly<Record<string, JsonValue>>;
  /** Of attestations and records. */
  readonly predicateType?: string;
  readonly predicate?: Readonly<Record<string, JsonValue>>;
}

/** The judgement of one thing that was found. */
export interface Judgement {
  readonly form: FoundForm | "unknown";
  readonly place: FoundPlace["place"];
  readonly manifest: Descriptor;
  readonly layer?: Descriptor;
  readonly checks: readonly Check[];
  /** The name of the trust that the signer was found in. */
  readonly trust?: string;
  readonly signer?: SignedBy;
  readonly claims?: Claims;
  /** Nothing if it counts. */
  readonly refusal?: { readonly reason: RefusalReason; readonly message: string };
}

/** Collects checks on the way to a judgement. */
export class Checks {
  readonly #list: Check[] = [];
  readonly #logged: ReadonlySet<CheckName>;

  /** @param logged Checks whose failure refuses nothing. */
  constructor(logged: ReadonlySet<CheckName> = new Set()) {
    this.#logged = logged;
  }

  /** All so far, in order. */
  get list(): readonly Check[] {
    return [...this.#list];
  }

  passed(check: CheckName, note: string): void {
    this.#list.push({ check, result: "passed", note });
  }

  skipped(check: CheckName, note: string): void {
    this.#list.push({ check, result: "skipped", note });
  }

  /** Notes a failure and gives the error that ends the judgement. */
  failed(check: CheckName, reason: RefusalReason, note: string): Refused {
    this.#list.push({ check, result: "failed", note });
    return new Refused(reason, note);
  }

  /** Notes a failure and ends the judgement, unless failures of this check are only noted. @throws Refused */
  fail(check: CheckName, reason: RefusalReason, note: string): void {
    const refused = this.failed(check, reason, note);
    if (!this.isLogged(check)) throw refused;
  }

  /** Tells whether failures of a check are only noted. */
  isLogged(check: CheckName): boolean {
    return this.#logged.has(check);
  }

  /** Takes over what another has. */
  add(checks: readonly Check[]): void {
    this.#list.push(...checks);
  }
}

/** Ends a judgement. Never leaves this room. */
export class Refused extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.name = "Refused";
    this.reason = reason;
  }
}

/** A key by which signers are told apart, so that one who signs twice counts once. */
export function signerKey(signer: SignedBy): string {
  switch (signer.kind) {
    case "key":
      return `key ${signer.hint}`;
    case "identity":
      return `identity ${JSON.stringify([signer.identity, signer.issuer])}`;
    default:
      return `${signer.kind} ${signer.fingerprint}`;
  }
}
