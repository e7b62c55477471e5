/**
 * Versions of Python packages and the conditions under which one is needed.
 * @see {@link https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers}
 * @module
 */
import type { Platform } from "@teu/spec/platform";
import { lockfileInvalid } from "../lock/graph.ts";

/** What conditions ask about, by their names. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

const MACHINES: Readonly<Record<string, string>> = {
  amd64: "x86_64",
  arm64: "aarch64",
  arm: "armv7l",
  "386": "i686",
  ppc64le: "ppc64le",
  s390x: "s390x",
  riscv64: "riscv64",
};

/** How Python calls the processor of a platform. */
export function machineOf({ architecture }: Platform): string {
  return MACHINES[architecture] ?? architecture;
}

/** What a CPython of a version such as `3.11` says of itself on a platform. */
export function markerEnvironment(python: string, platform: Platform): MarkerEnvironment {
  return {
    python_version: python,
    python_full_version: `${python}.0`,
    os_name: "posix",
    sys_platform: "linux",
    platform_system: "Linux",
    platform_machine: machineOf(platform),
    platform_python_implementation: "CPython",
    implementation_name: "cpython",
    implementation_version: `${python}.0`,
    platform_release: "",
    platform_version: "",
    extra: "",
  };
}

const TOKEN = /\s*(?:(\()|(\))|(===|==|~=|!=|<=|>=|<|>)|'([^']*)'|"([^"]*)"|(not\s+in\b|[A-Za-z_][\w.]*))/y;
const MAX_DEPTH = 50;

interface Token {
  readonly kind: "(" | ")" | "operator" | "text" | "word";
  readonly text: string;
}

/** Tells whether a condition holds. @param file For messages. @throws TeuError `ERR_LOCKFILE_INVALID` */
export function markerHolds(marker: string, environment: MarkerEnvironment, file: string): boolean {
  const tokens = tokensOf(marker, file);
  const reader = new MarkerReader(tokens, environment, () =>
    lockfileInvalid(file, `condition "${marker}" is malformed`),
  );
  return reader.all();
}

function tokensOf(marker: string, file: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const end = marker.trimEnd().length;
  while (pattern.lastIndex < end) {
    const found = pattern.exec(marker);
    if (found === null) throw lockfileInvalid(file, `condition "${marker}" is malformed`);
    const [, open, close, operator, single, double, word] = found;
    if (open !== undefined || close !== undefined) tokens.push({ kind: open === undefined ? ")" : "(", text: "" });
    else if (operator !== undefined) tokens.push({ kind: "operator", text: operator });
    else if (word === undefined) tokens.push({ kind: "text", text: single ?? double ?? "" });
    else tokens.push({ kind: /^(?:not\s+)?in$/.test(word) ? "operator" : "word", text: word.replace(/\s+/, " ") });
  }
  return tokens;
}

class MarkerReader {
  readonly #tokens: readonly Token[];
  readonly #environment: MarkerEnvironment;
  readonly #malformed: () => Error;
  #at = 0;

  constructor(tokens: readonly Token[], environment: MarkerEnvironment, malformed: () => Error) {
    this.#tokens = tokens;
    this.#environment = environment;
    this.#malformed = malformed;
  }

  all(): boolean {
    const holds = this.#or(0);
    if (this.#at !== this.#tokens.length) throw this.#malformed();
    return holds;
  }

  #or(depth: number): boolean {
    let holds = this.#and(depth);
    while (this.#takes("or")) holds = this.#and(depth) || holds;
    return holds;
  }

  #and(depth: number): boolean {
    let holds = this.#one(depth);
    while (this.#takes("and")) holds = this.#one(depth) && holds;
    return holds;
  }

  #takes(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word" || token.text !== word) return false;
    this.#at += 1;
    return true;
  }

  #one(depth: number): boolean {
    if (depth > MAX_DEPTH) throw this.#malformed();
    if (this.#tokens[this.#at]?.kind !== "(") return this.#comparison();
    this.#at += 1;
    const holds = this.#or(depth + 1);
    if (this.#next().kind !== ")") throw this.#malformed();
    return holds;
  }

  #comparison(): boolean {
    const left = this.#next();
    const operator = this.#next();
    const right = this.#next();
    if (operator.kind !== "operator") throw this.#malformed();
    const name = [left, right].find(({ kind }) => kind === "word")?.text ?? "";
    return compare(this.#valueOf(left), operator.text, this.#valueOf(right), name.endsWith("version"));
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#malformed();
    this.#at += 1;
    return token;
  }

  #valueOf({ kind, text }: Token): string {
    if (kind === "text") return text;
    const value =
      kind === "word"
        ? this.#environment[text.replace(/^os\.name$/, "os_name").replace(/^sys\.platform$/, "sys_platform")]
        : undefined;
    if (value === undefined) throw this.#malformed();
    return value;
  }
}

function compare(left: string, operator: string, right: string, isVersion: boolean): boolean {
  if (operator === "in") return right.includes(left);
  if (operator === "not in") return !right.includes(left);
  if (operator === "===") return left === right;
  if (right.endsWith(".*")) return `${left}.`.startsWith(right.slice(0, -1)) === (operator === "==");
  const order = isVersion ? compareVersions(left, right) : Math.sign(left < right ? -1 : Number(left > right));
  switch (operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    default:
      return order >= 0 && `${left}.`.startsWith(`${right.split(".").slice(0, -1).join(".")}.`);
  }
}

/** Orders releases such as `3.9` and `3.11.2`; what follows the numbers does not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (/^\d+(?:\.\d+)*/.exec(text)?.[0] ?? "0").split(".").map(Number));
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
