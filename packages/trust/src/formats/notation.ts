/**
 * What the two envelopes of the Notary Project have in common.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/signature-specification.md}
 * @module
 */
import type { KeyObject } from "node:crypto";
import type { Certificate } from "@teu/pki/certificate";
import { keyFacts } from "@teu/pki/keys";
import type { Scheme } from "@teu/pki/signature";
import type { Annotations } from "@teu/spec/annotations";
import { type Digest, digestProblem } from "@teu/spec/digest";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";

/** The payload's media type. */
export const NOTATION_PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json";

/** The annotation that lists the fingerprints of the certificates. */
export const NOTATION_THUMBPRINT = "io.cncf.notary.x509chain.thumbprint#S256";

/** Names of headers. */
export const NOTATION_HEADER = {
  scheme: "io.cncf.notary.signingScheme",
  time: "io.cncf.notary.signingTime",
  authenticTime: "io.cncf.notary.authenticSigningTime",
  expiry: "io.cncf.notary.expiry",
  plugin: "io.cncf.notary.verificationPlugin",
  pluginVersion: "io.cncf.notary.verificationPluginMinVersion",
  timestamp: "io.cncf.notary.timestampSignature",
  agent: "io.cncf.notary.signingAgent",
} as const;

/** What a signature says of itself. */
export interface NotationEnvelope {
  /** As the header has it, such as `PS256` or -37. */
  readonly algorithm: string | number;
  readonly scheme: "notary.x509" | "notary.x509.signingAuthority";
  /** Milliseconds since 1970. Of `notary.x509` unproven. */
  readonly signedAtMs: number;
  readonly expiresAtMs: number | undefined;
  /** The plug-in that has to verify it as well. */
  readonly plugin: NotationPlugin | undefined;
  /** Critical headers that only a plug-in can know. */
  readonly extended: ReadonlyMap<string, ExtendedValue>;
  readonly payload: Uint8Array;
  /** The signer's first, the root last. */
  readonly certificates: readonly Certificate[];
  readonly signature: Uint8Array;
  /** The bytes that were signed. */
  readonly signed: Uint8Array;
  /** A token of RFC 3161 over the signature. */
  readonly timestamp: Uint8Array | undefined;
}

/** Which plug-in has to verify a signature. */
export interface NotationPlugin {
  readonly name: string;
  /** The lowest version that is good for it. */
  readonly minVersion: string | undefined;
}

/** What a header that only a plug-in knows may hold. */
export type ExtendedValue = string | number | boolean | null;

/** What was signed. */
export interface NotationTarget {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations: Annotations;
}

/** Reads a payload. @throws JsonError */
export function readNotationPayload(bytes: Uint8Array): NotationTarget {
  const target = parseJsonBytes(bytes).get("targetArtifact");
  const digest = target.get("digest");
  const problem = digestProblem(digest.string());
  if (problem !== undefined) throw new JsonError(`${digest.place}: ${problem.message}`);
  const annotations = target.get("annotations");
  return {
    mediaType: target.get("mediaType").string(),
    digest: digest.text as Digest,
    size: target.get("size").integerBetween(0, Number.MAX_SAFE_INTEGER),
    annotations: Object.fromEntries(annotations.names().map((name) => [name, annotations.get(name).string()])),
  };
}

/** Writes a payload. */
export function writeNotationPayload({ annotations, ...target }: NotationTarget): Uint8Array<ArrayBuffer> {
  const about = Object.keys(annotations).length === 0 ? {} : { annotations };
  return new TextEncoder().encode(stringifyJson({ targetArtifact: { ...target, ...about } }));
}

/** An algorithm by its names in JWS and COSE. */
export interface NotationAlgorithm {
  readonly jws: string;
  readonly cose: number;
  readonly scheme: Scheme;
}

const EC = { encoding: "ieee-p1363" } as const;
const RSA = { padding: "pss" } as const;

const ALGORITHMS: Readonly<Record<string, NotationAlgorithm>> = {
  "ecdsa-p256 256": { jws: "ES256", cose: -7, scheme: { hash: "sha256", ...EC } },
  "ecdsa-p384 384": { jws: "ES384", cose: -35, scheme: { hash: "sha384", ...EC } },
  "ecdsa-p521 521": { jws: "ES512", cose: -36, scheme: { hash: "sha512", ...EC } },
  "rsa 2048": { jws: "PS256", cose: -37, scheme: { hash: "sha256", ...RSA } },
  "rsa 3072": { jws: "PS384", cose: -38, scheme: { hash: "sha384", ...RSA } },
  "rsa 4096": { jws: "PS512", cose: -39, scheme: { hash: "sha512", ...RSA } },
};

/** The one algorithm that a key may sign with; nothing for other keys. */
export function notationAlgorithm(key: KeyObject): NotationAlgorithm | undefined {
  const { kind, bits } = keyFacts(key);
  return ALGORITHMS[`${kind} ${bits}`];
}
