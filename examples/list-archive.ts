/** Lists a tar archive, compressed or not, as fast as the disk gives it: node examples/list-archive.ts FILE */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { readTar } from "@teu/tar/read-tar";
import { writeTar } from "@teu/tar/write-tar";

const [file] = process.argv.slice(2);
const archive =
  file === undefined
    ? writeTar([{ entry: { type: "file", name: "hello", mode: 0o644, size: 2 }, content: Buffer.from("hi") }])
    : open(file);
for await (const { entry } of readTar(archive)) console.log(entry.type, entry.size, entry.nameText ?? "(not UTF-8)");

function open(path: string): AsyncIterable<Uint8Array> {
  const stream = createReadStream(path, { highWaterMark: 256 * 1024 });
  return path.endsWith("gz") ? stream.pipe(createGunzip({ chunkSize: 256 * 1024 })) : stream;
}
