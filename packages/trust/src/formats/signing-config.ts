/**
 * Signing configurations of sigstore: which services give certificates, keep logs and stamp times.
 * @see {@link https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_trustroot.proto}
 * @module
 */
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { parseRfc3339 } from "@teu/std/time";
import { TeuError, isTeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";

/** One service. */
export interface SigningService {
  readonly url: string;
  readonly version: number;
}

/** The services to sign with. */
export interface SigningServices {
  /** Gives certificates. */
  readonly fulcio: SigningService;
  /** Keeps a log, of version 1 or 2. */
  readonly rekor?: SigningService;
  /** Stamps times; needed where the log is of version 2. */
  readonly timestamps?: SigningService;
}

const KNOWN = { caUrls: [1], rekorTlogUrls: [1, 2], tsaUrls: [1] } as const;

/**
 * Reads a `signing_config.json` of version 0.2 and takes of each kind the service of the highest version that is known
 * here and holds now.
 * @throws TeuError `ERR_TRUST_INVALID`
 */
export function parseSigningConfig(bytes: Uint8Array, nowMs: number): SigningServices {
  try {
    const json = parseJsonBytes(bytes);
    const mediaType = json.get("mediaType").string();
    if (mediaType !== "application/vnd.dev.sigstore.signingconfig.v0.2+json")
      throw new JsonError(`mediaType: ${JSON.stringify(mediaType)}, expected a signing config of version 0.2`);
    const fulcio = choose(json, "caUrls", nowMs);
    if (fulcio === undefined) throw new JsonError("caUrls: no service that holds now");
    const [rekor, timestamps] = [choose(json, "rekorTlogUrls", nowMs), choose(json, "tsaUrls", nowMs)];
    return {
      fulcio,
      ...(rekor === undefined ? {} : { rekor }),
      ...(timestamps === undefined ? {} : { timestamps }),
    };
  } catch (error) {
    if (!(error instanceof JsonError) && !isTeuError(error)) throw error;
    throw new TeuError<TrustErrorCode>("ERR_TRUST_INVALID", `Reading a signing config: ${error.message}`);
  }
}

function choose(json: Json, list: keyof typeof KNOWN, nowMs: number): SigningService | undefined {
  const versions: readonly number[] = KNOWN[list];
  return json
    .get(list)
    .list()
    .filter((entry) => holds(entry.get("validFor"), nowMs))
    .map((entry) => ({
      url: serviceUrl(entry.get("url")),
      version: entry.get("majorApiVersion").integerBetween(0, 1000),
    }))
    .filter(({ version }) => versions.includes(version))
    .toSorted((a, b) => b.version - a.version)[0];
}

function holds(validFor: Json, nowMs: number): boolean {
  const at = (json: Json, none: number): number => (json.absent ? none : parseRfc3339(json.string()).seconds * 1000);
  return at(validFor.get("start"), -Infinity) <= nowMs && nowMs < at(validFor.get("end"), Infinity);
}

function serviceUrl(json: Json): string {
  const text = json.string();
  if (/^https?:\/\/[^\s]+$/.test(text) && URL.canParse(text)) return text.replace(/\/$/, "");
  throw new JsonError(`${json.place}: ${JSON.stringify(text)}, expected a URL of HTTP`);
}
