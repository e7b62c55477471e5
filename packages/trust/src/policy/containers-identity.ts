/**
 * `signedIdentity` of `policy.json`: how the name in a signature has to relate to the name of the image.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-policy.json.5.md}
 * @module
 */
import { type Reference, formatName, formatReference, isHost, isReference, parseReference } from "@teu/spec/reference";
import type { Json } from "@teu/std/json";
import { TeuError, isTeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import type { SignedIdentity } from "./containers-types.ts";
import { onlyFields, readOneOf, wrong } from "./strict-json.ts";

const TYPES = [
  "matchExact",
  "matchRepoDigestOrExact",
  "matchRepository",
  "exactReference",
  "exactRepository",
  "remapIdentity",
] as const;

/** Reads one. @throws JsonError */
export function readSignedIdentity(json: Json): SignedIdentity {
  if (json.kind !== "object") throw json.unexpected("an object");
  const type = readOneOf(json.get("type"), TYPES);
  switch (type) {
    case "exactReference": {
      onlyFields(json, ["type", "dockerReference"]);
      const reference = readName(json.get("dockerReference"));
      if (isNameOnly(reference)) throw wrong(json.get("dockerReference"), "neither a tag nor a digest");
      return { type, dockerReference: formatReference(reference) };
    }
    case "exactRepository":
      onlyFields(json, ["type", "dockerRepository"]);
      return { type, dockerRepository: formatName(readName(json.get("dockerRepository"))) };
    case "remapIdentity":
      onlyFields(json, ["type", "prefix", "signedPrefix"]);
      return { type, prefix: readPrefix(json.get("prefix")), signedPrefix: readPrefix(json.get("signedPrefix")) };
    default:
      onlyFields(json, ["type"]);
      return { type };
  }
}

function readName(json: Json): Reference {
  const text = json.string();
  if (!isReference(text)) throw wrong(json, `${JSON.stringify(text)}, expected the name of an image`);
  return parseReference(text);
}

/** A host with its port, or a name that begins with one. */
function readPrefix(json: Json): string {
  const text = json.string();
  const slash = text.indexOf("/");
  const host = slash < 0 ? text : text.slice(0, slash);
  const path = slash < 0 ? "x" : text.slice(slash + 1);
  if (!isHost(host) || !/^[a-z0-9]+(?:(?:\.|__?|-+|\/)[a-z0-9]+)*$/.test(path))
    throw wrong(json, `${JSON.stringify(text)}, expected a host or a name that begins with one`);
  return text;
}

function isNameOnly({ tag, digest }: Reference): boolean {
  return tag === undefined && digest === undefined;
}

/**
 * Tells whether a name that was signed is good for an image.
 * @param signed As it stands in the signature.
 * @param intended The name that was asked for, with a tag or a digest; nothing for images that have no name.
 */
export function matchesIdentity(identity: SignedIdentity, signed: string, intended: Reference | undefined): boolean {
  try {
    const name = parseReference(signed);
    if (identity.type === "exactReference")
      return !isNameOnly(name) && formatReference(name) === identity.dockerReference;
    if (identity.type === "exactRepository") return formatName(name) === identity.dockerRepository;
    if (intended === undefined) return false;
    if (identity.type === "matchRepository") return formatName(name) === formatName(intended);
    if (identity.type === "matchExact")
      return !isNameOnly(name) && !isNameOnly(intended) && formatReference(name) === formatReference(intended);
    return isRepoDigestOrExact(name, identity.type === "remapIdentity" ? remapped(identity, intended) : intended);
  } catch (error) {
    if (isTeuError(error)) return false;
    throw error;
  }
}

function isRepoDigestOrExact(signed: Reference, intended: Reference): boolean {
  if (isNameOnly(signed)) return false;
  if (intended.tag !== undefined) return formatReference(signed) === formatReference(intended);
  // Of one by digest, the digest that was signed is compared with that of the image elsewhere.
  return intended.digest !== undefined && formatName(signed) === formatName(intended);
}

function remapped(
  { prefix, signedPrefix }: Extract<SignedIdentity, { readonly type: "remapIdentity" }>,
  intended: Reference,
): Reference {
  const name = formatName(intended);
  if (name !== prefix && !name.startsWith(`${prefix}/`)) return intended;
  const text = signedPrefix + formatReference(intended).slice(prefix.length);
  const reference = parseReference(text);
  // Without a host it would become one of Docker Hub, which nobody meant.
  if (formatReference(reference) === text) return reference;
  throw new TeuError<TrustErrorCode>("ERR_POLICY_INVALID", `Remapping to "${text}": it has no host, expected one`);
}
