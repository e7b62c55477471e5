/**
 * Procfiles: a line for each kind of process.
 * @see {@link https://devcenter.heroku.com/articles/procfile}
 * @module
 */
import type { Project } from "./project.ts";

/** The command of the process `web`, or of the only one; nothing if there is no Procfile or it does not say. */
export function procfileCommand(project: Project): string | undefined {
  const processes = parseProcfile(project.text("Procfile") ?? "");
  return processes.get("web") ?? (processes.size === 1 ? [...processes.values()][0] : undefined);
}

/** Commands by the names of their processes. */
export function parseProcfile(source: string): ReadonlyMap<string, string> {
  const lines = source.split(/\r?\n/).map((line) => /^([A-Za-z0-9_-]+):\s*(\S.*)$/.exec(line.trim()));
  return new Map(lines.flatMap((found) => (found === null ? [] : [[found[1] ?? "", (found[2] ?? "").trim()]])));
}
