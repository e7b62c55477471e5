/**
 * Everybody who can show that they are somebody: users with passwords, robots with secrets, clients with certificates, and
 * whoever has a token of an issuer.
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { RegistryConfig } from "../config/config.ts";
import { matchesGlob } from "../config/glob.ts";
import type { ClientCertificate } from "../exchange.ts";
import type { Admitted, Issuers } from "./issuers.ts";
import type { PasswordCheck } from "./password-check.ts";

/** A robot as the configuration has it: an account of a program. */
export interface Robot {
  readonly name: string;
  /** SHA-256 of its secret in hex. The secret is random, so that nothing slower is needed. */
  readonly secretHash: string;
  /** Milliseconds since 1970. Default: never. */
  readonly expires?: number | undefined;
}

/** Whose certificate is whose. */
export interface CertificateRule {
  readonly user: string;
  /** A pattern of one name of the certificate: `CN:…`, `DNS:…`, `URI:…` or `email:…`. */
  readonly name: string;
}

/** What accounts stand on. */
export interface AccountParts {
  readonly config: () => Pick<RegistryConfig, "robots" | "certificates">;
  readonly passwords: PasswordCheck;
  readonly issuers?: Issuers | undefined;
  readonly now: () => number;
}

/** The accounts of one registry. */
export class Accounts {
  readonly #parts: AccountParts;
  readonly #marks = new Map<string, string>();

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** The name of whoever shows a name and a password, a secret or a token; nothing if it is wrong. */
  async check(user: string, password: string): Promise<string | undefined> {
    const robot = this.#robot(user);
    if (robot !== undefined) return isSecret(robot, password) ? user : undefined;
    if (password.startsWith("eyJ") && password.split(".").length === 3) {
      const admitted = await this.#parts.issuers?.admit(password);
      if (admitted !== undefined && admitted.scopes === undefined) return admitted.user;
    }
    return (await this.#parts.passwords.check(user, password)) ? user : undefined;
  }

  /** What a token of an issuer comes to. */
  async admit(token: string): Promise<Admitted | undefined> {
    return this.#parts.issuers?.admit(token);
  }

  /** The user whose certificate this is. */
  userOf({ names }: ClientCertificate): string | undefined {
    const { certificates } = this.#parts.config();
    return certificates.find(({ name }) => names.some((one) => matchesGlob(name, one)))?.user;
  }

  /** Changes with what somebody shows, so that another secret ends what the old one gave; empty if there is no such. */
  markOf(user: string): string {
    const identity = this.#parts.issuers?.identityOf(user);
    const known =
      this.#robot(user)?.secretHash ??
      this.#parts.passwords.hashOf(user) ??
      (identity === undefined ? undefined : JSON.stringify(Array.from(identity.claims)));
    return known === undefined ? "" : this.#mark(known);
  }

  #mark(known: string): string {
    const kept = this.#marks.get(known);
    if (kept !== undefined) return kept;
    if (this.#marks.size >= MAX_MARKS) this.#marks.clear();
    const mark = createHash("sha256").update(known).digest("base64url").slice(0, 16);
    this.#marks.set(known, mark);
    return mark;
  }

  #robot(name: string): Robot | undefined {
    const robot = this.#parts.config().robots.find((one) => one.name === name);
    return robot?.expires !== undefined && robot.expires <= this.#parts.now() ? undefined : robot;
  }
}

/** Marks that are remembered: each request with a token asks for one. */
const MAX_MARKS = 1000;

function isSecret({ secretHash }: Robot, secret: string): boolean {
  const hash = createHash("sha256").update(secret).digest();
  return timingSafeEqual(hash, Buffer.from(secretHash, "hex"));
}

/** The hash of a robot's secret, as the configuration has it. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
