/** The least that validating layers takes with Node: `node floor.ts LAYER…` decompresses gzip, and hashes both sides. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

const CHUNK_BYTES = 1024 * 1024;

for (const layer of process.argv.slice(2)) {
  const [stored, plain] = [createHash("sha256"), createHash("sha256")];
  const file = createReadStream(layer, { highWaterMark: CHUNK_BYTES });
  file.on("data", (chunk) => stored.update(chunk));
  const chunks: AsyncIterable<Uint8Array> = file.pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
  for await (const chunk of chunks) plain.update(chunk);
  console.log(stored.digest("hex"), plain.digest("hex"));
}
