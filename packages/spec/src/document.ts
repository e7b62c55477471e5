/**
 * A document as it arrives: bytes from outside, checked against the specification before anyone trusts them.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { type Json, JsonError, type JsonLimits } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, toValue } from "@teu/std/json-value";
import type { SpecErrorCode } from "./errors.ts";
import { type Issue, formatIssue } from "./issue.ts";

/** A parsed document together with the bytes it was read from. */
export interface Document<T> {
  /** The bytes as they came. Digest these, never a re-serialisation. */
  readonly bytes: Uint8Array;
  /** The whole document, unknown fields included; the type names the fields that the specification knows. */
  readonly value: T;
  /** Broken SHOULD and MAY clauses. */
  readonly issues: readonly Issue[];
}

/** How to read one kind of document. */
export interface DocumentReader {
  /** For messages, with its article: `an image manifest`. */
  readonly name: string;
  readonly limits: JsonLimits;
  /** Lists every broken clause. */
  readonly check: (json: Json) => Issue[];
}

/**
 * Reads and checks a document.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST; `detail.issues` has every issue.
 */
export function parseDocument<T>(bytes: Uint8Array, reader: DocumentReader): Document<T> {
  const { json, value } = readJson(bytes, reader);
  const issues = reader.check(json);
  const broken = issues.filter((issue) => issue.level === "MUST");
  if (broken.length > 0) throw invalid(reader.name, broken, issues);
  return { bytes, value: value as T, issues };
}

function readJson(bytes: Uint8Array, reader: DocumentReader): { readonly json: Json; readonly value: JsonValue } {
  try {
    const json = parseJsonBytes(bytes, reader.limits);
    return { json, value: toValue(json) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new TeuError<SpecErrorCode>("ERR_DOCUMENT_INVALID", `Reading ${reader.name}: ${error.message}`, {
      cause: error,
      detail: { issues: [] },
    });
  }
}

function invalid(name: string, broken: readonly Issue[], issues: readonly Issue[]): TeuError<SpecErrorCode> {
  const [first] = broken;
  const more = broken.length > 1 ? `, and ${broken.length - 1} more` : "";
  const message = `Reading ${name}: ${first === undefined ? "" : formatIssue(first)}${more}`;
  return new TeuError("ERR_DOCUMENT_INVALID", message, { detail: { issues } });
}
