import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { TeuError, isTeuError } from "@teu/std/error";

test("TeuError carries code, message, cause, detail and hint", () => {
  const cause = new Error("reset");
  const error = new TeuError("ERR_X", 'Reading "a": no', { cause, detail: { bytes: 3 }, hint: "try again" });
  assert.ok(error instanceof Error);
  assert.equal(error.name, "TeuError");
  assert.equal(error.code, "ERR_X");
  assert.equal(error.message, 'Reading "a": no');
  assert.equal(error.cause, cause);
  assert.deepEqual(error.detail, { bytes: 3 });
  assert.equal(error.hint, "try again");
  assert.match(error.stack ?? "", /TeuError: Reading "a": no\n\s+at /);
});

test("TeuError has no cause unless one is given", () => {
  const error = new TeuError("ERR_X", "no");
  assert.ok(!("cause" in error));
  assert.equal(error.detail, undefined);
  assert.equal(error.hint, undefined);
});

test("TeuError is safe to print: message, hint and stack", () => {
  const error = new TeuError("ERR_X", "https://u:secret@host \u001b[2J", { hint: "use https://u:secret@other\u202e" });
  assert.equal(error.message, "https://***@host \\u{1b}[2J");
  assert.equal(error.hint, "use https://***@other\\u{202e}");
  assert.doesNotMatch(error.stack ?? "", /secret|\u001b/);
  assert.doesNotMatch(inspect(error), /secret|teu\.error/);
});

test("isTeuError() tells errors of the house, and of one code", () => {
  const error: unknown = new TeuError("ERR_X", "no");
  assert.ok(isTeuError(error));
  assert.ok(isTeuError(error, "ERR_X"));
  assert.ok(!isTeuError(error, "ERR_Y"));
});

test("isTeuError() knows an error of another copy of the module", async () => {
  const url = `${import.meta.resolve("@teu/std/error")}?another-copy`;
  const other = (await import(url)) as { readonly TeuError: typeof TeuError };
  assert.notEqual(other.TeuError, TeuError);
  assert.ok(isTeuError(new other.TeuError("ERR_X", "no"), "ERR_X"));
});

test("isTeuError() refuses everything else", () => {
  const others = [undefined, null, 0, "ERR_X", {}, { code: "ERR_X" }, new Error("no"), () => {}];
  for (const value of others) assert.ok(!isTeuError(value, "ERR_X"));
});
