/**
 * Trusted roots of sigstore: who vouches for identities, keeps logs and stamps times.
 * @see {@link https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_trustroot.proto}
 * @module
 */
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { DEFAULT_JSON_LIMITS, type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, toValue } from "@teu/std/json-value";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";

const LISTS = ["tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"] as const;

/**
 * Reads a `trusted_root.json`. Every entry has to say from when on it holds: without, it would vouch for all of the past.
 * @throws TeuError `ERR_TRUST_INVALID`
 */
export function parseTrustedRoot(bytes: Uint8Array): TrustedRoot {
  try {
    const json = parseJsonBytes(bytes, { ...DEFAULT_JSON_LIMITS, maxLength: 16 * 1024 * 1024 });
    const mediaType = json.get("mediaType").string();
    if (!/^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[12]|\.v0\.2\+json)$/.test(mediaType))
      throw new JsonError(`mediaType: ${JSON.stringify(mediaType)}, expected a trusted root`);
    for (const list of LISTS) for (const entry of json.get(list).list()) checkStart(entry);
    return TrustedRoot.fromJSON(toValue(json));
  } catch (error) {
    const problem = error instanceof JsonError ? error.message : "it cannot be decoded";
    throw new TeuError<TrustErrorCode>("ERR_TRUST_INVALID", `Reading a trusted root: ${problem}`, { cause: error });
  }
}

function checkStart(entry: Json): void {
  const key = entry.get("publicKey");
  const owner = key.absent ? entry : key;
  owner.get("validFor").get("start").string();
}
