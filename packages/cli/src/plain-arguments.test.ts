import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import type { Option } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { type Parsed, parsePlain } from "./plain-arguments.ts";

const OPTIONS: Readonly<Record<string, Option>> = {
  quiet: { type: "boolean", short: "q", about: "" },
  format: { type: "string", short: "f", about: "" },
  key: { type: "string", multiple: true, about: "" },
  __proto__x: { type: "string", about: "" },
};

function byNode(words: readonly string[]): Parsed | undefined {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true, strict: true });
  } catch {
    return undefined;
  }
}

suite("parsePlain", () => {
  test("says what Node says, or nothing", () => {
    const words = [
      "--quiet",
      "-q",
      "--format",
      "-f",
      "--key",
      "--key=a",
      "-qf",
      "--",
      "-",
      "",
      "a",
      "b=c",
      "--no-quiet",
      "-x",
    ];
    const word = fc.oneof(fc.constantFrom(...words, "--toString", "--__proto__", "---", "--q", "-é"), fc.string());
    const given = fc.array(word, { maxLength: 6 });
    fc.assert(
      fc.property(given, (list) => {
        const plain = parsePlain(list, OPTIONS);
        if (plain !== undefined) assert.deepEqual({ ...plain }, { ...byNode(list) });
      }),
      { numRuns: 2000 },
    );
  });

  test("reads the common forms itself", () => {
    const read = parsePlain(["a", "-q", "--key", "1", "--format", "json", "-", "--key", "2"], OPTIONS);
    assert.deepEqual({ ...read?.values }, { quiet: true, key: ["1", "2"], format: "json" });
    assert.deepEqual(read?.positionals, ["a", "-"]);
    for (const other of ["--key=1", "-qf", "--", "--none", "--key"])
      assert.equal(parsePlain([other], OPTIONS), undefined);
  });

  test("no option of a command is a boolean that may be given several times, which Node collects", () => {
    const odd = COMMANDS.flatMap(({ options }) => Object.values(options)).filter(
      ({ type, multiple }) => type === "boolean" && multiple === true,
    );
    assert.deepEqual(odd, []);
  });
});
