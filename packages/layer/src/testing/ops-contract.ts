/**
 * What every implementation of {@link TreeOps} is held to.
 * @module
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { TreeOps } from "../apply/ops.ts";

/** A file as the suite looks at it. */
export interface SeenFile {
  readonly type: string;
  /** Permissions. */
  readonly mode: number;
  /** Of a regular file. */
  readonly content?: Uint8Array;
  readonly target?: string;
  /** In milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly uid: number;
  readonly gid: number;
  /** What names of the same file have in common. */
  readonly identity: unknown;
}

/** An implementation with a place to make a tree in. */
export interface OpsUnderTest extends AsyncDisposable {
  readonly ops: TreeOps;
  /** What is at a path below the root, symbolic links not followed; nothing if nothing is. The path is a byte string. */
  see(path: string): SeenFile | undefined;
  /** The names in the root, byte strings, sorted. */
  names(): string[];
}

const needsRoot = process.geteuid?.() === 0 ? false : "needs root";
const TIME = { seconds: 1_000_000, nanoseconds: 500_000_000 };
const TIME_MS = 1_000_000_500;

/** Runs the suite. */
export function testOps(name: string, skip: string | false, open: () => Promise<OpsUnderTest>): void {
  suite(`a tree made by ${name}`, { skip }, () => {
    testContents(open);
    testAttributes(open);
    testRefusals(open);
  });
}

type Open = () => Promise<OpsUnderTest>;

function testContents(open: Open): void {
  test("has files with content, holes and attributes", async () => {
    await using made = await open();
    const { ops } = made;
    ops.make("", "d", { type: "directory" });
    ops.make("d", "f", { type: "file" });
    ops.write(new Uint8Array([1, 2]), 0);
    ops.write(new Uint8Array(100_000).fill(3), 10);
    ops.settle("d", "f", { mode: 0o640, mtime: TIME }, 200_000);
    ops.settle("", "d", { mode: 0o751, mtime: TIME });
    await ops.drain(true);
    const file = made.see("d/f");
    const content = file?.content ?? new Uint8Array(0);
    assert.deepEqual([content.length, content[1], content[2], content[10], content[150_000]], [200_000, 2, 0, 3, 0]);
    assert.deepEqual([file?.mode, file?.mtimeMs], [0o640, TIME_MS]);
    assert.deepEqual([made.see("d")?.mode, made.see("d")?.mtimeMs], [0o751, TIME_MS]);
  });

  test("has links, and loses what is removed", async () => {
    await using made = await open();
    const { ops } = made;
    ops.make("", "d", { type: "directory" });
    ops.make("d", "f", { type: "file" });
    ops.settle("d", "f", {}, 0);
    ops.make("", "l", { type: "symlink", target: "/nowhere" });
    ops.settle("", "l", { mtime: TIME });
    ops.make("", "h", { type: "hard-link", folder: "d", name: "f" });
    ops.make("", "i", { type: "hard-link", folder: "", name: "h" });
    ops.remove("d", "f", false);
    ops.remove("", "d", true);
    await ops.drain(true);
    assert.deepEqual(made.names(), ["h", "i", "l"]);
    assert.deepEqual(made.see("h")?.identity, made.see("i")?.identity);
    assert.deepEqual([made.see("l")?.target, made.see("l")?.mtimeMs], ["/nowhere", TIME_MS]);
  });
}

function testAttributes(open: Open): void {
  test("has set-id bits though owners are set", { skip: needsRoot }, async () => {
    await using made = await open();
    made.ops.make("", "f", { type: "file" });
    made.ops.settle("", "f", { owner: { uid: 5, gid: 6 }, mode: 0o6755 }, 0);
    await made.ops.drain(true);
    const file = made.see("f");
    assert.deepEqual([file?.mode, file?.uid, file?.gid], [0o6755, 5, 6]);
  });

  test("has the devices and fifos that it does not lack", { skip: needsRoot }, async () => {
    await using made = await open();
    const { ops } = made;
    const things = [
      ["devices", "c", { type: "character-device", major: 1, minor: 3 }],
      ["devices", "b", { type: "block-device", major: 7, minor: 300 }],
      ["fifos", "p", { type: "fifo" }],
    ] as const;
    const possible = things.filter(([lack]) => !ops.lacks.has(lack));
    for (const [, at, thing] of possible) {
      ops.make("", at, thing);
      ops.settle("", at, { mode: 0o604, mtime: TIME });
    }
    await ops.drain(true);
    for (const [, at, { type }] of possible) {
      assert.deepEqual([made.see(at)?.type, made.see(at)?.mode, made.see(at)?.mtimeMs], [type, 0o604, TIME_MS]);
    }
  });

  test("has names that are no text", async () => {
    await using made = await open();
    made.ops.make("", "\u00ff\u0080", { type: "file" });
    made.ops.settle("", "\u00ff\u0080", {}, 0);
    await made.ops.drain(true);
    assert.deepEqual(made.names(), ["\u00ff\u0080"]);
  });
}

function testRefusals(open: Open): void {
  const refusals: readonly (readonly [string, (ops: TreeOps) => void])[] = [
    ["makes nothing where something is", (ops) => ops.make("", "d", { type: "directory" })],
    ["makes no link to nothing", (ops) => ops.make("", "h", { type: "hard-link", folder: "", name: "nothing" })],
    ["makes nothing in a folder that is none", (ops) => ops.make("l", "f", { type: "file" })],
    ["makes nothing in a folder that is missing", (ops) => ops.make("nothing", "f", { type: "file" })],
    ["removes no folder that is not empty", (ops) => ops.remove("", "d", true)],
    ["removes nothing that is not there", (ops) => ops.remove("", "nothing", false)],
  ];
  for (const [what, act] of refusals) {
    test(what, async () => {
      await using made = await open();
      const { ops } = made;
      ops.make("", "d", { type: "directory" });
      ops.make("d", "inner", { type: "directory" });
      ops.make("", "l", { type: "symlink", target: "d" });
      const refused = async (): Promise<void> => {
        act(ops);
        await ops.drain(true);
      };
      await assert.rejects(refused, { code: "ERR_APPLY" });
    });
  }
}
