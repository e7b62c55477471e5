/**
 * What a reader does with foreign bytes: it takes them, or refuses them with an error that belongs to it.
 * @module
 */
import { isTeuError } from "@teu/std/error";

/** A caller of readers: what `read` returns, and nothing where it throws an error with one of `codes`. Any other error goes through. */
export function acceptedUnless(...codes: readonly string[]): <T>(read: () => T) => T | undefined {
  return (read) => {
    try {
      return read();
    } catch (error) {
      if (isTeuError(error) && codes.includes(error.code)) return undefined;
      throw error;
    }
  };
}
