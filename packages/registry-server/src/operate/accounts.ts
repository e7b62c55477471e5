/**
 * The authority of a service, as its configuration and files say.
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Authority, OPEN_AUTHORITY } from "../access.ts";
import { Accounts } from "../auth/accounts.ts";
import { createAuthority } from "../auth/authority.ts";
import { type Users, parseHtpasswd } from "../auth/htpasswd.ts";
import { Issuers } from "../auth/issuers.ts";
import type { PasswordCheck } from "../auth/password-check.ts";
import { TokenSigner } from "../auth/tokens.ts";
import type { RegistryConfig } from "../config/config.ts";
import { readTokenKey } from "../data.ts";

/** Folders of a service. */
export interface AccountPlaces {
  /** That relative paths start from. */
  readonly folder: string;
  /** Of the data. */
  readonly root: string;
}

/** Makes the authority. Nobody is asked who they are as long as the configuration knows of nobody. */
export async function makeAuthority(
  places: AccountPlaces,
  config: () => RegistryConfig,
  passwords: PasswordCheck,
): Promise<Authority> {
  const signer = new TokenSigner(await readSigningKey(places, config()));
  const trusted = new Issuers(() => config().issuers, places);
  const accounts = new Accounts({ config, passwords, issuers: trusted, now: Date.now });
  const authority = createAuthority({ config, accounts, signer });
  const now = (): Authority => (knowsAnybody(config()) ? authority : OPEN_AUTHORITY);
  return {
    admit: (request) => now().admit(request),
    deny: (access, wanted, request) => now().deny(access, wanted, request),
    answer: (request) => now().answer?.(request),
  };
}

function knowsAnybody({ users, issuers, robots, certificates }: RegistryConfig): boolean {
  return users !== undefined || issuers.length + robots.length + certificates.length > 0;
}

/** The key that tokens are signed with: the one of the configuration, or that of the data. */
export async function readSigningKey({ folder, root }: AccountPlaces, { tokenKey }: RegistryConfig): Promise<string> {
  return tokenKey === undefined ? readTokenKey(root) : readFile(resolve(folder, tokenKey), "utf8");
}

/**
 * Reads the file of users.
 * @throws TeuError `ERR_HTPASSWD_INVALID`
 */
export async function readUsers(folder: string, { users }: RegistryConfig): Promise<Users> {
  if (users === undefined) return new Map();
  return parseHtpasswd(await readFile(resolve(folder, users), "utf8"), users);
}
