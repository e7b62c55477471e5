/** npm's modern-tar: `node modern-tar.mjs FILE list|read`. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createTarDecoder } from "modern-tar";
import { countContent, countEntry, finish, isListing, line } from "./output.mjs";

const [, , path] = process.argv;
void read().then(finish);

async function read() {
  const bytes = Readable.toWeb(createReadStream(path, { highWaterMark: 256 * 1024 }));
  for await (const { header, body } of bytes.pipeThrough(createTarDecoder())) {
    if (isListing) {
      line(header.name);
      await body.cancel();
      continue;
    }
    countEntry();
    for await (const chunk of body) countContent(chunk.length);
  }
}
