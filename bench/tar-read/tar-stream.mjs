/** npm's tar-stream: `node tar-stream.mjs FILE list|read`. */
import { createReadStream } from "node:fs";
import { extract } from "tar-stream";
import { count, finish, line } from "./output.mjs";

const [, , path, work] = process.argv;
const entries = extract();
createReadStream(path, { highWaterMark: 256 * 1024 }).pipe(entries);
entries.on("entry", (header, stream, next) => {
  line(header.name);
  if (work === "read") stream.on("data", (chunk) => count(chunk.length));
  else stream.resume();
  stream.on("end", next);
});
entries.on("finish", finish);
