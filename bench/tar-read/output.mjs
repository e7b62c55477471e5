/** What drivers print: every name when they list, or when they read how many entries and bytes of content there were. */
import { writeSync } from "node:fs";

export const isListing = process.argv[3] === "list";
const lines = [];
let entries = 0;
let contentBytes = 0;

/** @param {string} name */
export function line(name) {
  if (lines.push(name) >= 1024) flush();
}

export function countEntry() {
  entries += 1;
}

/** @param {number} bytes */
export function countContent(bytes) {
  contentBytes += bytes;
}

/** Prints what is left. */
export function finish() {
  if (!isListing) line(`${entries} entries, ${contentBytes} bytes of content`);
  flush();
}

function flush() {
  const text = Buffer.from(`${lines.join("\n")}\n`);
  for (let at = 0; at < text.length;) at += write(text, at);
  lines.length = 0;
}

/**
 * A pipe may be full: some of the packages look at `process.stdout`, after which Node does not wait for it.
 * @param {Buffer} text
 * @param {number} at
 */
function write(text, at) {
  try {
    return writeSync(1, text, at);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
    return 0;
  }
}
