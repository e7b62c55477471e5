import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { EngineSession, IMAGE, skipEngine } from "./session.ts";
import { skipTerminal } from "./terminal-session.ts";

const LEAVE = "\u0010\u0011";
const BARE = ["--network", "none"];

suite("teu run on a terminal", { skip: skipEngine || skipTerminal }, () => {
  const engine = new EngineSession();

  test("typing, echo, the size and its change, and the exit code", async () => {
    const terminal = engine.terminal("run", "-it", "--rm", ...BARE, IMAGE, "sh");
    await terminal.shows(/# /);
    terminal.type("stty size\n");
    await terminal.shows(/stty size\r\n24 80\r\n/);
    terminal.type("trap 'echo changed' WINCH\n");
    terminal.resize(40, 100);
    terminal.type("sleep 0.1; stty size\n");
    await terminal.shows(/\r\n40 100\r\n/);
    terminal.type("tty; exit 7\n");
    await terminal.shows(/\/dev\/pts\/0/);
    assert.equal(await terminal.end(), 7);
  });

  test("Ctrl-C goes to the program, which it ends with 130; Ctrl-D ends input", async () => {
    const terminal = engine.terminal("run", "-it", "--rm", ...BARE, IMAGE, "sh", "-c", "echo on; sleep 100; echo no");
    await terminal.shows(/on/);
    terminal.type("\u0003");
    assert.equal(await terminal.end(), 130);
    const second = engine.terminal("run", "-it", "--rm", ...BARE, IMAGE, "sh", "-c", "echo on; cat");
    await second.shows(/on/);
    second.type("line\n\u0004");
    await second.shows(/line\r\nline\r\n/);
    assert.equal(await second.end(), 0);
  });

  test("keys leave a container, attach comes back, and exec has a terminal of its own", async () => {
    const terminal = engine.terminal("run", "-it", "--rm", "--name", "left", ...BARE, IMAGE, "sh");
    await terminal.shows(/# /);
    terminal.type("echo $((20 + 1))\n");
    await terminal.shows(/\r\n21\r\n/);
    terminal.type(LEAVE);
    assert.equal(await terminal.end(), 0);
    assert.equal(await engine.inspect("left", "State.Status"), "running");
    const inside = engine.terminal("exec", "-it", "left", "sh");
    await inside.shows(/# /);
    inside.resize(30, 90);
    inside.type("sleep 0.2; stty size; tty; exit 3\n");
    await inside.shows(/\r\n30 90\r\n\/dev\/pts\/1/);
    assert.equal(await inside.end(), 3);
    const back = engine.terminal("attach", "left");
    back.type("echo $((20 + 2)); exit 4\n");
    await back.shows(/\r\n22\r\n/);
    assert.equal(await back.end(), 4);
    for (let i = 0; i < 100 && engine.names().length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(engine.names(), []);
  });

  test("without a terminal: attach, and the end of input", async () => {
    const script = "while read line; do echo got $line; done; echo over";
    assert.equal(engine.teu("run", "-di", "--name", "plain", ...BARE, IMAGE, "sh", "-c", script).status, 0);
    const attached = engine.start("attach", "plain");
    let output = "";
    attached.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    attached.stdin.end("one\ntwo\n");
    assert.deepEqual(await once(attached, "close"), [0, null]);
    assert.equal(output, "got one\ngot two\nover\n");
    await engine.here("rm", "plain");
  });
});
