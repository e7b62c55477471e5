/**
 * What teu's own policy says, read.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import type { Condition } from "./conditions.ts";
import type { NamePattern } from "./name-pattern.ts";

/** Somebody who is trusted, by files that are read when they are needed. Paths are as they stand in the policy. */
export type TrustSource =
  | { readonly kind: "key"; readonly path: string }
  | {
      readonly kind: "identity";
      readonly identity: string;
      readonly issuer: string;
      readonly trustedRoot: string | undefined;
    }
  | {
      readonly kind: "certificates";
      readonly paths: readonly string[];
      readonly subjects: readonly Readonly<Record<string, string>>[] | undefined;
      readonly stamperPaths: readonly string[];
      /** What it means that a certificate is revoked, or that nobody says. */
      readonly revocation: "enforce" | "log" | "skip";
    }
  | { readonly kind: "gpg"; readonly paths: readonly string[] };

/** Who has to have signed. */
export interface Signers {
  /** Names of the trust. */
  readonly by: readonly string[];
  /** How many of them. */
  readonly count: number;
}

/** Wants signatures. */
export interface SignedNeed extends Signers {
  readonly kind: "signed";
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether a signature has to name the image. */
  readonly named: boolean;
}

/** Wants attestations. */
export interface AttestedNeed extends Signers {
  readonly kind: "attested";
  readonly predicateType: string;
  readonly where: readonly Condition[];
}

/** Wants a signed record of the tag. */
export interface FreshNeed extends Signers {
  readonly kind: "fresh";
  /** Until when it has to hold: when the image is pulled, or at every start as well. */
  readonly at: "pull" | "start";
}

/** Wants what a policy of another kind wants. */
export interface OtherNeed {
  readonly kind: "containers" | "notation";
  /** Its file; nothing for where its own tools look. */
  readonly path: string | undefined;
}

/** One thing that a rule wants. */
export type Need = SignedNeed | AttestedNeed | FreshNeed | OtherNeed;

/** What happens to images that a rule is for. */
export type RuleAction = "accept" | "reject" | readonly Need[];

/** A rule. */
export interface TeuRule {
  readonly name: string;
  readonly images: readonly NamePattern[];
  readonly action: RuleAction;
}

/** What does not count any more. */
export interface Revocations {
  /** Digests of manifests and indexes. */
  readonly images: ReadonlySet<Digest>;
  /** Hints of keys, fingerprints of certificates and of gpg's keys, identities. */
  readonly signers: ReadonlySet<string>;
}

/** A whole policy. */
export interface TeuPolicy {
  readonly trust: ReadonlyMap<string, TrustSource>;
  readonly rules: readonly TeuRule[];
  readonly default: RuleAction;
  readonly revoked: Revocations;
  /** Files with more of them. */
  readonly revocationLists: readonly string[];
}
