/**
 * Tokens of our own: JSON Web Tokens signed with Ed25519 (RFC 7519, RFC 8037), which say who somebody is and what they may
 * do where.
 * @module
 */
import {
  type KeyObject,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from "node:crypto";
import { type Scope, formatScope, parseScope } from "@teu/spec/distribution/scope";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";

/** What a token says. */
export interface TokenClaims {
  /** Name of the user; empty for somebody unknown. */
  readonly user: string;
  /** Name of the registry that it is for. */
  readonly audience: string;
  readonly scopes: readonly Scope[];
  /** `refresh` for one that is good for nothing but further tokens. */
  readonly use: "access" | "refresh";
  /** Marks the password that stood when it was made, so that another password ends it. */
  readonly mark: string;
  /** Seconds since 1970. */
  readonly issued: number;
  readonly expires: number;
}

const ISSUER = "teu-registry";
/** Longest token that is read, in characters. */
const MAX_LENGTH = 16_384;
/** Tokens that are remembered: a client shows the same one with each request. */
const REMEMBERED = { count: 1000, maxLength: 4096 } as const;

/** Signs and reads tokens with one key. */
export class TokenSigner {
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  readonly #keyId: string;
  /** What tokens say whose signature is ours. Their audience and time are looked at each time. */
  readonly #read = new Map<string, TokenClaims>();

  /** @param pem A private key as {@link makeTokenKey} makes it. */
  constructor(pem: string) {
    this.#private = createPrivateKey(pem);
    this.#public = createPublicKey(this.#private);
    const encoded = this.#public.export({ type: "spki", format: "der" });
    this.#keyId = createHash("sha256").update(encoded).digest("base64url").slice(0, 16);
  }

  /** Writes a token. */
  sign(claims: TokenClaims): string {
    const header = { typ: "JWT", alg: "EdDSA", kid: this.#keyId };
    const payload = {
      iss: ISSUER,
      sub: claims.user,
      aud: claims.audience,
      iat: claims.issued,
      nbf: claims.issued,
      exp: claims.expires,
      jti: crypto.randomUUID(),
      use: claims.use,
      mark: claims.mark,
      access: claims.scopes.map(({ type, name, actions }) => ({ type, name, actions })),
    };
    const text = `${encode(header)}.${encode(payload)}`;
    return `${text}.${sign(null, Buffer.from(text), this.#private).toString("base64url")}`;
  }

  /**
   * Reads a token.
   * @param now Seconds since 1970.
   * @returns nothing if it is not ours, not for `audience` or not of this time.
   */
  read(token: string, audience: string, now: number): TokenClaims | undefined {
    const claims = this.#read.get(token) ?? this.#verify(token);
    if (claims === undefined || claims.audience !== audience) return undefined;
    return claims.issued <= now + LEEWAY_SECONDS && now < claims.expires ? claims : undefined;
  }

  #verify(token: string): TokenClaims | undefined {
    const parts = token.split(".");
    const [header = "", payload = "", signature = ""] = parts;
    if (token.length > MAX_LENGTH || parts.length !== 3) return undefined;
    const signed = Buffer.from(`${header}.${payload}`);
    // Only our own algorithm counts, whatever the header says.
    if (!verify(null, signed, this.#public, Buffer.from(signature, "base64url"))) return undefined;
    const claims = readClaims(payload);
    if (claims !== undefined && token.length <= REMEMBERED.maxLength) this.#remember(token, claims);
    return claims;
  }

  #remember(token: string, claims: TokenClaims): void {
    if (this.#read.size >= REMEMBERED.count) this.#read.clear();
    this.#read.set(token, claims);
  }
}

const LEEWAY_SECONDS = 60;

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function readClaims(payload: string): TokenClaims | undefined {
  try {
    const json = parseJsonBytes(Buffer.from(payload, "base64url"), { maxLength: MAX_LENGTH, maxDepth: 8 });
    if (json.get("iss").string() !== ISSUER) return undefined;
    const scopes = json
      .get("access")
      .list()
      .map((item) => {
        const actions = item
          .get("actions")
          .list()
          .map((action) => action.string());
        return parseScope(formatScope({ type: item.get("type").string(), name: item.get("name").string(), actions }));
      });
    return {
      user: json.get("sub").string(),
      audience: json.get("aud").string(),
      scopes,
      use: json.get("use").string() === "refresh" ? "refresh" : "access",
      mark: json.get("mark").string(),
      issued: json.get("iat").integerBetween(0, Number.MAX_SAFE_INTEGER),
      expires: json.get("exp").integerBetween(0, Number.MAX_SAFE_INTEGER),
    };
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** Makes a key for tokens, as PEM. */
export function makeTokenKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
