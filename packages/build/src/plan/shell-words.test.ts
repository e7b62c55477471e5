import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { simpleCommand } from "./shell-words.ts";

const SIMPLE: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  ["node server.js", {}, ["node", "server.js"]],
  ["  node   a.js  ", {}, ["node", "a.js"]],
  ["A=1 B='x y' node a.js", { A: "1", B: "x y" }, ["node", "a.js"]],
  ["cross-env A=1 node a.js", { A: "1" }, ["node", "a.js"]],
  ['node "a b.js" c\\ d', {}, ["node", "a b.js", "c d"]],
  ["node --x=1 A=2", {}, ["node", "--x=1", "A=2"]],
];

suite("commands without a shell", () => {
  for (const [text, env, words] of SIMPLE) test(text, () => assert.deepEqual(simpleCommand(text), { env, words }));
  for (const text of [
    "a && b",
    "a | b",
    "a $PORT",
    "a > b",
    "a; b",
    "a `b`",
    "a *.js",
    "A=1",
    "",
    '"a',
    "a ~/b",
    "a 'b",
  ]) {
    test(`needs one: ${text}`, () => assert.equal(simpleCommand(text), undefined));
  }
});
