/**
 * A certificate as JSON.
 * @module
 */
import { type Certificate, isConforming } from "../verdict.ts";

/** Writes a certificate as JSON: everything that is known of it. */
export function formatJson(certificate: Certificate): string {
  const { subject, specification, startedAt, endedAt, verdicts } = certificate;
  const clauses = verdicts.map(({ clause, outcome, findings }) => ({
    id: clause.id,
    level: clause.level,
    draft: clause.draft === true,
    text: clause.text,
    link: clause.link,
    outcome,
    findings,
  }));
  const head = { subject, specification, conforms: isConforming(certificate), startedAt, endedAt };
  return `${JSON.stringify({ ...head, clauses }, undefined, 2)}\n`;
}
