/**
 * Start commands that name a program of a package: made ones that do without a shell, /usr/bin/env and a PATH.
 * @module
 */
import { posix } from "node:path";
import type { ConfigPlan } from "../plan/plan.ts";
import type { KnownPackage } from "./dependency-layers.ts";

/** Where programs are looked for. */
export interface ProgramSource {
  readonly packages: readonly KnownPackage[];
  /** The folder of the application in the image. */
  readonly to: string;
  /** What runs the files that install scripts left, by path below the application; these replace those of packages. */
  readonly installed?: ReadonlyMap<string, string> | undefined;
}

/** Gives the commands of a container paths of programs instead of their names. */
export function withPrograms(config: ConfigPlan, source: ProgramSource): ConfigPlan {
  const fit = (words: readonly string[]): readonly string[] => {
    const [name = "", ...args] = words;
    const program = name.includes("/") || name === "node" ? undefined : findProgram(name, source);
    return program === undefined ? words : [...program, ...args];
  };
  return { ...config, entrypoint: fit(config.entrypoint), cmd: fit(config.cmd) };
}

function findProgram(name: string, { packages, to, installed }: ProgramSource): readonly string[] | undefined {
  for (const { location, facts } of packages) {
    const path = Object.hasOwn(facts.programs, name) ? facts.programs[name] : undefined;
    if (path === undefined) continue;
    const place = posix.join(location, path);
    const interpreter = installed?.get(place) ?? facts.interpreters[path] ?? "";
    return /\bnode\b/.test(interpreter) ? ["node", place] : [posix.join(to, place)];
  }
  return undefined;
}
