/** npm's tar, in its synchronous way, which is its fastest: `node tar.mjs FILE list|read`. */
import { list } from "tar";
import { count, finish, line } from "./output.mjs";

const [, , file, work] = process.argv;
list({
  file,
  sync: true,
  maxReadSize: 256 * 1024,
  onReadEntry(entry) {
    line(entry.path);
    if (work === "read") entry.on("data", (chunk) => count(chunk.length));
  },
});
finish();
