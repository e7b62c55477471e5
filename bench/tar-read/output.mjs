/** Prints lines to standard output in few writes, and sums what was read, so that no reader can leave work out. */
import { writeSync } from "node:fs";

const lines = [];
let contentBytes = 0;

/** @param {string} name */
export function line(name) {
  if (lines.push(name) >= 1024) flush();
}

/** @param {number} bytes */
export function count(bytes) {
  contentBytes += bytes;
}

/** Prints what is left, and the length of all contents if they were read. */
export function finish() {
  if (contentBytes > 0) line(String(contentBytes));
  flush();
}

function flush() {
  const text = Buffer.from(`${lines.join("\n")}\n`);
  for (let at = 0; at < text.length;) at += writeSync(1, text, at);
  lines.length = 0;
}
