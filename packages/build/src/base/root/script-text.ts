/**
 * What tells one maintainer script from another: its text without what makes no difference, and without the blocks that
 * debhelper put there, which change with the version of debhelper and are judged by themselves.
 * @module
 */
import { createHash } from "node:crypto";
import { type Judgement, judgeScript } from "./recognise.ts";

/** A maintainer script, judged. */
export interface JudgedScript extends Judgement {
  /** `sha256:` and the digest of what is not known for what it is; the same for scripts that do the same. */
  readonly digest: string;
}

const BLOCK_START = /^# Automatically added by dh_/;
const BLOCK_END = /^# End automatically added section/;

/** Judges a script, as a whole or in its parts. */
export function readScript(bytes: Uint8Array): JudgedScript {
  const text = new TextDecoder().decode(bytes);
  const { own, blocks } = splitBlocks(text.split("\n"));
  const judged = blocks.map((block) => ({ block, judgement: judgeScript(block) }));
  const strange = judged.filter(({ judgement }) => judgement.unknown !== undefined).map(({ block }) => block);
  const rest = [own, ...strange].join("\n");
  const judgement = judgeScript(rest);
  const alternatives = [...judged.flatMap((one) => one.judgement.alternatives), ...judgement.alternatives];
  const digest = createHash("sha256").update(plainLines(rest)).digest("hex");
  return { unknown: judgement.unknown, alternatives, digest: `sha256:${digest}` };
}

/** Blocks that are closed, and the rest. */
function splitBlocks(lines: readonly string[]): { readonly own: string; readonly blocks: readonly string[] } {
  const own: string[] = [];
  const blocks: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const end = BLOCK_START.test(line) ? lines.findIndex((other, place) => place > at && BLOCK_END.test(other)) : -1;
    if (end < 0) own.push(line);
    else {
      blocks.push(lines.slice(at + 1, end).join("\n"));
      at = end;
    }
  }
  return { own: own.join("\n"), blocks };
}

/** Lines without indentation, comments and empty ones. The first may name the shell, which is no comment. */
function plainLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line, at) => line !== "" && (!line.startsWith("#") || (at === 0 && line.startsWith("#!"))))
    .join("\n");
}
