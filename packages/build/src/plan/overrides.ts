/**
 * `teu.build.json`: what the author of an application says of it where detection is wrong or has no way to know.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { JsonError, parseJson } from "@teu/std/json";
import { type JsonValue, toValue } from "@teu/std/json-value";
import type { BuildErrorCode } from "../errors.ts";
import type { AppKind, BuildMode } from "./plan.ts";

/** The name of the file. */
export const OVERRIDES_FILE = "teu.build.json";

/** What can be said. */
export interface Overrides {
  readonly kind?: AppKind;
  /** The folder of the application within a workspace, such as `packages/web`. */
  readonly app?: string;
  /** A command, as one text or as words. */
  readonly start?: string | readonly string[];
  readonly build?: BuildMode;
  /** The script of package.json that builds. Default: `build`. */
  readonly buildScript?: string;
  /** The source file that is run or bundled. */
  readonly entry?: string;
  /** The major version of Node.js. */
  readonly node?: number;
  readonly python?: string;
  /** An image to build on. */
  readonly base?: string;
  readonly workdir?: string;
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  /** Packages whose install scripts are to be run; true for all. */
  readonly installScripts?: readonly string[] | true;
  /** Further patterns as in .dockerignore. */
  readonly ignore?: readonly string[];
  /** The folder that a static site is in. */
  readonly site?: string;
}

interface Shape {
  readonly expected: string;
  readonly accepts: (value: JsonValue) => boolean;
}

const text: Shape = { expected: "a text", accepts: (value) => typeof value === "string" && value !== "" };
const words: Shape = { expected: "a list of texts", accepts: (value) => isTexts(value) };
const pairs: Shape = {
  expected: "an object of texts",
  accepts: (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && isTexts(Object.values(value)),
};

const SHAPES: Readonly<Record<keyof Overrides, Shape>> = {
  kind: oneOf("node", "python", "static", "go", "procfile"),
  app: text,
  start: { expected: "a text or a list of texts", accepts: (value) => text.accepts(value) || words.accepts(value) },
  build: oneOf("script", "bundle", "strip", "none"),
  buildScript: text,
  entry: text,
  node: { expected: "a major version", accepts: (value) => typeof value === "number" && value >= 18 && value < 1000 },
  python: {
    expected: "a version such as 3.13",
    accepts: (value) => typeof value === "string" && /^3\.\d+$/.test(value),
  },
  base: text,
  workdir: { expected: "an absolute path", accepts: (value) => typeof value === "string" && value.startsWith("/") },
  user: text,
  env: pairs,
  ports: {
    expected: "a list of texts such as 8080/tcp",
    accepts: (value) =>
      isTexts(value) && (value as readonly string[]).every((port) => /^\d{1,5}(?:\/(?:tcp|udp|sctp))?$/.test(port)),
  },
  labels: pairs,
  stopSignal: {
    expected: "a signal such as SIGTERM",
    accepts: (value) => typeof value === "string" && /^(?:SIG[A-Z0-9+-]+|\d+)$/.test(value),
  },
  installScripts: { expected: "true or a list of packages", accepts: (value) => value === true || isTexts(value) },
  ignore: words,
  site: text,
};

function oneOf(...names: readonly string[]): Shape {
  return {
    expected: `one of ${names.join(", ")}`,
    accepts: (value) => typeof value === "string" && names.includes(value),
  };
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/**
 * Reads overrides.
 * @throws TeuError `ERR_BUILD_OVERRIDES`, with the field that is wrong.
 */
export function parseOverrides(source: string): Overrides {
  const fields = parseFields(source);
  for (const [name, value] of Object.entries(fields)) {
    const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name as keyof Overrides] : undefined;
    if (shape === undefined) throw invalid(`there is no field "${name}"`, `one of ${Object.keys(SHAPES).join(", ")}`);
    if (!shape.accepts(value)) throw invalid(`"${name}" is ${JSON.stringify(value)}`, shape.expected);
  }
  return fields;
}

function parseFields(source: string): { readonly [name: string]: JsonValue } {
  try {
    const json = parseJson(source);
    if (json.kind !== "object") throw json.unexpected("an object");
    return toValue(json) as { readonly [name: string]: JsonValue };
  } catch (error) {
    if (error instanceof JsonError) throw invalid(error.message, "a JSON object", error);
    throw error;
  }
}

function invalid(actual: string, expected: string, cause?: unknown): TeuError<BuildErrorCode> {
  return new TeuError("ERR_BUILD_OVERRIDES", `Reading "${OVERRIDES_FILE}": ${actual}, expected ${expected}`, { cause });
}
