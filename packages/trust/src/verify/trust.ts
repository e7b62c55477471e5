/**
 * Who is trusted: keys, identities that an authority vouches for, authorities of certificates.
 * @module
 */
import type { KeyObject } from "node:crypto";
import type { Certificate } from "@teu/pki/certificate";

/** Signatures by the owner of a key. */
export interface KeyTrust {
  readonly kind: "key";
  /** For evidence: what the user calls it. */
  readonly name: string;
  readonly key: KeyObject;
}

/** Signatures with a short-lived certificate for an identity, as Fulcio gives them. */
export interface IdentityTrust {
  readonly kind: "identity";
  readonly name: string;
  /** The whole identity, such as a mail address or the URI of a workflow. It is compared, never searched. */
  readonly identity: string;
  /** The whole URL of who authenticated the identity. */
  readonly issuer: string;
  /** The bytes of a `trusted_root.json`. */
  readonly trustedRoot: Uint8Array;
}

/** Signatures with a certificate of an authority, as the Notary Project has it. */
export interface CertificateTrust {
  readonly kind: "certificates";
  readonly name: string;
  readonly anchors: readonly Certificate[];
  /**
   * What the authorities are: those of signers, or signing authorities, whose word on the time of a signature counts as
   * well. Each is good for its own scheme only. Default: `ca`.
   */
  readonly store?: "ca" | "signingAuthority";
  /** Names that subjects must have: every attribute that is given. Nothing for any subject. */
  readonly subjects?: readonly Readonly<Record<string, string>>[];
  /** Identities as the policy has them, which plug-ins are told. Default: those of {@link subjects}, else `*`. */
  readonly identities?: readonly string[];
  /** Authorities of time stamps. */
  readonly timestampAnchors?: readonly Certificate[];
  /**
   * Where there are authorities of time stamps: whether a signature has to have one always, or only once its certificates
   * have run out. Default: one is checked where there is one.
   */
  readonly timestamps?: "always" | "afterCertExpiry";
  /** Default: nobody is asked. */
  readonly revocation?: RevocationWish;
}

/** About whom it is asked whether certificates are revoked, and what it means that one is or that nobody says. */
export interface RevocationWish {
  readonly ofSigners: "enforce" | "log" | "skip";
  readonly ofStampers: "enforce" | "skip";
}

/** Signatures of simple signing that gpg made. */
export interface GpgTrust {
  readonly kind: "gpg";
  readonly name: string;
  /** Public keys of OpenPGP, with armour or without; any of them may have signed. */
  readonly keys: readonly Uint8Array[];
}

/** One thing that is trusted. */
export type Trust = KeyTrust | IdentityTrust | CertificateTrust | GpgTrust;

/** Those of one kind. */
export function trustOf<Kind extends Trust["kind"]>(
  trust: readonly Trust[],
  kind: Kind,
): readonly Extract<Trust, { readonly kind: Kind }>[] {
  return trust.filter((each): each is Extract<Trust, { readonly kind: Kind }> => each.kind === kind);
}
