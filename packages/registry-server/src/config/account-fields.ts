/**
 * The parts of a configuration that say who is who.
 * @module
 */
import type { Json } from "@teu/std/json";
import type { CertificateRule, Robot } from "../auth/accounts.ts";
import { isUserName } from "../auth/htpasswd.ts";
import type { Identity, IssuerConfig } from "../auth/issuers.ts";
import type { Fields } from "./fields.ts";

/** Everybody beside the users of the file of passwords. */
export interface AccountFields {
  readonly issuers: readonly IssuerConfig[];
  readonly robots: readonly Robot[];
  readonly certificates: readonly CertificateRule[];
}

/** Reads issuers, robots and certificates. */
export function readAccounts(json: Json, fields: Fields): AccountFields {
  return {
    issuers: fields.list(json.get("issuers"), (entry) => readIssuer(entry, fields)),
    robots: fields.list(json.get("robots"), (entry) => readRobot(entry, fields)),
    certificates: fields.list(json.get("certificates"), (entry) => readCertificate(entry, fields)),
  };
}

function readIssuer(json: Json, fields: Fields): IssuerConfig | undefined {
  fields.only(json, ["issuer", "audience", "keys", "grants", "identities"]);
  if (json.kind !== "object") return undefined;
  // A token for somebody else must not be good for us, so that the audience has no default.
  for (const name of ["issuer", "audience"]) if (json.get(name).absent) fields.fault(json, `${name} is required`);
  return {
    issuer: fields.string(json.get("issuer")) ?? "",
    audience: fields.string(json.get("audience")) ?? "",
    keys: fields.string(json.get("keys")),
    grants: fields.boolean(json.get("grants"), false),
    identities: fields.list(json.get("identities"), (entry) => readIdentity(entry, fields)),
  };
}

function readIdentity(json: Json, fields: Fields): Identity | undefined {
  fields.only(json, ["user", "claims"]);
  if (json.kind !== "object") return undefined;
  const claims = new Map(
    fields.entries(json.get("claims")).map(([name, value]) => [name, fields.string(value) ?? ""] as const),
  );
  // Everybody at a public issuer would be let in.
  if (claims.size === 0) fields.fault(json, "claims: expected at least one");
  return { user: readUser(json.get("user"), fields), claims };
}

function readUser(json: Json, fields: Fields): string {
  const user = fields.string(json) ?? "";
  if (!isUserName(user)) fields.fault(json, "expected the name of a user, without spaces and colons");
  return user;
}

const HASH = /^[0-9a-f]{64}$/;

function readRobot(json: Json, fields: Fields): Robot | undefined {
  fields.only(json, ["name", "secretHash", "expires"]);
  if (json.kind !== "object") return undefined;
  const secretHash = fields.string(json.get("secretHash")) ?? "";
  if (!HASH.test(secretHash)) fields.fault(json, "secretHash: expected what teu registry robot prints");
  const text = fields.string(json.get("expires"));
  const expires = text === undefined ? undefined : Date.parse(text);
  if (expires !== undefined && Number.isNaN(expires)) fields.fault(json, "expires: expected a date such as 2030-01-31");
  return { name: readUser(json.get("name"), fields), secretHash, expires };
}

function readCertificate(json: Json, fields: Fields): CertificateRule | undefined {
  fields.only(json, ["user", "name"]);
  if (json.kind !== "object") return undefined;
  const name = fields.string(json.get("name")) ?? "";
  if (!/^(?:CN|DNS|URI|email):./.test(name))
    fields.fault(json, "name: expected one such as CN:name or URI:spiffe://...");
  return { user: readUser(json.get("user"), fields), name };
}
