import assert from "node:assert/strict";
import { test } from "node:test";
import { Args, UsageError } from "./args.ts";

const NAMES = { flags: ["detach", "tty"], values: ["bundle", "env"], short: ["b=bundle", "d=detach", "e=env"] };

test("options come with one dash or two, with a space or an equals sign, up to the first other word", () => {
  const args = new Args(["--bundle", "x", "-detach", "--env=A=1", "-e", "B=2", "id", "--tty", "-d"], NAMES);
  assert.equal(args.value("bundle", "."), "x");
  assert.deepEqual([args.flag("detach"), args.flag("tty")], [true, false]);
  assert.deepEqual(args.values("env"), ["A=1", "B=2"]);
  assert.deepEqual(args.rest, ["id", "--tty", "-d"]);
});

test("the last value wins, a flag can be false, and two dashes end the options", () => {
  const args = new Args(["-b", "1", "--bundle=2", "--detach=false", "--", "--tty"], NAMES);
  assert.equal(args.value("bundle", "."), "2");
  assert.equal(args.flag("detach"), false);
  assert.deepEqual(args.rest, ["--tty"]);
});

test("a wrong command line is refused in runc's words", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["--nope"], "flag provided but not defined: -nope"],
    [["--bundle"], "flag needs an argument: -bundle"],
    [["--detach=x"], 'invalid boolean value "x" for --detach'],
  ];
  for (const [words, message] of cases)
    assert.throws(
      () => new Args(words, NAMES),
      (error) => error instanceof UsageError && error.message === message,
    );
  assert.throws(() => new Args(["a", "b"], NAMES).operands("start", 1, 1), /start requires exactly 1 argument/);
  assert.throws(() => new Args(["-b", "-1"], NAMES).count("bundle", 0), /expected a whole number/);
});
