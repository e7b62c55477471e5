/**
 * What a certificate says: of each clause whether it is kept, and what was seen that tells so.
 * @module
 */
import type { Clause } from "@teu/spec/clause";

/**
 * What became of a clause: `kept` by all that was seen; `broken` by something that was seen; `absent`, an offer of the
 * specification that is not taken up, which is no fault; `untested`, with the reason.
 */
export type Outcome = "kept" | "broken" | "absent" | "untested";

/** Something that was seen. */
export interface Finding {
  readonly outcome: Outcome;
  /** What was asked and what came of it, one line. */
  readonly observed: string;
}

/** A clause with all that was seen of it. */
export interface Verdict {
  readonly clause: Clause;
  readonly outcome: Outcome;
  /** In the order in which they were made, at most {@link MAX_FINDINGS}; those that break the clause are never left out. */
  readonly findings: readonly Finding[];
}

/** The judgement of one subject. */
export interface Certificate {
  /** Such as the address of a registry. */
  readonly subject: string;
  /** Name and version of the specification, such as `distribution-spec v1.1.1`. */
  readonly specification: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** In the order of the table of clauses. */
  readonly verdicts: readonly Verdict[];
}

/** How many findings of a clause that are no fault are kept. */
export const MAX_FINDINGS = 20;

/** How many clauses of a certificate have an outcome, by level. */
export function countVerdicts({ verdicts }: Certificate, outcome: Outcome, level?: Clause["level"]): number {
  return verdicts.filter((each) => each.outcome === outcome && (level ?? each.clause.level) === each.clause.level)
    .length;
}

/** Whether no MUST is broken. Drafts do not count: nobody has to keep what is not released. */
export function isConforming({ verdicts }: Certificate): boolean {
  return !verdicts.some(
    ({ clause, outcome }) => outcome === "broken" && clause.level === "MUST" && clause.draft !== true,
  );
}

/** Collects what is seen, clause by clause. */
export class Findings<Id extends string> {
  readonly #seen = new Map<Id, Finding[]>();

  /** Notes something; the same twice is noted once. */
  add(clause: Id, outcome: Outcome, observed: string): void {
    const findings = this.#seen.get(clause) ?? [];
    this.#seen.set(clause, findings);
    if (findings.some((each) => each.outcome === outcome && each.observed === observed)) return;
    if (outcome === "broken" || findings.length < MAX_FINDINGS) findings.push({ outcome, observed });
  }

  /** The verdicts on `clauses`. */
  verdicts(clauses: readonly Clause[]): Verdict[] {
    return clauses.map((clause) => {
      const findings = this.#seen.get(clause.id as Id) ?? [{ outcome: "untested", observed: "nothing was seen of it" }];
      return { clause, outcome: worst(findings), findings };
    });
  }
}

const ORDER: readonly Outcome[] = ["broken", "kept", "absent", "untested"];

function worst(findings: readonly Finding[]): Outcome {
  return ORDER.find((outcome) => findings.some((finding) => finding.outcome === outcome)) ?? "untested";
}
