/**
 * What `policy.json` says, read.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-policy.json.5.md}
 * @module
 */

/** Where keys or certificates come from. */
export type Material =
  | { readonly kind: "paths"; readonly paths: readonly string[] }
  | { readonly kind: "data"; readonly data: readonly Uint8Array[] };

/** How the name that was signed has to relate to the one that was asked for. */
export type SignedIdentity =
  | { readonly type: "matchExact" | "matchRepoDigestOrExact" | "matchRepository" }
  | { readonly type: "exactReference"; readonly dockerReference: string }
  | { readonly type: "exactRepository"; readonly dockerRepository: string }
  | { readonly type: "remapIdentity"; readonly prefix: string; readonly signedPrefix: string };

/** Signatures of gpg. */
export interface SignedByRequirement {
  readonly type: "signedBy";
  /** Only `GPGKeys` can be judged; the others can be written, and refuse everything. */
  readonly keyType: string;
  readonly keys: Material;
  readonly signedIdentity: SignedIdentity;
}

/** An identity that Fulcio vouches for. */
export interface FulcioTrust {
  readonly kind: "fulcio";
  readonly ca: Material;
  readonly oidcIssuer: string;
  readonly subjectEmail: string;
}

/** Certificates of an authority of one's own. */
export interface PkiTrust {
  readonly kind: "pki";
  readonly roots: Material;
  readonly intermediates: Material | undefined;
  readonly subjectEmail: string | undefined;
  readonly subjectHostname: string | undefined;
}

/** Whose signatures count. */
export type SigstoreTrust = { readonly kind: "keys"; readonly keys: Material } | FulcioTrust | PkiTrust;

/** Signatures in cosign's form under a tag. */
export interface SigstoreSignedRequirement {
  readonly type: "sigstoreSigned";
  readonly trust: SigstoreTrust;
  readonly rekorKeys: Material | undefined;
  readonly signedIdentity: SignedIdentity;
}

/** One requirement. All of a list have to hold. */
export type ContainersRequirement =
  | { readonly type: "insecureAcceptAnything" | "reject" }
  | { readonly type: "signedBaseLayer" }
  | SignedByRequirement
  | SigstoreSignedRequirement;

/** A whole policy. */
export interface ContainersPolicy {
  readonly default: readonly ContainersRequirement[];
  /** By transport, then by scope. */
  readonly transports: ReadonlyMap<string, ReadonlyMap<string, readonly ContainersRequirement[]>>;
}
