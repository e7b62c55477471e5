/**
 * Files of users and passwords as `htpasswd -B` writes them: a line each, user, colon, bcrypt hash.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { RegistryServerErrorCode } from "../errors.ts";

/** Bcrypt hashes by user. */
export type Users = ReadonlyMap<string, string>;

/** Longest file that is read, in characters. */
export const MAX_HTPASSWD_LENGTH: number = 8 * 1024 * 1024;

// The cost doubles the time with each step: what is above takes minutes for one password.
const BCRYPT = /^\$2[aby]\$(0[4-9]|1[0-7])\$[./A-Za-z0-9]{53}$/;
const USER = /^[^\s:\u0000-\u001f\u007f]{1,255}$/u;

/**
 * Reads a file of users. Empty lines and those that begin with # do not count.
 * @throws TeuError `ERR_HTPASSWD_INVALID` with the number of the line; never with a hash.
 */
export function parseHtpasswd(text: string, name = "users"): Users {
  const users = new Map<string, string>();
  if (text.length > MAX_HTPASSWD_LENGTH)
    throw invalid(name, `${text.length} characters, expected at most ${MAX_HTPASSWD_LENGTH}`);
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    const [user, hash] = [line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim()];
    if (!USER.test(user)) throw invalid(name, `line ${index + 1}: expected a user, a colon and a hash`);
    if (!BCRYPT.test(hash))
      throw invalid(name, `line ${index + 1}: a hash of another kind, expected bcrypt of cost 4 to 17`);
    if (users.has(user)) throw invalid(name, `line ${index + 1}: the user is given twice`);
    users.set(user, hash);
  }
  return users;
}

function invalid(name: string, problem: string): TeuError<RegistryServerErrorCode> {
  return new TeuError("ERR_HTPASSWD_INVALID", `Reading users "${name}": ${problem}`, {
    hint: "htpasswd -B, or teu registry user, writes lines that can be read",
  });
}

/** Writes a file of users, in the order of their names. */
export function formatHtpasswd(users: Users): string {
  return Array.from(users, ([user, hash]) => `${user}:${hash}\n`)
    .sort()
    .join("");
}

/** Tells whether `user` can stand in a file of users. */
export function isUserName(user: string): boolean {
  return USER.test(user);
}
