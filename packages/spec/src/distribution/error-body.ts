/**
 * The bodies of failed answers, as registries and what stands before them really send them: the JSON of the
 * specification, JSON of other shapes, pages of proxies, or nothing.
 * @module
 */
import { type Json, JsonError } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, toValue } from "@teu/std/json-value";
import { type Issue, Report } from "../issue.ts";
import { checkFields, object, string, stringThat } from "../shape.ts";
import { DISTRIBUTION_CLAUSES, type DistributionClauseId } from "./clauses.ts";
import { WIRE_ERRORS, type WireError, isWireErrorCode } from "./wire-error.ts";

/** Bytes of a body that are looked at; whoever fetches one need not read more. */
export const MAX_ERROR_BODY_BYTES = 65_536;
/** Errors of one body that are read. */
export const MAX_ERRORS = 32;

const MAX_DEPTH = 32;
const MAX_TEXT_LENGTH = 512;

/** What a body says. */
export interface ErrorBody {
  /** The errors; of JSON in another shape one with the code `UNKNOWN` and the message that it holds. */
  readonly errors: readonly WireError[];
  /** Beginning of a body that has no errors in it, for people: one line, of HTML the title or the text. Empty if there is none. */
  readonly text: string;
}

/** Reads the body of a failed answer, whatever it is. Never throws. */
export function parseErrorBody(bytes: Uint8Array): ErrorBody {
  const json = readJson(bytes.subarray(0, MAX_ERROR_BODY_BYTES));
  const errors = json === undefined ? [] : readErrors(json);
  return { errors, text: errors.length > 0 ? "" : readText(bytes) };
}

function readJson(bytes: Uint8Array): Json | undefined {
  try {
    return parseJsonBytes(bytes, { maxLength: MAX_ERROR_BODY_BYTES, maxDepth: MAX_DEPTH });
  } catch {
    return undefined;
  }
}

function readErrors(json: Json): WireError[] {
  const list = json.fields.get("errors");
  const items = list?.kind === "array" ? list.items : [list ?? json];
  return items
    .slice(0, MAX_ERRORS)
    .map(readError)
    .filter((error) => error !== undefined);
}

function readError(json: Json): WireError | undefined {
  const code = textOf(json.fields.get("code"));
  const message = MESSAGE_FIELDS.map((name) => textOf(json.fields.get(name))).find(Boolean) ?? textOf(json);
  if (json.kind === "object" ? code === undefined && message === undefined : message === undefined) return undefined;
  const detail = detailOf(json.fields.get("detail"));
  return {
    code: code ?? "UNKNOWN",
    ...(message === undefined ? {} : { message }),
    ...(detail === undefined ? {} : { detail }),
  };
}

// The specification's, OAuth's, Docker's token server's, and what else was met.
const MESSAGE_FIELDS = ["message", "error_description", "error", "details", "msg", "title"];

/** The text of a string or number, if it is there and not empty. */
function textOf(json: Json | undefined): string | undefined {
  if (json === undefined || (json.kind !== "string" && json.kind !== "number")) return undefined;
  return shorten(json.text) || undefined;
}

function detailOf(json: Json | undefined): JsonValue | undefined {
  try {
    return json === undefined || json.absent ? undefined : toValue(json);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

function readText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_ERROR_BODY_BYTES)).trimStart();
  if (!text.startsWith("<")) return shorten(text);
  return shorten(titleOf(text) ?? "") || shorten(withoutTags(text));
}

function titleOf(html: string): string | undefined {
  const text = html.toLowerCase();
  const start = text.indexOf(">", text.indexOf("<title"));
  const end = text.indexOf("</title", start);
  return text.includes("<title") && start >= 0 && end >= 0 ? html.slice(start + 1, end) : undefined;
}

function withoutTags(text: string): string {
  return text
    .split("<")
    .map((piece) => piece.slice(piece.indexOf(">") + 1))
    .join(" ");
}

/** One line of printable text. */
function shorten(text: string): string {
  const line = text
    .slice(0, 4 * MAX_TEXT_LENGTH)
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ")
    .trim();
  return line.length <= MAX_TEXT_LENGTH ? line : `${line.slice(0, MAX_TEXT_LENGTH)}…`;
}

/**
 * Lists what the JSON body of an answer with status 4xx breaks.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes}
 */
export function checkErrorBody(json: Json): Issue[] {
  const report = new Report<DistributionClauseId>(DISTRIBUTION_CLAUSES);
  const list = json.fields.get("errors");
  if (list?.kind !== "array") {
    report.add("distribution.error.json", json, `expected an object with an array "errors", got ${json.kind}`);
    return report.issues;
  }
  for (const item of list.items) checkError(item, report);
  return report.issues;
}

function checkError(json: Json, report: Report<DistributionClauseId>): void {
  object(json, (place, message) => report.add("distribution.error.json", place, message));
  if (json.kind !== "object") return;
  checkFields(json, [{ name: "code", shape: CODE, clause: "distribution.error.code", required: true }], report);
  checkFields(json, [{ name: "message", shape: string, clause: "distribution.error.message.text" }], report);
  const code = json.get("code");
  if (CODE_PATTERN.test(code.text) && !isStandard(code.text)) {
    report.add("distribution.error.code.known", code, `expected a code of the specification, got ${code.text}`);
  }
}

const CODE_PATTERN = /^[A-Z_]{1,128}$/;
const CODE = stringThat((text) => CODE_PATTERN.test(text), "capital letters and underscores");

/** True for the codes that the text names: its table, that of its extensions, and two of Docker's that clients may meet. */
function isStandard(code: string): boolean {
  if (!isWireErrorCode(code)) return false;
  return WIRE_ERRORS[code].origin !== "docker" || code === "TAG_INVALID" || code === "MANIFEST_UNVERIFIED";
}
