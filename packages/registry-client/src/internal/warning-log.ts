/**
 * Warnings of a registry, each told once.
 * @module
 */
import { parseWarnings } from "@teu/spec/distribution/warning";
import { isTeuError } from "@teu/std/error";
import { printable } from "@teu/std/redact";

/** A registry that makes up new warnings for each answer is not listened to for ever. */
const MAX_WARNINGS = 64;

/** Passes on what is new. */
export class WarningLog {
  readonly #host: string;
  readonly #tell: ((text: string, host: string) => void) | undefined;
  readonly #told = new Set<string>();

  constructor(host: string, tell: ((text: string, host: string) => void) | undefined) {
    this.#host = host;
    this.#tell = tell;
  }

  /** Takes the header `Warning` of an answer. One that cannot be read is passed over. */
  take(value: string): void {
    if (value === "" || this.#tell === undefined) return;
    for (const text of textsOf(value)) {
      if (this.#told.has(text) || this.#told.size >= MAX_WARNINGS) continue;
      this.#told.add(text);
      this.#tell(printable(text), this.#host);
    }
  }
}

function textsOf(value: string): string[] {
  try {
    return parseWarnings(value)
      .filter(({ code, text }) => code === "299" && text !== "")
      .map(({ text }) => text);
  } catch (error) {
    if (isTeuError(error)) return [];
    throw error;
  }
}
