/** The page of all clauses. @module */
/** The text of `docs/spec-coverage.md`. */
export function renderSpecCoverage(): string {
  return "";
}
