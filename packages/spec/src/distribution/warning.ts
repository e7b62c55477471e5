/**
 * The `Warning` header: texts of a registry to the people behind a client (RFC 7234 section 5.5, as distribution-spec
 * narrows it).
 * @module
 */
import { type Issue, Report } from "../issue.ts";
import { DISTRIBUTION_CLAUSES } from "./clauses.ts";
import { FieldReader, type FieldValue, joinLines, quote } from "./field.ts";

/** One warning. */
export interface Warning {
  /** Three digits; registries use 299. */
  readonly code: string;
  /** Who warns; registries use `-`. */
  readonly agent: string;
  readonly text: string;
  /** Registries send none. */
  readonly date?: string;
}

/** Most bytes of warnings in one answer. */
export const MAX_WARNING_BYTES = 4096;

/** Warnings that are read of one answer; none more fit {@link MAX_WARNING_BYTES}. */
const MAX_WARNINGS = 512;

/**
 * Reads the `Warning` headers of an answer.
 * @throws TeuError `ERR_HEADER_INVALID`
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings}
 */
export function parseWarnings(value: FieldValue): readonly Warning[] {
  const reader = new FieldReader("Warning", value).skipCommas();
  const warnings: Warning[] = [];
  while (!reader.done) {
    if (warnings.length === MAX_WARNINGS) throw reader.error(`more than ${MAX_WARNINGS} warnings`);
    warnings.push(readWarning(reader));
    if (!reader.done && reader.next !== ",") throw reader.error(`no comma at ${reader.position}`);
    reader.skipCommas();
  }
  return warnings;
}

function readWarning(reader: FieldReader): Warning {
  const start = reader.position;
  const code = reader.token();
  const agent = reader.skipSpace().until(' \t,"');
  if (!/^[0-9]{3}$/.test(code) || agent === "" || reader.skipSpace().next !== '"') {
    throw reader.error(`expected three digits, an agent and a text in quotes at ${start}`);
  }
  const text = reader.quoted();
  const date = reader.skipSpace().next === '"' ? reader.quoted() : undefined;
  reader.skipSpace();
  return { code, agent, text, ...(date === undefined ? {} : { date }) };
}

/**
 * Writes one warning as a registry may send it.
 * @throws TeuError `ERR_HEADER_INVALID` if the text holds a control character or one beyond U+00FF.
 */
export function formatWarning(text: string): string {
  return `299 - ${quote("Warning", text)}`;
}

/**
 * Writes the warnings of one answer, a header each. What would pass {@link MAX_WARNING_BYTES} is left out.
 * @throws TeuError `ERR_HEADER_INVALID` as {@link formatWarning} does.
 */
export function formatWarnings(texts: Iterable<string>): string[] {
  let bytes = 0;
  return Array.from(new Set(texts), formatWarning).filter((value) => {
    const fits = bytes + value.length <= MAX_WARNING_BYTES;
    if (fits) bytes += value.length;
    return fits;
  });
}

/** Lists what the `Warning` headers of an answer, one a line, break. */
export function checkWarnings(lines: readonly string[]): Issue[] {
  const report = new Report(DISTRIBUTION_CLAUSES);
  const bytes = lines.reduce((sum, line) => sum + line.length, 0);
  if (bytes > MAX_WARNING_BYTES) {
    report.add("distribution.warning.size", "", `${bytes} bytes, expected at most ${MAX_WARNING_BYTES}`);
  }
  for (const [index, line] of lines.entries()) checkLine(report, line, `Warning[${index}]`);
  return report.issues;
}

function checkLine(report: Report<keyof typeof DISTRIBUTION_CLAUSES>, line: string, place: string): void {
  for (const { code, agent, date } of readLeniently(line)) {
    if (code !== "299")
      report.add("distribution.warning.code", place, `expected code 299, got ${JSON.stringify(code)}`);
    if (agent !== "-")
      report.add("distribution.warning.agent", place, `expected agent -, got ${JSON.stringify(agent)}`);
    if (date !== undefined)
      report.add("distribution.warning.date", place, `expected no date, got ${JSON.stringify(date)}`);
  }
}

/** The warnings of a line; one that has neither code nor agent where the line is none. */
function readLeniently(line: string): readonly Warning[] {
  try {
    return parseWarnings(line);
  } catch {
    const [code = "", agent = ""] = joinLines(line).trim().split(/\s+/, 2);
    return [{ code: code.slice(0, 16), agent: agent.slice(0, 16), text: "" }];
  }
}
