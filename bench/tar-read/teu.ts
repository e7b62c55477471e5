/** Lists an archive as `tar -tf` does, with our parser: `node teu.js FILE seek|read [CHUNK_BYTES]`. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { TarParser } from "@teu/tar/parser";

const [, , path = "", way = "seek", size = "131072"] = process.argv;
const seeks = way === "seek";
const parser = new TarParser();
const chunk = Buffer.allocUnsafeSlow(Number(size));
const names: string[] = [];
const file = openSync(path, "r");
let position = 0;
let contentBytes = 0;

for (let event = parser.next(); event !== "done"; event = parser.next()) {
  if (event === "need") feed();
  else if (event === "entry") list();
  else if (event === "data") contentBytes += parser.data.length;
}
closeSync(file);
print();
if (!seeks && contentBytes === 0) throw new Error("no content was read");

function feed(): void {
  if (seeks) {
    position += parser.skippable;
    parser.skipped(parser.skippable);
  }
  const length = readSync(file, chunk, 0, chunk.length, position);
  position += length;
  if (length === 0) parser.end();
  else parser.push(chunk.subarray(0, length));
}

function list(): void {
  names.push(parser.entry.nameText ?? "?");
  if (names.length === 1024) print();
  if (seeks) parser.skip();
}

function print(): void {
  writeSync(1, `${names.join("\n")}\n`);
  names.length = 0;
}
