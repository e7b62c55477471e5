/**
 * How it is asked whether certificates are revoked: the questions, and the seam behind which somebody asks over the network,
 * or looks at what was kept.
 * @module
 */

/** One question to one place. */
export interface RevocationQuestion {
  readonly kind: "ocsp" | "crl";
  readonly url: string;
  /** The fingerprint of the certificate that a responder is asked about; empty for lists. */
  readonly about: string;
  /** What is sent to a responder. */
  readonly request?: Uint8Array;
}

/** What came back. */
export interface RevocationAnswer {
  readonly bytes: Uint8Array;
  /** Whether it was asked for earlier and kept. */
  readonly isKept: boolean;
}

/** Asks one place. @throws TeuError if there is no answer */
export type AskRevocation = (question: RevocationQuestion) => Promise<RevocationAnswer>;

/** Whom to ask, and how old answers may be. */
export interface WhomToAsk {
  /** Nothing where nobody may be asked. */
  readonly ask: AskRevocation | undefined;
  /** Whether an answer that was kept counts after it has run out. Default: false. */
  readonly mayBeOld?: boolean | undefined;
}

/** Asks nobody. */
export const NOBODY: WhomToAsk = { ask: undefined };

/** Whom to ask about certificates, and about what time. */
export interface RevocationAsking extends WhomToAsk {
  readonly nowMs: number;
  /** When the signature was made at the latest, if that is proven. */
  readonly signedAtMs?: number | undefined;
}

/** Asking, with places to ask. */
export interface AskingPlaces extends RevocationAsking {
  readonly ask: AskRevocation;
  readonly urls: readonly string[];
}
