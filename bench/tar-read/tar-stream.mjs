/** npm's tar-stream: `node tar-stream.mjs FILE list|read`. */
import { createReadStream } from "node:fs";
import { extract } from "tar-stream";
import { countContent, countEntry, finish, isListing, line } from "./output.mjs";

const [, , path] = process.argv;
const entries = extract();
createReadStream(path, { highWaterMark: 256 * 1024 }).pipe(entries);
entries.on("entry", (header, stream, next) => {
  if (isListing) {
    line(header.name);
    stream.resume();
  } else {
    countEntry();
    stream.on("data", (chunk) => countContent(chunk.length));
  }
  stream.on("end", next);
});
entries.on("finish", finish);
