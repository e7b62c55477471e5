/**
 * `WWW-Authenticate`: how a registry tells a client to prove who it is (RFC 9110 section 11.6.1, RFC 6750, RFC 7617).
 * @module
 */
import { FieldReader, type FieldValue, isToken, quote, unwritable } from "./field.ts";

/** One way to authenticate. */
export interface Challenge {
  /** Such as `Bearer`; its case does not matter. */
  readonly scheme: string;
  /** What schemes such as Negotiate have instead of parameters. */
  readonly token68?: string;
  /** By name in lower case; the first of a name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Most challenges of one answer. */
export const MAX_CHALLENGES = 16;
/** Most parameters of one challenge. */
export const MAX_CHALLENGE_PARAMETERS = 32;

/**
 * Reads `WWW-Authenticate` or `Proxy-Authenticate`. Beyond the grammar, values without quotes may hold any character but
 * spaces and commas, and a comma may be missing, as some registries write them.
 * @throws TeuError `ERR_HEADER_INVALID`, also past {@link MAX_CHALLENGES} and {@link MAX_CHALLENGE_PARAMETERS}.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1}
 */
export function parseChallenges(value: FieldValue): readonly Challenge[] {
  const reader = new FieldReader("WWW-Authenticate", value).skipCommas();
  const challenges: Challenge[] = [];
  while (!reader.done) {
    if (challenges.length === MAX_CHALLENGES) throw reader.error(`more than ${MAX_CHALLENGES} challenges`);
    challenges.push(readChallenge(reader));
    reader.skipCommas();
  }
  return challenges;
}

function readChallenge(reader: FieldReader): Challenge {
  const scheme = reader.token();
  if (scheme === "") throw reader.error(`${JSON.stringify(reader.next)} at ${reader.position}, expected a scheme`);
  if (!reader.done && !" \t,".includes(reader.next)) throw reader.error(`no space behind the scheme ${scheme}`);
  const token68 = readToken68(reader.skipSpace());
  if (token68 !== undefined) return { scheme, token68, parameters: new Map() };
  return { scheme, parameters: readParameters(reader) };
}

/** Reads the single value that may stand instead of parameters; nothing, and moves nowhere, if it does not. */
function readToken68(reader: FieldReader): string | undefined {
  const start = reader.position;
  const text = reader.until(" \t,");
  reader.skipSpace();
  if (TOKEN68.test(text) && (reader.done || reader.next === ",")) return text;
  reader.position = start;
  return undefined;
}

const TOKEN68 = /^[A-Za-z0-9._~+/-]+=*$/;

function readParameters(reader: FieldReader): Map<string, string> {
  const parameters = new Map<string, string>();
  for (let count = 0; isAtParameter(reader); count += 1) {
    if (count === MAX_CHALLENGE_PARAMETERS) throw reader.error(`more than ${MAX_CHALLENGE_PARAMETERS} parameters`);
    const name = reader.token().toLowerCase();
    reader.skipSpace().take("=");
    const value = reader.skipSpace().quotedOrUntil(", \t");
    if (!parameters.has(name)) parameters.set(name, value);
    reader.skipCommas();
  }
  return parameters;
}

/** Tells whether a name and an equals sign are next; otherwise the next challenge begins. */
function isAtParameter(reader: FieldReader): boolean {
  const start = reader.position;
  const named = reader.token() !== "" && reader.skipSpace().next === "=";
  reader.position = start;
  return named;
}

/**
 * Writes one challenge; several make a list with commas, or a header each.
 * @throws TeuError `ERR_HEADER_INVALID` if a part holds what the header cannot.
 */
export function formatChallenge({ scheme, token68, parameters }: Challenge): string {
  if (!isToken(scheme)) throw unwritable("WWW-Authenticate", scheme, "expected a scheme");
  if (token68 !== undefined) {
    if (!TOKEN68.test(token68) || parameters.size > 0)
      throw unwritable("WWW-Authenticate", token68, "expected one token");
    return `${scheme} ${token68}`;
  }
  const written = Array.from(parameters, ([name, value]) => {
    if (!isToken(name)) throw unwritable("WWW-Authenticate", name, "expected the name of a parameter");
    return `${name}=${quote("WWW-Authenticate", value)}`;
  });
  return [scheme, written.join(",")].join(" ").trimEnd();
}

/** What a registry that hands out tokens says in its challenge. */
export interface BearerChallenge {
  /** Address of the token server. */
  readonly realm: string;
  /** Name of the registry that the token is for. */
  readonly service?: string;
  /** Scopes to ask for; see `scope.ts`. */
  readonly scopes: readonly string[];
  /** Why the token that was sent is not enough, such as `insufficient_scope` or `invalid_token`. */
  readonly error?: string;
}

/** The challenge of `scheme`; nothing if there is none. */
export function findChallenge(challenges: readonly Challenge[], scheme: string): Challenge | undefined {
  return challenges.find((challenge) => challenge.scheme.toLowerCase() === scheme.toLowerCase());
}

/** Where to get a token by the first Bearer challenge that has a realm; nothing if there is none. */
export function findBearer(challenges: readonly Challenge[]): BearerChallenge | undefined {
  for (const { scheme, parameters } of challenges) {
    const realm = parameters.get("realm");
    if (scheme.toLowerCase() === "bearer" && realm !== undefined && realm !== "") return readBearer(realm, parameters);
  }
  return undefined;
}

function readBearer(realm: string, parameters: ReadonlyMap<string, string>): BearerChallenge {
  const [service, error] = [parameters.get("service"), parameters.get("error")];
  const scopes = (parameters.get("scope") ?? "").split(" ").filter(Boolean);
  return { realm, scopes, ...(service === undefined ? {} : { service }), ...(error === undefined ? {} : { error }) };
}

/**
 * Writes the challenge of a registry that takes tokens.
 * @throws TeuError `ERR_HEADER_INVALID` as {@link formatChallenge} does.
 */
export function formatBearer({ realm, service, scopes, error }: BearerChallenge): string {
  const parameters = new Map([["realm", realm]]);
  if (service !== undefined) parameters.set("service", service);
  if (scopes.length > 0) parameters.set("scope", scopes.join(" "));
  if (error !== undefined) parameters.set("error", error);
  return formatChallenge({ scheme: "Bearer", parameters });
}

/**
 * Writes the challenge of a registry that takes user and password.
 * @throws TeuError `ERR_HEADER_INVALID` as {@link formatChallenge} does.
 */
export function formatBasic(realm: string): string {
  return formatChallenge({ scheme: "Basic", parameters: new Map([["realm", realm]]) });
}
