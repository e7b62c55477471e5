/**
 * A certificate as a page of its own, without scripts or anything from elsewhere.
 * @module
 */
import { type Certificate, type Outcome, type Verdict, countVerdicts, isConforming } from "../verdict.ts";
import { escapeMarkup as escape } from "./markup.ts";

const OUTCOMES: readonly Outcome[] = ["broken", "kept", "absent", "untested"];
const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } th, td { padding: .2rem .8rem; text-align: right } th:first-child { text-align: left }
details { margin: .3rem 0; padding: .3rem .6rem; border-left: .3rem solid }
.broken { border-color: #c22 } .kept { border-color: #2a2 } .absent, .untested { border-color: #999 }
code { overflow-wrap: anywhere }`;

/** Writes a certificate as HTML. */
export function formatHtml(certificate: Certificate): string {
  const { subject, specification, startedAt, verdicts } = certificate;
  const title = `${subject}: ${specification}`;
  const verdict = isConforming(certificate) ? "conforms to" : "does not conform to";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
<h1>${escape(subject)}</h1>
<p>It <strong>${verdict}</strong> ${escape(specification)}, as seen at ${startedAt.toISOString()}.</p>
${summary(certificate)}
${OUTCOMES.map((outcome) => section(outcome, verdicts)).join("\n")}
</html>
`;
}

function summary(certificate: Certificate): string {
  const rows = (["MUST", "SHOULD", "MAY"] as const).map((level) => {
    const cells = OUTCOMES.map((outcome) => `<td>${countVerdicts(certificate, outcome, level)}`);
    return `<tr><th scope="row">${level}${cells.join("")}`;
  });
  const head = OUTCOMES.map((outcome) => `<th scope="col">${outcome}`).join("");
  return `<table><tr><th scope="col">level${head}${rows.join("")}</table>`;
}

function section(outcome: Outcome, verdicts: readonly Verdict[]): string {
  const chosen = verdicts.filter((verdict) => verdict.outcome === outcome);
  if (chosen.length === 0) return "";
  return `<h2>${outcome} (${chosen.length})</h2>\n${chosen.map(describe).join("\n")}`;
}

function describe({ clause, outcome, findings }: Verdict): string {
  const draft = clause.draft === true ? ", draft" : "";
  const seen = findings.map((finding) => `<li>${finding.outcome}: <code>${escape(finding.observed)}</code>`).join("");
  const open = outcome === "broken" ? " open" : "";
  return `<details class="${outcome}"${open}><summary>${clause.level}${draft}: ${escape(clause.text)}</summary>
<p><a href="${escape(clause.link)}"><code>${escape(clause.id)}</code></a><ul>${seen}</ul></details>`;
}
