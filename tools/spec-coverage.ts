/**
 * The page of all clauses of the specifications, made of the tables that checkers and `certify` cite.
 *   sh tools/run tools/spec-coverage.ts     writes docs/spec-coverage.md
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clause, Judge, Level, SpecText } from "@teu/spec/clause";
import { DOCKER_REGISTRY, DOCKER_REGISTRY_CLAUSES } from "@teu/spec/distribution/docker-clauses";
import { DISTRIBUTION_CLAUSES, DISTRIBUTION_SPEC } from "@teu/spec/distribution/clauses";
import { DOCKER_CLAUSES, DOCKER_IMAGE_SPEC, DOCKER_MANIFEST_SPEC } from "@teu/spec/docker/clauses";
import { IMAGE_CLAUSES, IMAGE_SPEC } from "@teu/spec/image/clauses";
import { RUNTIME_CLAUSES, RUNTIME_SPEC } from "@teu/spec/runtime/clauses";
import { projectRoot } from "./project.ts";

interface Chapter {
  readonly spec: SpecText;
  readonly clauses: readonly Clause[];
}

const LEVELS: readonly Level[] = ["MUST", "SHOULD", "MAY"];
const JUDGES: readonly Judge[] = ["document", "behaviour"];

/** The text of `docs/spec-coverage.md`. */
export function renderSpecCoverage(): string {
  const chapters = readChapters();
  return `${[INTRODUCTION, overview(chapters), ...chapters.map((each) => chapter(each))].join("\n\n")}\n`;
}

const INTRODUCTION = `# Every clause of the specifications

<!-- Written by npm run docs from the clause tables of packages/spec; do not edit. -->

What the specifications demand, clause by clause, in our own words. A clause judged by the **document** is checked by the
readers of \`packages/spec\`. One judged by **behaviour** shows in what a program does: the room that implements it tests
it, and \`certify\` cites it. A **draft** is text that is merged into a specification and in no release of it. The texts
of Docker are no specifications of OCI and know no key words; their clauses are here because OCI's readers meet Docker's
documents.`;

function readChapters(): Chapter[] {
  const docker = Object.values<Clause>(DOCKER_CLAUSES);
  const from = ({ base }: SpecText): Clause[] => docker.filter(({ link }) => link.startsWith(`${base}/`));
  return [
    { spec: IMAGE_SPEC, clauses: Object.values(IMAGE_CLAUSES) },
    { spec: RUNTIME_SPEC, clauses: Object.values(RUNTIME_CLAUSES) },
    { spec: DISTRIBUTION_SPEC, clauses: Object.values(DISTRIBUTION_CLAUSES) },
    { spec: DOCKER_REGISTRY, clauses: Object.values(DOCKER_REGISTRY_CLAUSES) },
    { spec: DOCKER_MANIFEST_SPEC, clauses: from(DOCKER_MANIFEST_SPEC) },
    { spec: DOCKER_IMAGE_SPEC, clauses: from(DOCKER_IMAGE_SPEC) },
  ];
}

function overview(chapters: readonly Chapter[]): string {
  const columns = JUDGES.flatMap((judge) => LEVELS.map((level) => ({ judge, level })));
  const head = ["specification", ...columns.map(({ judge, level }) => `${level}, ${judge}`), "all", "draft"];
  const rows = chapters.map(({ spec, clauses }) => [
    `[${title(spec)}](#${anchor(title(spec))})`,
    ...columns.map(({ judge, level }) => count(clauses, (each) => each.judge === judge && each.level === level)),
    String(clauses.length),
    count(clauses, ({ draft }) => draft === true),
  ]);
  return table(head, rows);
}

function chapter({ spec, clauses }: Chapter): string {
  const rows = clauses.map(({ id, level, judge, text, section, link, draft }) => [
    `\`${id}\``,
    draft === true ? `${level} (draft)` : level,
    judge,
    text,
    `[${section}](${link})`,
  ]);
  return `## ${title(spec)}\n\n${table(["id", "level", "judge", "text", "section"], rows)}`;
}

function title({ name, version }: SpecText): string {
  return `${name} ${version}`;
}

/** The anchor that a heading gets on GitHub. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}

function count(clauses: readonly Clause[], test: (clause: Clause) => boolean): string {
  return String(clauses.filter((clause) => test(clause)).length);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escaped).join(" | ")} |`);
  return lines.join("\n");
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|");
}

if (import.meta.main) writeFileSync(join(projectRoot, "docs", "spec-coverage.md"), renderSpecCoverage());
