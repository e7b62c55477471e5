/**
 * The one place that calls the library of sigstore.
 * @module
 */
import { bundleFromJSON } from "@sigstore/bundle";
import { type Signer, VerificationError, Verifier, toSignedEntity, toTrustMaterial } from "@sigstore/verify";
import { parseBundle } from "../formats/bundle.ts";
import { parseTrustedRoot } from "../formats/trusted-root.ts";
import type { Check, CheckName, RefusalReason } from "./evidence.ts";

/** Why a bundle does not hold. */
export interface SigstoreFailure {
  readonly check: CheckName;
  readonly reason: RefusalReason;
  readonly note: string;
}

/** Who signed, or why that is not proven. */
export type SigstoreResult =
  | {
      readonly identity: string;
      readonly issuer: string;
      readonly checks: readonly Check[];
      readonly failure?: undefined;
    }
  | { readonly failure: SigstoreFailure };

/** What a bundle is held against. */
export interface SigstoreOptions {
  /** The bytes of a `trusted_root.json`. */
  readonly trustedRoot: Uint8Array;
  /** What was signed, for bundles that sign bytes rather than an envelope. */
  readonly artifact?: Uint8Array | undefined;
}

/**
 * Verifies a bundle with a certificate: chain, signed times, logs, signature.
 * @throws TeuError `ERR_TRUST_INVALID`; `ERR_SIGNATURE_UNREADABLE`.
 */
export function verifyWithRoot(bytes: Uint8Array, { trustedRoot, artifact }: SigstoreOptions): SigstoreResult {
  const root = rootOf(trustedRoot);
  const facts = parseBundle(bytes);
  // A root that names no log asks for none: that is for the keeper of the root to decide.
  const thresholds = {
    tlogThreshold: root.tlogs.length > 0 ? 1 : 0,
    ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0,
    timestampThreshold: 1,
  };
  try {
    const bundle = bundleFromJSON(JSON.parse(new TextDecoder().decode(bytes)));
    const entity = toSignedEntity(bundle, artifact === undefined ? undefined : Buffer.from(artifact));
    const signer = new Verifier(toTrustMaterial(root), thresholds).verify(entity);
    return { ...identityOf(signer), checks: checksOf(thresholds, facts) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

// One root stands for many signatures, and its bytes do not change.
const ROOTS = new WeakMap<Uint8Array, ReturnType<typeof parseTrustedRoot>>();

function rootOf(bytes: Uint8Array): ReturnType<typeof parseTrustedRoot> {
  const root = ROOTS.get(bytes) ?? parseTrustedRoot(bytes);
  ROOTS.set(bytes, root);
  return root;
}

function identityOf({ identity }: Signer): { readonly identity: string; readonly issuer: string } {
  return { identity: identity?.subjectAlternativeName ?? "", issuer: identity?.extensions?.issuer ?? "" };
}

function checksOf(
  { tlogThreshold, ctlogThreshold }: { readonly tlogThreshold: number; readonly ctlogThreshold: number },
  { logEntries, timestamps }: { readonly logEntries: number; readonly timestamps: number },
): readonly Check[] {
  const passed = (check: CheckName, note: string): Check => ({ check, result: "passed", note });
  const skipped = (check: CheckName, note: string): Check => ({ check, result: "skipped", note });
  return [
    passed("signature", "made by the key of its certificate"),
    passed("signer", "its certificate leads to an authority of the trusted root"),
    passed("signing-time", timestamps > 0 ? "a time stamp says when" : "the log says when"),
    tlogThreshold > 0
      ? passed("transparency-log", `${logEntries} entries of a log of the trusted root`)
      : skipped("transparency-log", "the trusted root names no log"),
    ctlogThreshold > 0
      ? passed("certificate-log", "a log of the trusted root has its certificate")
      : skipped("certificate-log", "the trusted root names no log of certificates"),
  ];
}

const FAILURES: Readonly<Record<string, readonly [CheckName, RefusalReason]>> = {
  TIMESTAMP_ERROR: ["signing-time", "no-trusted-time"],
  CERTIFICATE_ERROR: ["signer", "certificate-invalid"],
  PUBLIC_KEY_ERROR: ["signer", "untrusted-signer"],
  SIGNATURE_ERROR: ["signature", "wrong-signature"],
  TLOG_ERROR: ["transparency-log", "not-logged"],
  TLOG_BODY_ERROR: ["transparency-log", "not-logged"],
  TLOG_INCLUSION_PROOF_ERROR: ["transparency-log", "not-logged"],
  TLOG_INCLUSION_PROMISE_ERROR: ["transparency-log", "not-logged"],
  TLOG_MISSING_INCLUSION_ERROR: ["transparency-log", "not-logged"],
};

/** The library throws errors of its own, and whatever its parsers run into. */
function failureOf(error: unknown): SigstoreFailure {
  const message = error instanceof Error ? error.message : String(error);
  const [check, reason] = (error instanceof VerificationError ? FAILURES[error.code] : undefined) ?? [
    "format",
    "unreadable",
  ];
  return { check, reason, note: message };
}
