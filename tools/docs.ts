/**
 * Writes the generated documents, and checks all documents.
 *   npm run docs            writes them
 *   npm run docs -- --check fails if one differs, if a link leads nowhere, if an export has no contract
 * @module
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { checkErrorCodes, errorsPage } from "./docs/errors-page.ts";
import { undocumentedExports } from "./docs/contracts.ts";
import { deadLinks } from "./docs/links.ts";
import { withRoomTable } from "./docs/room-table.ts";
import { projectRoot } from "./project.ts";
import { readRooms } from "./rooms.ts";
import { renderSpecCoverage } from "./spec-coverage.ts";

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
const rooms = readRooms();
const generated: Readonly<Record<string, string>> = {
  "docs/errors.md": await errorsPage(rooms),
  "docs/spec-coverage.md": renderSpecCoverage(),
  "README.md": withRoomTable(readFileSync(join(projectRoot, "README.md"), "utf8"), rooms),
};
const problems = values.check === true ? [...differing(), ...(await checkAll())] : write();
for (const problem of problems) console.error(`docs: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

function write(): string[] {
  for (const [file, text] of Object.entries(generated)) writeFileSync(join(projectRoot, file), text);
  return [];
}

function differing(): string[] {
  const stale = Object.entries(generated).filter(
    ([file, text]) => !existsSync(join(projectRoot, file)) || readFileSync(join(projectRoot, file), "utf8") !== text,
  );
  return stale.map(([file]) => `${file} differs from what the sources say: npm run docs writes it anew`);
}

async function checkAll(): Promise<string[]> {
  const pages = globSync("**/*.md", {
    cwd: projectRoot,
    exclude: (name) => name === "node_modules" || name === ".setup",
  });
  const links = pages.flatMap((page) => {
    const exists = (target: string): boolean => existsSync(join(projectRoot, dirname(page), target));
    return deadLinks(readFileSync(join(projectRoot, page), "utf8"), exists).map(
      (link) => `${page} links to ${link}, which is not there`,
    );
  });
  return [...links, ...undocumentedExports(rooms), ...(await checkErrorCodes(rooms))];
}
