/**
 * A certificate as text for people: the faults with what was seen, then the counts.
 * @module
 */
import type { Level } from "@teu/spec/clause";
import { type Certificate, type Outcome, type Verdict, countVerdicts, isConforming } from "../verdict.ts";

const LEVELS: readonly Level[] = ["MUST", "SHOULD", "MAY"];
const OUTCOMES: readonly Outcome[] = ["kept", "broken", "absent", "untested"];

/** Writes a certificate as text. @param all True to list every clause, false for those that are broken. */
export function formatText(certificate: Certificate, all = false): string {
  const { verdicts, subject, specification } = certificate;
  const shown = all ? verdicts : verdicts.filter(({ outcome }) => outcome === "broken");
  const rows = LEVELS.map((level) => [level, ...OUTCOMES.map((outcome) => countVerdicts(certificate, outcome, level))]);
  const table = [["", ...OUTCOMES], ...rows].map((row) => row.map((cell) => String(cell).padStart(9)).join(""));
  const verdict = isConforming(certificate) ? "conforms to" : "does not conform to";
  return [...shown.flatMap(describe), ...table, "", `${subject} ${verdict} ${specification}`, ""].join("\n");
}

function describe({ clause, outcome, findings }: Verdict): string[] {
  const draft = clause.draft === true ? ", draft" : "";
  const seen = findings.filter((finding) => finding.outcome === outcome).slice(0, 5);
  return [
    `${outcome}: ${clause.id} (${clause.level}${draft})`,
    `  ${clause.text}`,
    `  ${clause.link}`,
    ...seen.map(({ observed }) => `  - ${observed}`),
    "",
  ];
}
