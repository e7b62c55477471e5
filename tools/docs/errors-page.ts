/**
 * The page of all error codes, from the `errors.ts` of every room.
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../project.ts";
import type { Room } from "../rooms.ts";

type Codes = Readonly<Record<string, string>>;

/** The text of `docs/errors.md`. */
export async function errorsPage(rooms: readonly Room[]): Promise<string> {
  const sections: string[] = [];
  for (const { name } of rooms) {
    const rows = Object.entries(await codesOf(name)).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
    if (rows.length > 0) sections.push(`## ${name}\n\n| code | meaning |\n|---|---|\n${rows.join("\n")}\n`);
  }
  return `# Error codes\n\nWritten by \`npm run docs\` from the \`errors.ts\` of each room. An error is a \`TeuError\` with one of these codes; its message names the thing and the place, its \`hint\` the next step.\n\n${sections.join("\n")}`;
}

/** Codes that two rooms give, that nobody throws, or that are thrown without being listed. */
export async function checkErrorCodes(rooms: readonly Room[]): Promise<string[]> {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const { name, files } of rooms) {
    const codes = Object.keys(await codesOf(name));
    const sources = files.filter(({ isTest, path }) => !isTest && path !== "errors.ts");
    const thrown = new Set(
      sources.flatMap(({ text }) => [...text.matchAll(/"(ERR_[A-Z0-9_]+)"/g)].map((match) => match[1] ?? "")),
    );
    for (const code of codes) {
      if (owners.has(code)) problems.push(`${code} belongs to ${owners.get(code)} and ${name}`);
      if (!thrown.has(code))
        problems.push(`packages/${name}/src/errors.ts lists ${code}, which nothing in the room throws`);
      owners.set(code, name);
    }
  }
  return problems;
}

async function codesOf(room: string): Promise<Codes> {
  const file = join(projectRoot, "packages", room, "src/errors.ts");
  if (!existsSync(file)) return {};
  return ((await import(file)) as { readonly ERRORS: Codes }).ERRORS;
}
