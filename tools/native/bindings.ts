/**
 * What binds the C wrappers to a program: TypeScript declarations, the manifest of scriptc, the glue of QuickJS.
 * @module
 */
import type { NativeType, Parameter, Signature } from "./signatures.ts";

const TYPESCRIPT: Readonly<Record<NativeType, string>> = {
  i32: "number",
  u32: "number",
  f64: "number",
  text: "string",
  bytes: "Uint8Array",
  each: "(text: string) => void",
};

/** Declarations of ambient functions of the C sources in `folder`, as a module to import for its effect on types. */
export function declarations(signatures: readonly Signature[], folder = "packages/kernel/native"): string {
  const functions = signatures.map(({ name, parameters, comment }) => {
    const list = parameters.map((parameter) => `${parameter.name}: ${TYPESCRIPT[parameter.type]}`).join(", ");
    const lines = comment.filter((line) => line !== "");
    const doc = lines.length === 0 ? "" : `  /** ${lines.map((line) => line.trim()).join("\n   * ")} */\n`;
    return `${doc}  function ${name}(${list}): number;\n`;
  });
  return `/**
 * The C wrappers of \`${folder}\`: each returns >= 0, or the negated errno.
 * Written by \`tools/native/build.ts\` from the C signatures; the other modules of this folder's parent wrap them.
 * @module
 */
/* oxlint-disable eslint/max-params, unicorn/require-module-specifiers -- the shapes of the calls */
declare global {
${functions.join("")}}
export {};
`;
}

/** The manifest that scriptc binds the declarations by. */
export function manifest(signatures: readonly Signature[], objects: readonly string[]): string {
  const functions = signatures.map(({ name, returns, parameters }) => ({
    name,
    symbol: name,
    returns,
    params: parameters.flatMap(manifestParameter),
  }));
  return JSON.stringify({ ffi_format: 3, functions, libraries: objects }, null, 1);
}

function manifestParameter({ type }: Parameter): unknown[] {
  if (type === "text") return ["string"];
  if (type !== "each") return [type];
  const params = [{ context: "each" }, "string"];
  return [{ callback: { id: "each", params, returns: "void", lifetime: "call" } }, { context: "each" }];
}

/** C source that gives QuickJS the wrappers as global functions, by `void bind_wrappers(JSContext *)`. */
export function glue(signatures: readonly Signature[]): string {
  const entries = signatures.map(
    ({ name, parameters }) =>
      `  JS_SetPropertyStr(context, global, "${name}", JS_NewCFunction(context, glue_${name}, "${name}", ${parameters.length}));\n`,
  );
  return `${GLUE_HEAD}${signatures.map(glueFunction).join("")}
void bind_wrappers(JSContext *context) {
  JSValue global = JS_GetGlobalObject(context);
${entries.join("")}  JS_FreeValue(context, global);
}
`;
}

const GLUE_HEAD = `#include "native.h"
#include "quickjs.h"

struct receiver { JSContext *context; JSValueConst function; };

static void give(void *pointer, const uint8_t *text, size_t size) {
  struct receiver *to = pointer;
  JSValue string = JS_NewStringLen(to->context, (const char *)text, size);
  JSValue result = JS_Call(to->context, to->function, JS_UNDEFINED, 1, &string);
  if (JS_IsException(result)) JS_FreeValue(to->context, JS_GetException(to->context));
  JS_FreeValue(to->context, result);
  JS_FreeValue(to->context, string);
}
`;

const C_PARAMETER: Readonly<Record<NativeType, string>> = {
  i32: "int32_t",
  u32: "uint32_t",
  f64: "double",
  text: "const uint8_t *, size_t",
  bytes: "uint8_t *, size_t",
  each: "text_callback, void *",
};

function glueFunction({ name, returns, parameters }: Signature): string {
  const cReturns = returns === "f64" ? "double" : "int32_t";
  const cParameters = parameters.map(({ type }) => C_PARAMETER[type]).join(", ") || "void";
  const unused = parameters.length === 0 ? "(void)v; " : "";
  return `
${cReturns} ${name}(${cParameters});
static JSValue glue_${name}(JSContext *context, JSValueConst self, int count, JSValueConst *v) {
  (void)self; (void)count; ${unused}
${parameters.map(unpack).join("")}  ${cReturns} result = ${name}(${parameters.map(argument).join(", ")});
${parameters.map((p, i) => (p.type === "text" ? `  JS_FreeCString(context, s${i});\n` : "")).join("")}  return JS_NewNumber(context, result);
}
`;
}

function unpack({ type }: Parameter, index: number): string {
  if (type === "text")
    return `  size_t n${index}; const char *s${index} = JS_ToCStringLen(context, &n${index}, v[${index}]);\n`;
  if (type === "bytes")
    return `  size_t n${index}; uint8_t *s${index} = JS_GetUint8Array(context, &n${index}, v[${index}]);\n`;
  if (type === "each") return `  struct receiver r${index} = {context, v[${index}]};\n`;
  return `  double d${index}; JS_ToFloat64(context, &d${index}, v[${index}]);\n`;
}

function argument({ type }: Parameter, index: number): string {
  if (type === "text") return `(const uint8_t *)s${index}, n${index}`;
  if (type === "bytes") return `s${index}, n${index}`;
  if (type === "each") return `give, &r${index}`;
  if (type === "f64") return `d${index}`;
  return `(${C_PARAMETER[type]})d${index}`;
}
