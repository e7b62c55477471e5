/**
 * Signs in the forms of the Notary Project.
 * @module
 */
import { nameBytes } from "@teu/content/overlay";
import { toBase64 } from "@teu/pki/base64";
import { CborTag, type CborKey, type CborValue } from "@teu/pki/cbor";
import { type Certificate, certificateFingerprint } from "@teu/pki/certificate";
import { COSE_LABELS, writeCoseSign1 } from "@teu/pki/cose";
import { writeJws } from "@teu/pki/jws";
import type { Annotations } from "@teu/spec/annotations";
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";
import { stringifyJson } from "@teu/std/json-value";
import { formatRfc3339, fromMilliseconds } from "@teu/std/time";
import type { TrustErrorCode } from "../errors.ts";
import { checkNotationChain } from "../formats/notation-chain.ts";
import {
  NOTATION_HEADER,
  NOTATION_PAYLOAD_TYPE,
  NOTATION_THUMBPRINT,
  type NotationAlgorithm,
  notationAlgorithm,
  writeNotationPayload,
} from "../formats/notation.ts";
import { BUNDLE_ANNOTATION, COSE_TYPE, JWS_TYPE, NOTATION_TYPE } from "../formats/types.ts";
import { type SignPlace, putArtifact } from "./place.ts";
import type { SignOptions } from "./sign-image.ts";

const AGENT = "teu";

interface Parts {
  readonly payload: Uint8Array;
  readonly chain: readonly Certificate[];
  readonly algorithm: NotationAlgorithm;
  readonly signedAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/**
 * Signs an image and puts the signature beside it.
 * @throws TeuError `ERR_SIGN_UNSUPPORTED` if key and certificate do not fit, or may not sign.
 */
export async function signNotation(
  format: "jws" | "cose",
  place: SignPlace,
  subject: Descriptor,
  options: SignOptions,
): Promise<Descriptor> {
  const nowMs = Math.floor((options.nowMs ?? Date.now()) / 1000) * 1000;
  const mediaType = format === "jws" ? JWS_TYPE : COSE_TYPE;
  const { bytes, chain, annotations } = await (options.envelopes === undefined ? makeEnvelope : askForEnvelope)(
    mediaType,
    subject,
    { ...options, nowMs },
  );
  return await putArtifact(place, {
    artifactType: NOTATION_TYPE,
    contents: [nameBytes(bytes, { mediaType })],
    subject,
    annotations: {
      ...annotations,
      [NOTATION_THUMBPRINT]: stringifyJson(chain.map(certificateFingerprint)),
      [BUNDLE_ANNOTATION.created]: formatRfc3339(fromMilliseconds(nowMs)),
    },
  });
}

interface Made {
  readonly bytes: Uint8Array;
  readonly chain: readonly Certificate[];
  readonly annotations: Annotations;
}

type NotationOptions = SignOptions & { readonly nowMs: number };

async function makeEnvelope(mediaType: string, subject: Descriptor, options: NotationOptions): Promise<Made> {
  const parts = partsOf(subject, options, options.nowMs);
  const bytes =
    mediaType === JWS_TYPE ? new TextEncoder().encode(await writeJwsEnvelope(parts)) : await writeCoseEnvelope(parts);
  return { bytes, chain: parts.chain, annotations: {} };
}

async function askForEnvelope(mediaType: string, subject: Descriptor, options: NotationOptions): Promise<Made> {
  const { envelopes, annotations, expiresMs, nowMs } = options;
  if (envelopes === undefined) throw unsupported("there is nothing that makes envelopes");
  const payload = payloadOf(subject, annotations);
  const expiresInSeconds = expiresMs === undefined ? undefined : Math.floor((expiresMs - nowMs) / 1000);
  const made = await envelopes({ payload, mediaType, expiresInSeconds });
  return { bytes: made.bytes, chain: made.envelope.certificates, annotations: made.annotations };
}

function payloadOf({ mediaType, digest, size }: Descriptor, annotations: Annotations = {}): Uint8Array {
  const reserved = Object.keys(annotations).find((name) => name.startsWith("io.cncf.notary"));
  if (reserved !== undefined) throw unsupported(`the annotation "${reserved}" is reserved`);
  return writeNotationPayload({ mediaType, digest, size, annotations });
}

function partsOf(subject: Descriptor, options: SignOptions, signedAtMs: number): Parts {
  const { signer, chain = [], annotations, expiresMs } = options;
  const [leaf] = chain;
  if (signer === undefined) throw unsupported("there is no key");
  const algorithm = notationAlgorithm(signer.publicKey);
  if (leaf === undefined || !leaf.publicKey.equals(signer.publicKey))
    throw unsupported("the first certificate is not of the key that signs");
  if (algorithm === undefined) throw unsupported("expected a key of RSA with 2048, 3072 or 4096 bits, or of ECDSA");
  checkNotationChain(chain, signedAtMs);
  return {
    payload: payloadOf(subject, annotations),
    chain,
    algorithm,
    signedAtMs,
    expiresAtMs: expiresMs === undefined ? undefined : Math.floor(expiresMs / 1000) * 1000,
    sign: async (bytes) => await signer.sign(bytes, algorithm.scheme),
  };
}

async function writeJwsEnvelope({ payload, chain, algorithm, signedAtMs, expiresAtMs, sign }: Parts): Promise<string> {
  const time = (ms: number): string => formatRfc3339(fromMilliseconds(ms));
  const expiry = expiresAtMs === undefined ? [] : [[NOTATION_HEADER.expiry, time(expiresAtMs)]];
  return await writeJws({
    protected: {
      alg: algorithm.jws,
      cty: NOTATION_PAYLOAD_TYPE,
      crit: [NOTATION_HEADER.scheme, ...expiry.map(([name]) => name)],
      [NOTATION_HEADER.scheme]: "notary.x509",
      [NOTATION_HEADER.time]: time(signedAtMs),
      ...Object.fromEntries(expiry),
    },
    header: { x5c: chain.map(({ der }) => toBase64(der)), [NOTATION_HEADER.agent]: AGENT },
    payload,
    sign,
  });
}

async function writeCoseEnvelope(parts: Parts): Promise<Uint8Array> {
  const { payload, chain, algorithm, signedAtMs, expiresAtMs, sign } = parts;
  const expiry: readonly (readonly [string, CborValue])[] =
    expiresAtMs === undefined ? [] : [[NOTATION_HEADER.expiry, new CborTag(1, expiresAtMs / 1000)]];
  return await writeCoseSign1({
    protected: new Map<CborKey, CborValue>([
      [COSE_LABELS.algorithm, algorithm.cose],
      [COSE_LABELS.critical, [NOTATION_HEADER.scheme, ...expiry.map(([name]) => name)]],
      [COSE_LABELS.contentType, NOTATION_PAYLOAD_TYPE],
      [NOTATION_HEADER.scheme, "notary.x509"],
      [NOTATION_HEADER.time, new CborTag(1, signedAtMs / 1000)],
      ...expiry,
    ]),
    unprotected: new Map<CborKey, CborValue>([
      [COSE_LABELS.x5chain, chain.map(({ der }) => der)],
      [NOTATION_HEADER.agent, AGENT],
    ]),
    payload,
    sign,
  });
}

function unsupported(problem: string): TeuError<TrustErrorCode> {
  return new TeuError("ERR_SIGN_UNSUPPORTED", `Signing in a form of the Notary Project: ${problem}`);
}
