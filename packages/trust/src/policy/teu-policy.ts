/**
 * Reads teu's own policy. docs/guides/policy.md says what it may hold.
 * @module
 */
import { isDigest } from "@teu/spec/digest";
import { type Json, JsonError } from "@teu/std/json";
import { predicateUri } from "../formats/predicate-types.ts";
import { readCondition } from "./conditions.ts";
import { parseDistinguishedName } from "./distinguished-name.ts";
import { readNamePattern } from "./name-pattern.ts";
import { onlyFields, readList, readOneOf, readText, readingPolicy, refuseNulls, wrong } from "./strict-json.ts";
import type {
  AttestedNeed,
  FreshNeed,
  Need,
  OtherNeed,
  Revocations,
  RuleAction,
  SignedNeed,
  Signers,
  TeuPolicy,
  TeuRule,
  TrustSource,
} from "./teu-types.ts";

const FIELDS = ["version", "trust", "rules", "default", "revoked", "revocationLists"];

/**
 * Reads a policy.
 * @param json The document, which may have been YAML.
 * @param file How messages call it.
 * @throws TeuError `ERR_POLICY_INVALID`
 */
export function readTeuPolicy(json: Json, file: string): TeuPolicy {
  return readingPolicy(file, () => {
    refuseNulls(json);
    onlyFields(json, FIELDS);
    if (json.get("version").integerBetween(1, 1) !== 1) throw json.unexpected("version 1");
    const trust = json.get("trust");
    const names = new Map(trust.names().map((name) => [name, readTrust(trust.get(name))]));
    const rules = json
      .get("rules")
      .list()
      .map((rule) => readRule(rule, names));
    const twice = rules.find(({ name }, at) => rules.findIndex((rule) => rule.name === name) !== at);
    if (twice !== undefined) throw new JsonError(`rules: the name ${JSON.stringify(twice.name)} twice`);
    const common = json.get("default");
    return {
      trust: names,
      rules,
      default: common.absent ? "reject" : readAction(common, names),
      revoked: readRevocations(json.get("revoked")),
      revocationLists: json.get("revocationLists").list().map(readText),
    };
  });
}

/** Reads a list of what is revoked. @throws JsonError */
export function readRevocations(json: Json): Revocations {
  if (json.absent) return { images: new Set(), signers: new Set() };
  onlyFields(json, ["images", "signers"]);
  const images = json
    .get("images")
    .list()
    .map((item) => {
      const digest = item.string();
      if (!isDigest(digest)) throw item.unexpected("a digest");
      return digest;
    });
  return { images: new Set(images), signers: new Set(json.get("signers").list().map(readText)) };
}

type TrustNames = ReadonlyMap<string, TrustSource>;

function readTrust(json: Json): TrustSource {
  onlyFields(json, ["key", "identity", "issuer", "trustedRoot", "ca", "subjects", "tsa", "revocation", "gpg"]);
  const has = (name: string): boolean => !json.get(name).absent;
  const kinds = ["key", "identity", "ca", "gpg"].filter(has);
  if (kinds.length !== 1) throw wrong(json, "expected exactly one of key, identity, ca and gpg");
  const texts = (name: string): readonly string[] => json.get(name).list().map(readText);
  switch (kinds[0]) {
    case "key":
      onlyFields(json, ["key"]);
      return { kind: "key", path: readText(json.get("key")) };
    case "identity":
      onlyFields(json, ["identity", "issuer", "trustedRoot"]);
      return {
        kind: "identity",
        identity: readText(json.get("identity")),
        issuer: readText(json.get("issuer")),
        trustedRoot: has("trustedRoot") ? readText(json.get("trustedRoot")) : undefined,
      };
    case "ca":
      onlyFields(json, ["ca", "subjects", "tsa", "revocation"]);
      return {
        kind: "certificates",
        paths: some(json.get("ca"), texts("ca")),
        subjects: has("subjects")
          ? some(json.get("subjects"), texts("subjects")).map(parseDistinguishedName)
          : undefined,
        stamperPaths: texts("tsa"),
        revocation: has("revocation") ? readOneOf(json.get("revocation"), ["enforce", "log", "skip"]) : "skip",
      };
    default:
      onlyFields(json, ["gpg"]);
      return { kind: "gpg", paths: some(json.get("gpg"), texts("gpg")) };
  }
}

function some<T>(json: Json, items: readonly T[]): readonly T[] {
  if (items.length === 0) throw wrong(json, "empty");
  return items;
}

function readRule(json: Json, trust: TrustNames): TeuRule {
  onlyFields(json, ["name", "images", "require", "action"]);
  const [require, action] = [json.get("require"), json.get("action")];
  if (require.absent === action.absent) throw wrong(json, "expected either require or action");
  return {
    name: readText(json.get("name")),
    images: some(json.get("images"), json.get("images").list().map(readNamePattern)),
    action: readAction(require.absent ? action : require, trust),
  };
}

function readAction(json: Json, trust: TrustNames): RuleAction {
  if (json.kind === "string") return readOneOf(json, ["accept", "reject"] as const);
  return some(json, readList(json)).map((item) => readNeed(item, trust));
}

const NEEDS = ["signed", "attested", "fresh", "containers", "notation"] as const;

function readNeed(json: Json, trust: TrustNames): Need {
  onlyFields(json, NEEDS);
  const [kind, another] = NEEDS.filter((name) => !json.get(name).absent);
  if (kind === undefined || another !== undefined) throw wrong(json, `expected exactly one of ${NEEDS.join(", ")}`);
  const value = json.get(kind);
  switch (kind) {
    case "signed":
      return readSigned(value, trust);
    case "attested":
      return readAttested(value, trust);
    case "fresh":
      return readFresh(value, trust);
    default:
      return readOther(value, kind);
  }
}

function readSigned(json: Json, trust: TrustNames): SignedNeed {
  onlyFields(json, ["by", "count", "annotations", "named"]);
  const [annotations, named] = [json.get("annotations"), json.get("named")];
  return {
    kind: "signed",
    ...readSigners(json, trust),
    annotations: Object.fromEntries(annotations.names().map((name) => [name, annotations.get(name).string()])),
    named: named.absent ? false : named.boolean(),
  };
}

function readAttested(json: Json, trust: TrustNames): AttestedNeed {
  onlyFields(json, ["by", "count", "type", "where"]);
  const predicateType = predicateUri(json.get("type").string());
  if (predicateType === undefined) throw wrong(json.get("type"), "expected a kind such as slsaprovenance1, or a URI");
  return {
    kind: "attested",
    ...readSigners(json, trust),
    predicateType,
    where: json.get("where").list().map(readCondition),
  };
}

function readFresh(json: Json, trust: TrustNames): FreshNeed {
  onlyFields(json, ["by", "count", "at"]);
  const at = json.get("at");
  return {
    kind: "fresh",
    ...readSigners(json, trust),
    at: at.absent ? "start" : readOneOf(at, ["pull", "start"]),
  };
}

function readOther(json: Json, kind: OtherNeed["kind"]): OtherNeed {
  if (json.kind === "string") return { kind, path: readText(json) };
  if (json.boolean()) return { kind, path: undefined };
  throw wrong(json, "expected true or a path");
}

function readSigners(json: Json, trust: TrustNames): Signers {
  const items = some(json.get("by"), json.get("by").list());
  for (const item of items)
    if (!trust.has(item.string())) throw wrong(item, `${JSON.stringify(item.text)} is not under trust`);
  const by = [...new Set(items.map((item) => item.string()))];
  const count = json.get("count");
  return { by, count: count.absent ? 1 : count.integerBetween(1, by.length) };
}
