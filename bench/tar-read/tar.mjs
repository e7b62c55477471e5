/** npm's tar, in its synchronous way, which is its fastest: `node tar.mjs FILE list|read`. */
import { list } from "tar";
import { countContent, countEntry, finish, isListing, line } from "./output.mjs";

const [, , file] = process.argv;
list({
  file,
  sync: true,
  maxReadSize: 256 * 1024,
  onReadEntry(entry) {
    if (isListing) {
      line(entry.path);
      return;
    }
    countEntry();
    entry.on("data", (chunk) => countContent(chunk.length));
  },
});
finish();
