/**
 * Dates and times in documents, of which only the form is judged.
 * @module
 */
import { isTeuError } from "@teu/std/error";
import { parseRfc3339 } from "@teu/std/time";

/**
 * Tells whether `text` is a date and time with its offset, such as `2015-10-31T22:22:56.015925234Z`.
 * @see {@link https://datatracker.ietf.org/doc/html/rfc3339#section-5.6}
 */
export function isRfc3339(text: string): boolean {
  try {
    parseRfc3339(text);
    return true;
  } catch (error) {
    if (isTeuError(error, "ERR_TIME_INVALID")) return false;
    throw error;
  }
}
