/**
 * The payload of simple signing: a name and a digest, signed by cosign, podman, skopeo and GPG users.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-signature.5.md}
 * @see {@link https://github.com/sigstore/cosign/blob/v3.0.4/specs/SIGNATURE_SPEC.md}
 * @module
 */
import { type Digest, digestProblem } from "@teu/spec/digest";
import { type Json, JsonError } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import { reading } from "./unreadable.ts";

/** What a payload says of its kind: cosign's, or that of GPG signatures. */
export type SimpleSigningType = "cosign container image signature" | "atomic container signature";

/** A payload, read. */
export interface SimpleSigning {
  readonly type: SimpleSigningType;
  /** The name that was signed, as it was written: a repository, or with a tag. */
  readonly name: string;
  readonly digest: Digest;
  /** Optional facts that the signer added. */
  readonly optional: Readonly<Record<string, JsonValue>>;
}

const TYPES: readonly string[] = ["cosign container image signature", "atomic container signature"];

/**
 * Reads a payload, of which every part that is critical has to be known here. Only call it once the signature is verified.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE`
 */
export function parseSimpleSigning(bytes: Uint8Array): SimpleSigning {
  return reading("a payload of simple signing", () => {
    const json = parseJsonBytes(bytes);
    onlyFields(json, ["critical", "optional"]);
    const critical = json.get("critical");
    onlyFields(critical, ["type", "image", "identity"]);
    onlyFields(critical.get("image"), ["docker-manifest-digest"]);
    onlyFields(critical.get("identity"), ["docker-reference"]);
    const digest = critical.get("image").get("docker-manifest-digest");
    const problem = digestProblem(digest.string());
    if (problem !== undefined) throw new JsonError(`${digest.place}: ${problem.message}`);
    const type = critical.get("type").string();
    if (!TYPES.includes(type)) throw new JsonError(`critical.type: ${JSON.stringify(type)}, expected a signature`);
    return {
      type: type as SimpleSigningType,
      name: critical.get("identity").get("docker-reference").string(),
      digest: digest.text as Digest,
      optional: readOptional(json.get("optional")),
    };
  });
}

function onlyFields(json: Json, names: readonly string[]): void {
  if (json.kind !== "object") throw json.unexpected("an object");
  const other = json.names().find((name) => !names.includes(name));
  if (other !== undefined) throw new JsonError(`${json.get(other).place}: not known, and so not to be passed over`);
}

function readOptional(json: Json): Readonly<Record<string, JsonValue>> {
  if (json.absent) return {};
  if (json.kind !== "object") throw json.unexpected("an object");
  return toValue(json) as Readonly<Record<string, JsonValue>>;
}

/** Writes a payload. */
export function writeSimpleSigning(payload: SimpleSigning): Uint8Array<ArrayBuffer> {
  const { type, name, digest, optional } = payload;
  const text = stringifyJson({
    critical: { identity: { "docker-reference": name }, image: { "docker-manifest-digest": digest }, type },
    optional: Object.keys(optional).length === 0 ? null : optional,
  });
  return new TextEncoder().encode(text);
}
