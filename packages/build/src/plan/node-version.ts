/**
 * Which major version of Node.js an application wants.
 * @module
 */
import { isObject, type JsonRecord } from "../lock/manifest.ts";
import type { Project } from "./project.ts";

/** The version that applications get which ask for none. */
export const DEFAULT_NODE = 24;

// In the order in which they are offered to a range: the default, then maintained ones, then the rest.
const MAJORS = [DEFAULT_NODE, 22, 26, 20, 25, 23, 21, 18, 19, 16, 14];

/** The wish of an application, and where it stands. */
export interface NodeWish {
  readonly major: number;
  readonly from: string;
}

/** Reads the wish: `engines` of package.json, `.nvmrc`, `.node-version`, `.tool-versions`. */
export function wishedNode(project: Project, manifest: JsonRecord): NodeWish {
  const { engines } = manifest;
  const range = isObject(engines) && typeof engines["node"] === "string" ? engines["node"] : undefined;
  const tools = /^node(?:js)?\s+(\S+)/m.exec(project.text(".tool-versions") ?? "")?.[1];
  const wishes = [
    ["engines of package.json", range],
    [".nvmrc", project.text(".nvmrc")?.trim()],
    [".node-version", project.text(".node-version")?.trim()],
    [".tool-versions", tools],
  ] as const;
  for (const [from, text] of wishes) {
    const major = text === undefined || text === "" ? undefined : majorOf(text);
    if (major !== undefined) return { major, from };
  }
  return { major: DEFAULT_NODE, from: "default" };
}

/** The major version that suits a range; nothing if none does, or it cannot be understood. */
export function majorOf(range: string): number | undefined {
  const sets = range.split("||").map((set) => comparatorsOf(set));
  return MAJORS.find((major) =>
    sets.some((set) => set?.every(({ least, below }) => major >= least && major < below) === true),
  );
}

interface Interval {
  readonly least: number;
  readonly below: number;
}

const ANY: Interval = { least: 0, below: Infinity };

function comparatorsOf(text: string): readonly Interval[] | undefined {
  const plain = text.trim().replace(/^(?:node|v)(?=\d)/, "");
  if (plain === "" || plain === "*" || plain === "node" || plain === "latest") return [ANY];
  if (/^lts(?:\/\*)?$/.test(plain)) return [ANY];
  const hyphen = /^(\d+)\S*\s+-\s+(\d+)/.exec(plain);
  if (hyphen !== null) return [{ least: Number(hyphen[1]), below: Number(hyphen[2]) + 1 }];
  const intervals = plain
    .replaceAll(/([<>=^~])\s+/g, "$1")
    .split(/\s+/)
    .map(intervalOf);
  return intervals.every((interval) => interval !== undefined) ? intervals : undefined;
}

function intervalOf(comparator: string): Interval | undefined {
  const [, operator = "", digits, rest = ""] =
    /^(>=|<=|>|<|=|\^|~)?v?(\d+)((?:\.(?:\d+|x|\*)){0,2})(?:-[\w.]+)?$/.exec(comparator) ?? [];
  if (digits === undefined) return comparator === "*" || comparator === "x" ? ANY : undefined;
  const major = Number(digits);
  const isWhole = !/[1-9]/.test(rest);
  switch (operator) {
    case ">=":
      return { least: major, below: Infinity };
    case ">":
      return { least: rest === "" ? major + 1 : major, below: Infinity };
    case "<":
      return { least: 0, below: isWhole ? major : major + 1 };
    case "<=":
      return { least: 0, below: major + 1 };
    default:
      return { least: major, below: major + 1 };
  }
}
