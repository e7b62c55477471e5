/**
 * Hashes of new passwords, for files of users.
 * @module
 */
import { hash } from "bcryptjs";
import { TeuError } from "@teu/std/error";
import type { RegistryServerErrorCode } from "../errors.ts";

const COST = 10;
/** Bcrypt looks at no more; what is longer would be cut off without a word. */
const MAX_PASSWORD_BYTES = 72;

/**
 * Hashes a password with bcrypt.
 * @throws TeuError `ERR_HTPASSWD_INVALID` if it is longer than bcrypt reads.
 */
export async function hashPassword(password: string): Promise<string> {
  const bytes = Buffer.byteLength(password);
  if (bytes <= MAX_PASSWORD_BYTES) return hash(password, COST);
  const message = `Hashing a password: ${bytes} bytes, expected at most ${MAX_PASSWORD_BYTES}`;
  throw new TeuError<RegistryServerErrorCode>("ERR_HTPASSWD_INVALID", message);
}
