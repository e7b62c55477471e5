/**
 * PEM: bytes between two lines that say what they are (RFC 7468).
 * @module
 */
import { TeuError } from "@teu/std/error";
import { fromBase64, toBase64 } from "./base64.ts";
import type { PkiErrorCode } from "./errors.ts";

/** One block of a PEM text. */
export interface PemBlock {
  /** Such as `CERTIFICATE`. */
  readonly label: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Longest PEM text that is read, in UTF-16 code units. */
export const MAX_PEM_LENGTH: number = 1024 * 1024;

const BEGIN = /^-----BEGIN ([A-Z0-9]+(?: [A-Z0-9]+)*)-----$/;

/**
 * Reads every block of a text, in order; what stands between blocks is passed over, as OpenSSL does.
 * @throws TeuError `ERR_PEM_INVALID` if there is none, or one is not whole, has headers, or is not base64.
 */
export function parsePem(text: string): readonly PemBlock[] {
  if (text.length > MAX_PEM_LENGTH) throw invalid(`${text.length} characters, expected at most ${MAX_PEM_LENGTH}`);
  const blocks: PemBlock[] = [];
  let label: string | undefined;
  let body: string[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const begun = BEGIN.exec(line)?.[1];
    if (label === undefined) {
      label = begun;
      body = [];
    } else if (line === `-----END ${label}-----`) {
      blocks.push({ label, bytes: decode(label, body.join("")) });
      label = undefined;
    } else if (begun !== undefined || line.startsWith("-----")) throw invalid(`another line "${line}" within ${label}`);
    else body.push(line);
  }
  if (label !== undefined) throw invalid(`no end of ${label}`);
  if (blocks.length === 0) throw invalid("no block, expected lines of -----BEGIN and -----END");
  return blocks;
}

/**
 * Reads the only block of a text.
 * @param labels What it may be.
 * @throws TeuError `ERR_PEM_INVALID`
 */
export function parsePemOf(text: string, labels: readonly string[]): PemBlock {
  const [block, ...others] = parsePem(text);
  if (block === undefined || others.length > 0) throw invalid(`${others.length + 1} blocks, expected one`);
  if (labels.includes(block.label)) return block;
  throw invalid(`"${block.label}", expected ${labels.join(" or ")}`);
}

/** Writes one block, with a line feed at its end. */
export function formatPem({ label, bytes }: PemBlock): string {
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function decode(label: string, body: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64(body);
  } catch (cause) {
    throw invalid(`the body of ${label} is not base64`, cause);
  }
}

function invalid(problem: string, cause?: unknown): TeuError<PkiErrorCode> {
  return new TeuError("ERR_PEM_INVALID", `Reading PEM: ${problem}`, { cause });
}
