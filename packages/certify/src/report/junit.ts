/**
 * A certificate in the XML that test runners write and CI systems read: a case for each clause.
 * @module
 */
import type { Certificate, Verdict } from "../verdict.ts";
import { escapeMarkup as escape } from "./markup.ts";

/** Writes a certificate as JUnit XML. A broken MUST is a failure; other broken clauses are told in the case's output. */
export function formatJunit({ subject, specification, startedAt, endedAt, verdicts }: Certificate): string {
  const failures = verdicts.filter(isFailure).length;
  const skipped = verdicts.filter(({ outcome }) => outcome === "untested").length;
  const seconds = ((endedAt.getTime() - startedAt.getTime()) / 1000).toFixed(3);
  const counts = `tests="${verdicts.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escape(`${specification}: ${subject}`)}" timestamp="${startedAt.toISOString()}" ${counts}>`,
    ...verdicts.map(formatCase),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function isFailure({ clause, outcome }: Verdict): boolean {
  return outcome === "broken" && clause.level === "MUST" && clause.draft !== true;
}

function formatCase(verdict: Verdict): string {
  const { clause, outcome, findings } = verdict;
  const seen = findings.filter((finding) => finding.outcome === outcome).map(({ observed }) => observed);
  const text = escape([clause.text, clause.link, ...seen].join("\n"));
  const head = `    <testcase classname="${clause.level}" name="${escape(clause.id)}"`;
  if (isFailure(verdict)) return `${head}><failure message="${escape(clause.text)}">${text}</failure></testcase>`;
  if (outcome === "untested") return `${head}><skipped message="${escape(seen[0] ?? "")}"/></testcase>`;
  return `${head}><system-out>${escape(outcome)}: ${text}</system-out></testcase>`;
}
