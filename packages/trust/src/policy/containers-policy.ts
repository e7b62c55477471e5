/**
 * Reads `policy.json` of podman, skopeo and their kin, and refuses what they refuse.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-policy.json.5.md}
 * @module
 */
import type { Json } from "@teu/std/json";
import { readSignedIdentity } from "./containers-identity.ts";
import type {
  ContainersPolicy,
  ContainersRequirement,
  FulcioTrust,
  Material,
  PkiTrust,
  SignedByRequirement,
  SignedIdentity,
  SigstoreSignedRequirement,
  SigstoreTrust,
} from "./containers-types.ts";
import {
  onlyFields,
  readBase64,
  readList,
  readOneOf,
  readPolicy,
  readText,
  refuseNulls,
  wrong,
} from "./strict-json.ts";

/** Reads a policy. @throws TeuError `ERR_POLICY_INVALID` */
export function parseContainersPolicy(bytes: Uint8Array, file: string): ContainersPolicy {
  return readPolicy(bytes, file, (json) => {
    refuseNulls(json);
    onlyFields(json, ["default", "transports"]);
    const transports = json.get("transports");
    return {
      default: readRequirements(json.get("default")),
      transports: transports.absent ? new Map() : mapOf(transports, readScopes),
    };
  });
}

function mapOf<T>(json: Json, read: (json: Json, name: string) => T): ReadonlyMap<string, T> {
  if (json.kind !== "object") throw json.unexpected("an object");
  return new Map([...json.fields].map(([name, value]) => [name, read(value, name)]));
}

function readScopes(json: Json, transport: string): ReadonlyMap<string, readonly ContainersRequirement[]> {
  return mapOf(json, (requirements, scope) => {
    if (!isScope(transport, scope)) throw wrong(requirements, "not a scope of this transport");
    return readRequirements(requirements);
  });
}

const PATH_TRANSPORTS: readonly string[] = ["dir", "oci", "oci-archive", "sif"];
const SCOPELESS_TRANSPORTS: readonly string[] = ["docker-archive", "tarball"];

/** Tells whether a scope can be one of a transport. What is no transport that is known may have any. */
function isScope(transport: string, scope: string): boolean {
  if (scope === "") return true;
  if (SCOPELESS_TRANSPORTS.includes(transport)) return false;
  if (!PATH_TRANSPORTS.includes(transport)) return true;
  return /^(?:\/[^/]+)+$/.test(scope) && !scope.split("/").some((part) => part === "." || part === "..");
}

function readRequirements(json: Json): readonly ContainersRequirement[] {
  const items = readList(json);
  if (items.length === 0) throw wrong(json, "empty, expected at least one requirement");
  return items.map(readRequirement);
}

const TYPES = ["insecureAcceptAnything", "reject", "signedBy", "signedBaseLayer", "sigstoreSigned"] as const;

function readRequirement(json: Json): ContainersRequirement {
  const type = readOneOf(json.get("type"), TYPES);
  switch (type) {
    case "signedBy":
      return readSignedBy(json);
    case "sigstoreSigned":
      return readSigstoreSigned(json);
    case "signedBaseLayer":
      onlyFields(json, ["type", "baseLayerIdentity"]);
      readSignedIdentity(json.get("baseLayerIdentity"));
      return { type };
    default:
      onlyFields(json, ["type"]);
      return { type };
  }
}

const KEY_TYPES = ["GPGKeys", "signedByGPGKeys", "X509Certificates", "signedByX509CAs"] as const;

function readSignedBy(json: Json): SignedByRequirement {
  onlyFields(json, ["type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity"]);
  return {
    type: "signedBy",
    keyType: readOneOf(json.get("keyType"), KEY_TYPES),
    keys: needed(json, readMaterial(json, ["keyPath", "keyPaths", "keyData"], { mayBeEmpty: true })),
    signedIdentity: identityOf(json),
  };
}

function identityOf(json: Json): SignedIdentity {
  const identity = json.get("signedIdentity");
  return identity.absent ? { type: "matchRepoDigestOrExact" } : readSignedIdentity(identity);
}

const SIGSTORE_KEYS = ["keyPath", "keyPaths", "keyData", "keyDatas"] as const;
const REKOR_KEYS = ["rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas"] as const;

function readSigstoreSigned(json: Json): SigstoreSignedRequirement {
  onlyFields(json, ["type", ...SIGSTORE_KEYS, ...REKOR_KEYS, "fulcio", "pki", "signedIdentity"]);
  const rekorKeys = readMaterial(json, REKOR_KEYS);
  const trust = readSigstoreTrust(json);
  if (trust.kind === "fulcio" && rekorKeys === undefined) throw wrong(json, "fulcio without a key of Rekor");
  if (trust.kind === "pki" && rekorKeys !== undefined) throw wrong(json, "pki with a key of Rekor");
  return { type: "sigstoreSigned", trust, rekorKeys, signedIdentity: identityOf(json) };
}

function readSigstoreTrust(json: Json): SigstoreTrust {
  const keys = readMaterial(json, SIGSTORE_KEYS);
  const [fulcio, pki] = [json.get("fulcio"), json.get("pki")];
  const all: readonly SigstoreTrust[] = [
    ...(keys === undefined ? [] : [{ kind: "keys", keys } as const]),
    ...(fulcio.absent ? [] : [readFulcio(fulcio)]),
    ...(pki.absent ? [] : [readPki(pki)]),
  ];
  const [only, another] = all;
  if (only === undefined || another !== undefined)
    throw wrong(json, `expected exactly one of ${SIGSTORE_KEYS.join(", ")}, fulcio and pki`);
  return only;
}

function readFulcio(json: Json): FulcioTrust {
  onlyFields(json, ["caPath", "caData", "oidcIssuer", "subjectEmail"]);
  return {
    kind: "fulcio",
    ca: needed(json, readMaterial(json, ["caPath", "caData"])),
    oidcIssuer: readText(json.get("oidcIssuer")),
    subjectEmail: readText(json.get("subjectEmail")),
  };
}

function readPki(json: Json): PkiTrust {
  const names = ["caRootsPath", "caRootsData", "caIntermediatesPath", "caIntermediatesData"];
  onlyFields(json, [...names, "subjectEmail", "subjectHostname"]);
  const [subjectEmail, subjectHostname] = [json.get("subjectEmail"), json.get("subjectHostname")];
  if (subjectEmail.absent && subjectHostname.absent) throw wrong(json, "neither subjectEmail nor subjectHostname");
  return {
    kind: "pki",
    roots: needed(json, readMaterial(json, ["caRootsPath", "caRootsData"])),
    intermediates: readMaterial(json, ["caIntermediatesPath", "caIntermediatesData"]),
    subjectEmail: subjectEmail.absent ? undefined : readText(subjectEmail),
    subjectHostname: subjectHostname.absent ? undefined : readText(subjectHostname),
  };
}

function needed(json: Json, material: Material | undefined): Material {
  if (material === undefined) throw wrong(json, "it says of no keys where they are");
  return material;
}

interface MaterialOptions {
  /** Whether a list may be empty: then nothing is trusted. */
  readonly mayBeEmpty?: boolean;
}

/** Reads the one field of several that says where keys are. The ending of a name says how. */
function readMaterial(
  json: Json,
  names: readonly string[],
  { mayBeEmpty = false }: MaterialOptions = {},
): Material | undefined {
  const [name, another] = names.filter((each) => !json.get(each).absent);
  if (name === undefined) return undefined;
  if (another !== undefined) throw wrong(json, `both ${name} and ${another}, expected one`);
  const value = json.get(name);
  const isMany = name.endsWith("s");
  const items = isMany ? readList(value) : [value];
  if (items.length === 0 && !mayBeEmpty) throw wrong(value, "empty");
  if (/Datas?$/.test(name)) return { kind: "data", data: items.map(readBase64) };
  return { kind: "paths", paths: items.map((item) => (isMany ? item.string() : readText(item))) };
}
