import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { join } from "node:path";
import { tempDir } from "@teu/testing/temp-dir";
import { STRICT, cc, compile, engineObjects } from "./c.ts";
import { engineDir, toolDir } from "./paths.ts";
import { QUIET } from "./quickjs.ts";

const skip = spawnSync(cc, ["--version"]).status === 0 ? false : "needs a C compiler";

/** What a program might have set up: every kind of value, some changed in ways that leave them a shape of their own. */
const BEFORE = `
var plain = { a: 1, b: { c: [1, 2, 3] } }, without = { a: 1, b: 2 }, hidden = { a: 1, b: 2 };
delete without.a;
Object.defineProperty(hidden, "a", { enumerable: false });
var list = [plain, without], map = new Map([["a", plain]]), set = new Set(list), weak = new WeakMap([[plain, 1]]);
var text = "kept ", long = "kept".repeat(1000), symbol = Symbol("kept"), large = 2n ** 100n, bytes = new Uint8Array(16);
var counter = (() => { let n = 0; return () => (n += 1); })();
class Kept { #own = 1; static made = 0; constructor() { Kept.made += 1; } get own() { return this.#own; } raise() { return ++this.#own; } }
class Below extends Kept { x = 2; }
var kept = new Below(), expression = /k(e)pt/g, date = new Date(0), bound = counter.bind(null);
function* numbers() { let n = 0; for (;;) yield n++; }
var generator = numbers(); generator.next();
async function later(value) { await null; return value; }
var promise = later(7);
`;

/** Changes all of it, what the engine itself has set up too. */
const AFTER = `
var BUILTINS = [Object, Object.prototype, Function.prototype, Array, Array.prototype, Promise, Promise.prototype, Map, Map.prototype,
  Set.prototype, WeakMap.prototype, Uint8Array, Uint8Array.prototype, Symbol, Symbol.prototype, Date, Date.prototype, Iterator.prototype,
  RegExp.prototype, String.prototype, Number.prototype, BigInt.prototype, Error.prototype, JSON, Math, Reflect, globalThis];
(() => {
  const is = (actual, expected) => { if (actual !== expected) throw new Error(actual + " is not " + expected); };
  const rounds = globalThis.rounds = (globalThis.rounds ?? 0) + 1;
  for (const one of [...BUILTINS, plain, without, hidden, list, map, set, weak, bytes, counter, Kept, Below, kept, expression, date, bound, generator, promise]) {
    for (let at = 0; at < 40; at += 1) one["added" + at] = { at };
    is(one.added39.at, 39);
    for (let at = 0; at < 40; at += 1) delete one["added" + at];
    Object.defineProperty(one, "shown" + rounds, { value: rounds, configurable: true });
    is(one["shown" + rounds], rounds);
    delete one["shown" + rounds];
  }
  is(Object.keys(without).join() + Object.keys(hidden).join(), "bb");
  is(plain.b.c.push(rounds), 3 + rounds);
  is(map.get("a"), plain); map.set(symbol, long); map.delete("b");
  is(weak.get(plain), 1); weak.set({}, 2);
  is(text + long.length, "kept 4000"); text += ""; is((text + text).slice(5), "kept "); is(long.at(-1) + long.split("k").length, "t1001");
  is(large * 2n, 2n ** 101n); bytes[rounds] = 255; is(bytes.subarray(rounds)[0], 255);
  is(counter() + bound(), 4 * rounds - 1);
  is(kept.raise(), 1 + rounds); is(new Below().own, 1); is(kept instanceof Kept, true);
  is("a kept one".replace(expression, "$1"), "a e one");
  is(generator.next().value, rounds);
  for (let at = 0; at < 2000; at += 1) { const circle = { kept, plain, at }; circle.self = circle; globalThis["name" + at % 50] = circle; }
  // What promises come to is looked at in the next round.
  if (rounds > 1) is(globalThis.came.join(), "7," + (rounds - 1));
  globalThis.came = [];
  for (const one of [promise, later(rounds)]) one.then((value) => globalThis.came.push(value));
  is(JSON.stringify(JSON.parse('{"kept":[1,{"a":null}]}')), '{"kept":[1,{"a":null}]}');
})();
`;

test("what a program keeps in its file serves and changes as ever", { skip }, async () => {
  await using dir = await tempDir();
  const program = dir.join("check");
  const source = join(toolDir, "quickjs/keep-check.c");
  compile([
    ...STRICT,
    ...QUIET,
    `-I${engineDir()}`,
    source,
    ...engineObjects(),
    "-no-pie",
    "-lm",
    "-lpthread",
    "-o",
    program,
  ]);
  const { status, signal, stderr } = spawnSync(program, [BEFORE, AFTER], { encoding: "utf8", timeout: 20_000 });
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: "" });
});
