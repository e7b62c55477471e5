/** npm's modern-tar: `node modern-tar.mjs FILE list|read`. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createTarDecoder } from "modern-tar";
import { count, finish, line } from "./output.mjs";

const [, , path, work] = process.argv;
void read().then(finish);

async function read() {
  const bytes = Readable.toWeb(createReadStream(path, { highWaterMark: 256 * 1024 }));
  for await (const { header, body } of bytes.pipeThrough(createTarDecoder())) {
    line(header.name);
    if (work === "read") for await (const chunk of body) count(chunk.length);
    else await body.cancel();
  }
}
