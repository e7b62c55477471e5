/**
 * The signatures of the C wrappers in `packages/kernel/native`, read from their sources.
 * Everything that binds them to a program is written from these, so that nothing is kept twice.
 * @module
 */

/** What a parameter or result is on both sides; `native.h` explains text, bytes and each. */
export type NativeType = "i32" | "u32" | "f64" | "text" | "bytes" | "each";

export interface Parameter {
  /** As TypeScript writes it, such as `userNamespace`. */
  readonly name: string;
  readonly type: NativeType;
}

export interface Signature {
  /** Such as `sys_openat`. */
  readonly name: string;
  readonly returns: "i32" | "f64";
  readonly parameters: readonly Parameter[];
  /** The comment above it, as lines of plain text. */
  readonly comment: readonly string[];
}

const DEFINITION = /^(?:\/\*((?:[^*]|\*(?!\/))*)\*\/\n)?^(int32_t|double) (sys_\w+)\(((?:[^()]|\(\w+\))*)\) \{/gmu;
const PARAMETER = /^(?:(TEXT|BYTES|EACH)\((\w+)\)|(int32_t|uint32_t|double) (\w+))$/u;
const TYPES: Readonly<Record<string, NativeType>> = {
  TEXT: "text",
  BYTES: "bytes",
  EACH: "each",
  int32_t: "i32",
  uint32_t: "u32",
  double: "f64",
};

/** The wrappers that one C source defines, in its order. */
export function readSignatures(source: string): Signature[] {
  const found = [...source.matchAll(DEFINITION)].map(([, comment = "", returns, name = "", parameters = ""]) => ({
    name,
    returns: returns === "double" ? ("f64" as const) : ("i32" as const),
    parameters: readParameters(name, parameters),
    comment: comment.split("\n").map((line) => line.replace(/^ *\*? ?/u, "").trimEnd()),
  }));
  const lines = source.match(/^\w+ sys_\w+\(/gmu)?.length ?? 0;
  if (lines !== found.length) throw new Error(`Reading C signatures: ${found.length} of ${lines} were understood`);
  return found;
}

function readParameters(name: string, list: string): Parameter[] {
  if (list === "void") return [];
  return list.split(",").map((text) => {
    const [match, marker, marked, type, plain] = PARAMETER.exec(text.trim()) ?? [];
    if (match === undefined) throw new Error(`Reading the C signature of ${name}: "${text.trim()}" is not understood`);
    return {
      name: camelCase((marked ?? plain ?? "").replace(/_text$/u, "")),
      type: TYPES[marker ?? type ?? ""] ?? "i32",
    };
  });
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/gu, (_, letter: string) => letter.toUpperCase());
}
