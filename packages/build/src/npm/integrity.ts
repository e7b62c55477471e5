/**
 * Subresource integrity, as lockfiles have it: `sha512-…`, several with spaces between.
 * @see {@link https://www.w3.org/TR/2016/REC-SRI-20160623/#the-integrity-attribute}
 * @module
 */
import { type Hash, createHash } from "node:crypto";

/** A digest that content has to have. */
export interface Integrity {
  readonly algorithm: "sha512" | "sha384" | "sha256" | "sha1";
  /** Lower-case. */
  readonly hex: string;
}

const STRENGTH = ["sha1", "sha256", "sha384", "sha512"] as const;
const HEX_LENGTH: Readonly<Record<string, number>> = { sha1: 40, sha256: 64, sha384: 96, sha512: 128 };

/** The digests of the strongest algorithm that a text has; any of them will do. Empty if there is none that is known. */
export function parseIntegrity(text: string): readonly Integrity[] {
  const all = text.split(/\s+/).flatMap((part): Integrity[] => {
    const [, name = "", base64 = ""] = /^(sha(?:1|256|384|512))-([A-Za-z0-9+/=]+)(?:\?.*)?$/.exec(part) ?? [];
    const algorithm = STRENGTH.find((known) => known === name);
    const hex = Buffer.from(base64, "base64").toString("hex");
    return algorithm === undefined || hex.length !== HEX_LENGTH[algorithm] ? [] : [{ algorithm, hex }];
  });
  const strongest = STRENGTH.findLast((name) => all.some(({ algorithm }) => algorithm === name));
  return all.filter(({ algorithm }) => algorithm === strongest);
}

/** Takes content in and says whether it is what was promised. */
export class IntegrityCheck {
  readonly expected: readonly Integrity[];
  readonly #hash: Hash;

  /** @param expected At least one, all of one algorithm. */
  constructor(expected: readonly Integrity[]) {
    this.expected = expected;
    this.#hash = createHash(expected[0]?.algorithm ?? "sha512");
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  /** The digest of all content, and whether it is one of those expected. Ends the check. */
  finish(): { readonly actual: string; readonly passes: boolean } {
    const hex = this.#hash.digest("hex");
    const [first] = this.expected;
    return { actual: `${first?.algorithm ?? "sha512"}:${hex}`, passes: this.expected.some((one) => one.hex === hex) };
  }
}

/** Passes content on, and fails at its end with what `failure` makes of its digest if it is not what was promised. */
export async function* checked(
  source: AsyncIterable<Uint8Array>,
  expected: readonly Integrity[],
  failure: (actual: string) => Error,
): AsyncGenerator<Uint8Array> {
  const check = new IntegrityCheck(expected);
  for await (const chunk of source) {
    check.update(chunk);
    yield chunk;
  }
  const { actual, passes } = check.finish();
  if (!passes) throw failure(actual);
}
