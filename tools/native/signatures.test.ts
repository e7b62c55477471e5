import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { declarations, glue, manifest } from "./bindings.ts";
import { allSignatures } from "./build.ts";
import { declarationsFile } from "./paths.ts";
import { readSignatures } from "./signatures.ts";

const SOURCE = `/* Says
 * something. */
int32_t sys_do_it(int32_t fd, TEXT(path), TEXT(data_text), BYTES(buffer), EACH(each), uint32_t user_id) {
  return 0;
}

double sys_now(void) { return 1; }
`;

test("signatures are read with their markers and comments", () => {
  const [doIt, now] = readSignatures(SOURCE);
  assert.deepEqual(
    doIt?.parameters.map(({ name, type }) => `${name}:${type}`),
    ["fd:i32", "path:text", "data:text", "buffer:bytes", "each:each", "userId:u32"],
  );
  assert.deepEqual(now, { name: "sys_now", returns: "f64", parameters: [], comment: [""] });
});

test("a signature that is not understood is an error", () => {
  assert.throws(() => readSignatures("int32_t sys_x(char *name) {\n}\n"), /sys_x: "char \*name" is not understood/);
  assert.throws(() => readSignatures("int32_t sys_x(int (*f)(int)) {\n}\n"), /0 of 1 were understood/);
});

test("each binding has every parameter", () => {
  const signatures = readSignatures(SOURCE);
  assert.match(
    declarations(signatures),
    /\/\*\* Says\n {3}\* something\. \*\/\n {2}function sys_do_it\(fd: number, path: string, data: string, buffer: Uint8Array, each: \(text: string\) => void, userId: number\): number;/,
  );
  const { functions } = JSON.parse(manifest(signatures, [])) as { functions: { params: unknown[] }[] };
  assert.deepEqual(functions[0]?.params.slice(0, 4), ["i32", "string", "string", "bytes"]);
  assert.match(glue(signatures), /sys_do_it\(\(int32_t\)d0, \(const uint8_t \*\)s1, n1, .*give, &r4, \(uint32_t\)d5\)/);
});

test("the declarations in the kernel room are those of its C sources", () => {
  assert.equal(readFileSync(declarationsFile, "utf8"), declarations(allSignatures()));
});
