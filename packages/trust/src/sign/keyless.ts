/**
 * Signs without a key of one's own: a key is made for one signature, Fulcio gives it a certificate for the identity in a
 * token, Rekor logs the signature, and an authority stamps the time. The key is forgotten at the end.
 * @see {@link https://github.com/sigstore/fulcio/blob/v1.8.3/fulcio.proto}
 * @see {@link https://github.com/sigstore/rekor/blob/v1.4.3/openapi.yaml}
 * @see {@link https://github.com/sigstore/rekor-tiles/blob/v2.0.1/api/proto/rekor/v2/rekor_service.proto}
 * @module
 */
import { createHash } from "node:crypto";
import { fromBase64Url, toBase64 } from "@teu/pki/base64";
import { type DsseEnvelope, dsseToJson, preAuthEncoding, signDsse } from "@teu/pki/dsse";
import { formatPublicKey, generateKey } from "@teu/pki/keys";
import { formatPem, parsePem } from "@teu/pki/pem";
import { type Signer, keySigner } from "@teu/pki/signature";
import { writeTimestampRequest } from "@teu/pki/timestamp-request";
import { fromHex } from "@teu/std/bytes";
import { type Json, JsonError } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import { collect } from "@teu/std/streams";
import { TeuError, isTeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import type { SigningService, SigningServices } from "../formats/signing-config.ts";
import { BUNDLE_TYPE } from "../formats/types.ts";

/** How to sign keyless. */
export interface KeylessOptions {
  /** An OpenID Connect token: a secret, which goes to Fulcio alone. */
  readonly identityToken: string;
  readonly services: SigningServices;
  /** Default: that of Node. */
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Signs a payload and makes a bundle of it, with all that is needed to verify it offline.
 * @throws TeuError `ERR_SERVICE` if a service does not do its part.
 */
export async function signKeyless(
  payloadType: string,
  payload: Uint8Array,
  options: KeylessOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await makeBundle(payloadType, payload, options);
  } catch (error) {
    if (error instanceof JsonError)
      throw failed(`Reading the answer of a service of sigstore: ${error.message}`, error);
    throw error;
  }
}

async function makeBundle(
  payloadType: string,
  payload: Uint8Array,
  options: KeylessOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const signer = keySigner(await generateKey());
  const certificate = await askCertificate(signer, options);
  const envelope = await signDsse(payloadType, payload, signer);
  const { rekor, timestamps } = options.services;
  const stamps = timestamps === undefined ? [] : [await askTimestamp(envelope, timestamps, options)];
  const entries = rekor === undefined ? [] : [await askLog(envelope, { certificate, rekor, options })];
  const text = stringifyJson({
    mediaType: BUNDLE_TYPE,
    verificationMaterial: {
      certificate: { rawBytes: toBase64(certificate) },
      tlogEntries: entries,
      timestampVerificationData: { rfc3161Timestamps: stamps.map((each) => ({ signedTimestamp: toBase64(each) })) },
    },
    dsseEnvelope: dsseToJson(envelope),
  });
  return new TextEncoder().encode(text);
}

async function askCertificate(signer: Signer, options: KeylessOptions): Promise<Uint8Array> {
  const { identityToken, services } = options;
  const proof = await signer.sign(new TextEncoder().encode(subjectOf(identityToken)), { hash: "sha256" });
  const answer = await askJson(`${services.fulcio.url}/api/v2/signingCert`, options, {
    credentials: { oidcIdentityToken: identityToken },
    publicKeyRequest: {
      publicKey: { algorithm: "ECDSA", content: formatPublicKey(signer.publicKey) },
      proofOfPossession: toBase64(proof),
    },
  });
  const embedded = answer.get("signedCertificateEmbeddedSct");
  const signed = embedded.absent ? answer.get("signedCertificateDetachedSct") : embedded;
  const [leaf] = signed.get("chain").get("certificates").list();
  if (leaf === undefined) throw new JsonError("chain.certificates: expected the signer's first");
  const [block] = parsePem(leaf.string());
  if (block?.label !== "CERTIFICATE") throw new JsonError(`${leaf.place}: expected a certificate`);
  return block.bytes;
}

/** What Fulcio wants signed as a proof that the key is there: who the token is for. */
function subjectOf(token: string): string {
  try {
    const claims = parseJsonBytes(fromBase64Url(token.split(".")[1] ?? ""));
    const email = claims.get("email");
    return email.absent ? claims.get("sub").string() : email.string();
  } catch {
    // What the cause says may hold parts of the token.
    throw failed("Reading an identity token: it is none, expected one of OpenID Connect");
  }
}

interface LogRequest {
  readonly certificate: Uint8Array;
  readonly rekor: SigningService;
  readonly options: KeylessOptions;
}

async function askLog(envelope: DsseEnvelope, { certificate, rekor, options }: LogRequest): Promise<JsonValue> {
  if (rekor.version !== 2) return await askLogV1(envelope, { certificate, rekor, options });
  const verifier = { x509Certificate: { rawBytes: toBase64(certificate) }, keyDetails: "PKIX_ECDSA_P256_SHA_256" };
  const [signature] = envelope.signatures;
  // What the signature is over is logged, and not the envelope: cosign knows no entries of Rekor 2 with envelopes.
  const request = {
    hashedRekordRequestV002: {
      digest: toBase64(createHash("sha256").update(preAuthEncoding(envelope.payloadType, envelope.payload)).digest()),
      signature: { content: toBase64(signature?.signature ?? new Uint8Array(0)), verifier },
    },
  };
  return toValue(await askJson(`${rekor.url}/api/v2/log/entries`, options, request));
}

async function askLogV1(envelope: DsseEnvelope, { certificate, rekor, options }: LogRequest): Promise<JsonValue> {
  const pem = formatPem({ label: "CERTIFICATE", bytes: Uint8Array.from(certificate) });
  const answer = await askJson(`${rekor.url}/api/v1/log/entries`, options, {
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: {
      proposedContent: {
        envelope: stringifyJson(dsseToJson(envelope)),
        verifiers: [toBase64(new TextEncoder().encode(pem))],
      },
    },
  });
  const [id] = answer.names();
  return logEntry(answer.get(id ?? ""));
}

/** An entry of Rekor 1 as bundles have it: other names, and base64 for hex. */
function logEntry(entry: Json): JsonValue {
  const body = entry.get("body").string();
  const kind = parseJsonBytes(new Uint8Array(Buffer.from(body, "base64")));
  const verification = entry.get("verification");
  const proof = verification.get("inclusionProof");
  const base64 = (json: Json): string => toBase64(fromHex(json.string()));
  return {
    logIndex: entry.get("logIndex").integer(),
    logId: { keyId: base64(entry.get("logID")) },
    kindVersion: { kind: kind.get("kind").string(), version: kind.get("apiVersion").string() },
    integratedTime: entry.get("integratedTime").integer(),
    inclusionPromise: { signedEntryTimestamp: verification.get("signedEntryTimestamp").string() },
    inclusionProof: {
      logIndex: proof.get("logIndex").integer(),
      rootHash: base64(proof.get("rootHash")),
      treeSize: proof.get("treeSize").integer(),
      hashes: proof.get("hashes").list().map(base64),
      checkpoint: { envelope: proof.get("checkpoint").string() },
    },
    canonicalizedBody: body,
  };
}

async function askTimestamp(
  { signatures }: DsseEnvelope,
  { url }: SigningService,
  options: KeylessOptions,
): Promise<Uint8Array> {
  const request = writeTimestampRequest(signatures[0]?.signature ?? new Uint8Array(0));
  return await ask(url, options, { type: "application/timestamp-query", body: request });
}

async function askJson(url: string, options: KeylessOptions, body: object): Promise<Json> {
  const text = new TextEncoder().encode(stringifyJson(body));
  const bytes = await ask(url, options, { type: "application/json", body: text });
  try {
    return parseJsonBytes(bytes);
  } catch (error) {
    throw failed(`Asking ${url}: its answer is not JSON`, error);
  }
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

interface Request {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

async function ask(url: string, options: KeylessOptions, { type, body }: Request): Promise<Uint8Array> {
  const { fetch: send = fetch, signal } = options;
  const limits = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
  try {
    const headers = {
      "content-type": type,
      accept: type === "application/json" ? type : "application/timestamp-reply",
    };
    const answer = await send(url, { method: "POST", headers, body, redirect: "error", signal: limits });
    const limit = { maxBytes: MAX_ANSWER_BYTES, what: `the answer of ${url}`, signal: limits };
    const bytes = await collect(answer.body ?? [], limit);
    if (answer.ok) return bytes;
    throw failed(`Asking ${url}: status ${answer.status}, ${new TextDecoder().decode(bytes.subarray(0, 200))}`);
  } catch (error) {
    signal?.throwIfAborted();
    if (isTeuError(error)) throw error;
    throw failed(`Asking ${url}: no answer`, error);
  }
}

function failed(message: string, cause?: unknown): TeuError<TrustErrorCode> {
  return new TeuError("ERR_SERVICE", message, { cause });
}
