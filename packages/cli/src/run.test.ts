import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { TeuError } from "@teu/std/error";
import type { Action, Command } from "./command.ts";
import { commandsFor } from "./command-families.ts";
import { COMMANDS } from "./commands.ts";
import { run } from "./run.ts";

/** Runs words against a table of two commands and returns what a user would see. */
async function teu(
  words: readonly string[],
  action: Action = async () => 0,
): Promise<{ code: number; out: string; notes: string }> {
  const seen = { out: "", notes: "" };
  const common = { summary: "Do it", operands: "IMAGE", count: [1, 1] as const, load: async () => action };
  const table: Command[] = [
    {
      ...common,
      name: "image ls",
      options: { format: { type: "string", short: "f", value: "FORMAT", about: "How to print" } },
    },
    { ...common, name: "image ls all", options: {} },
  ];
  const host = {
    out: (text: string) => void (seen.out += text),
    bytes: async (chunk: Uint8Array) => void (seen.out += Buffer.from(chunk).toString("utf8")),
    note: (line: string) => void (seen.notes += `${line}\n`),
    env: {},
    cwd: "/",
    signal: new AbortController().signal,
  };
  return { code: await run(words, table, host), ...seen };
}

suite("teu", () => {
  test("without words, or asked for help, lists the commands", async () => {
    for (const words of [[], ["--help"], ["-h"], ["help"]]) {
      const { code, out } = await teu(words);
      assert.equal(code, 0);
      assert.match(out, /image ls {6}Do it/);
    }
  });

  test("shows the help of a command", async () => {
    const { code, out } = await teu(["image", "ls", "--help"]);
    assert.equal(code, 0);
    assert.match(out, /usage: teu image ls \[OPTION…\] IMAGE/);
    assert.match(out, /-f, --format FORMAT {2}How to print/);
  });

  test("shows the commands that begin with one word", async () => {
    for (const words of [
      ["image", "--help"],
      ["image", "-h"],
      ["help", "image"],
    ]) {
      const { code, out } = await teu(words);
      assert.equal(code, 0);
      assert.match(out, /usage: teu image COMMAND .*\n\ncommands:\n {2}image ls {6}Do it\n {2}image ls all {2}Do it\n/);
    }
  });

  test("tells its version", async () => {
    assert.match((await teu(["--version"])).out, /^teu \d+\.\d+\.\d+\n$/);
  });

  test("hands options and operands to the command with the longest name", async () => {
    let seen: unknown;
    const action: Action = async ({ operands, option }) => {
      seen = [operands, option("format")];
      return 7;
    };
    assert.equal((await teu(["image", "ls", "--format", "json", "a"], action)).code, 7);
    assert.deepEqual(seen, [["a"], "json"]);
    assert.equal((await teu(["image", "ls", "all", "b"], action)).code, 7);
    assert.deepEqual(seen, [["b"], undefined]);
  });

  test("refuses unknown commands and names the ones of the group", async () => {
    const { code, notes } = await teu(["image", "rm"]);
    assert.equal(code, 2);
    assert.match(notes, /no command "image rm"\nteu: image has: ls, ls all\n/);
    assert.equal((await teu(["imagels"])).code, 2);
  });

  test("refuses wrong options and the wrong number of operands, and says where help is", async () => {
    for (const words of [["--colour", "x"], [], ["a", "b"], ["a", "--format"]]) {
      const { code, notes, out } = await teu(["image", "ls", ...words]);
      assert.equal(code, 2, words.join(" "));
      assert.match(notes, /teu image ls --help shows/);
      assert.equal(out, "");
    }
  });

  test("prints an error with its hint and without control characters or passwords", async () => {
    const { code, notes } = await teu(["image", "ls", "a"], async () => {
      throw new TeuError("ERR_X", "Reading \u001b[2J https://me:secret@host/: no", { hint: "try again" });
    });
    assert.equal(code, 1);
    assert.equal(notes, "teu: Reading \\u{1b}[2J https://***@host/: no\nteu: try again\n");
  });
});

suite("the table of commands", () => {
  test("each command is found by its first word, and nothing but the tables that it may be in", async () => {
    for (const command of COMMANDS) {
      const found = await commandsFor(command.name.split(" ")[0]);
      assert.ok(found.includes(command), command.name);
    }
    assert.ok((await commandsFor("pull")).length < 25);
    assert.equal(await commandsFor("unheard-of"), COMMANDS);
    assert.equal(await commandsFor(undefined), COMMANDS);
  });

  for (const command of COMMANDS) {
    test(`${command.name} is complete and can be loaded`, async () => {
      assert.equal(typeof (await command.load()), "function");
      assert.doesNotMatch(command.summary, /\.$/);
      assert.ok(command.count[0] <= command.count[1]);
    });
  }
});

/** Every file that loading `file` loads with it, of this room, and every other module by its name. */
function loadedWith(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, module = ""] of readFileSync(file, "utf8").matchAll(/^import (?!type)[^;]*?"([^"]+)";/gm)) {
    if (module.startsWith(".")) loadedWith(join(dirname(file), module), seen);
    else seen.add(module);
  }
  return seen;
}

test("help and version load nothing of the rooms but std: commands load what they need when they run", () => {
  const rooms = [...loadedWith(join(import.meta.dirname, "main.ts"))].filter((module) => module.startsWith("@teu/"));
  assert.deepEqual(
    rooms.filter((module) => !module.startsWith("@teu/std/")),
    [],
  );
});
