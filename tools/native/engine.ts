/**
 * QuickJS-ng as we build it. One thing is ours: what a program has set up when it is built stays as it is in its file. The
 * engine counts who refers to a value in the value itself, so that whoever only looks at one writes to its page, which the
 * kernel then copies. Here what was kept has a count so high that it is left alone, and new values lie elsewhere.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { engineDir, toolDir, workDir } from "./paths.ts";

const COUNTS = /(--)?JS_REF_COUNT\((\w+)\)(\+\+|--)?/g;
const DEFINED = "#define JS_REF_COUNT(p) (js_rc(p)->ref_count)\n";
/** How often the release that we build looks at counts, and changes them. Each of those was looked at. */
const EXPECTED = { uses: 82, changes: 27 };

/** The folder of its sources, with our change. */
export function engineSources(): string {
  const folder = join(workDir, "engine");
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(engineDir()).filter((file) => /\.[ch]$/.test(file))) {
    const source = readFileSync(join(engineDir(), name), "utf8");
    writeIfOther(join(folder, name), name === "quickjs.c" ? withKept(source) : source);
  }
  return folder;
}

function withKept(source: string): string {
  const [before, after, ...more] = source.split(DEFINED);
  if (before === undefined || after === undefined || more.length > 0) throw new Error("QuickJS-ng counts otherwise");
  let changes = 0;
  const counted = after.replaceAll(COUNTS, (text, down: string | undefined, value: string, change = down) => {
    if (change === undefined) return text;
    changes += 1;
    return `js_ref_${change === "++" ? "up" : "down"}(&JS_REF_COUNT(${value}))`;
  });
  const uses = after.split("JS_REF_COUNT").length - 1;
  if (uses !== EXPECTED.uses || changes !== EXPECTED.changes)
    throw new Error(
      `QuickJS-ng has ${uses} uses of counts and ${changes} changes, expected ${JSON.stringify(EXPECTED)}`,
    );
  const own = (name: string): string => readFileSync(join(toolDir, "quickjs", name), "utf8");
  return `${before}${DEFINED}${own("counts.h")}${counted}${own("keep.h")}`;
}

function writeIfOther(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
