/**
 * `teu image files` and `teu image cat`: what an unpacked image would have, without unpacking it.
 * @module
 */
import { readTree } from "@teu/layer/emit/read-tree";
import { catFile } from "@teu/layer/emit/cat";
import { type FileRow, findCollisions, listFiles, modeLetters } from "@teu/layer/emit/list";
import { printable } from "@teu/std/redact";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openOneImage } from "./image-argument.ts";
import { wantsJson } from "./output.ts";

/** Runs `teu image files`. JSON comes as one object a line. */
export const imageFiles: Action = async (invocation, host) => {
  const json = wantsJson(invocation);
  await using opened = await openOneImage(invocation.operands[0] ?? "", invocation, host);
  const tree = await readTree(opened.image.layers, { signal: host.signal });
  let text = "";
  for (const row of listFiles(tree)) {
    text += `${json ? JSON.stringify(row) : rowText(row)}\n`;
    if (text.length < 65_536) continue;
    host.out(text);
    text = "";
  }
  host.out(text);
  for (const { folder, names } of findCollisions(tree)) {
    host.note(
      `teu: file systems without case take these for one: ${printable(names.map((name) => `${folder}/${name}`).join(", "))}`,
    );
  }
  return EXIT.ok;
};

function rowText(row: FileRow): string {
  const size = row.device === undefined ? String(row.size) : row.device.join(",");
  const target = row.target === undefined ? "" : ` -> ${row.target}`;
  const owner = `${row.uid}:${row.gid}`;
  return `${modeLetters(row)} ${owner.padStart(9)} ${size.padStart(11)} ${row.mtime.slice(0, 19)} ${printable(row.path + target)}`;
}

/** Runs `teu image cat`. */
export const imageCat: Action = async (invocation, host) => {
  const [text = "", path = ""] = invocation.operands;
  await using opened = await openOneImage(text, invocation, host);
  for await (const chunk of catFile(opened.image, path, { signal: host.signal })) await host.bytes(chunk);
  return EXIT.ok;
};
