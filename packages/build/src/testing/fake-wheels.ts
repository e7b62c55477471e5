/**
 * Wheels made on the spot, and an index on the loopback interface that has them.
 * @module
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32, deflateRawSync } from "node:zlib";

/** Makes a zip archive of text files. */
export function fakeZip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const packed = content.length > 100 ? deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(packed === content ? 0 : 8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, tail, Buffer.from(name));
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  const list = Buffer.concat(directory);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}

/** A wheel as an index has it. */
export interface FakeWheel {
  readonly filename: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Makes a wheel. */
export function fakeWheel(filename: string, files: Readonly<Record<string, string>>): FakeWheel {
  const bytes = fakeZip(files);
  return { filename, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** An index that runs. */
export interface FakeIndex extends AsyncDisposable {
  /** Its address, with a slash at its end. */
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
}

/** Starts an index. @param form What its pages are. */
export async function startFakeIndex(wheels: readonly FakeWheel[], form: "html" | "json" = "html"): Promise<FakeIndex> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const file = wheels.find(({ filename }) => path === `/files/${filename}`);
    const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
    const listed = wheels.filter(({ filename }) => filename.split("-")[0]?.replaceAll("_", "-") === project);
    if (file !== undefined) response.end(file.bytes);
    else if (listed.length === 0) response.writeHead(404).end();
    else response.end(form === "html" ? htmlPage(listed) : jsonPage(listed));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}/simple/`, asked, [Symbol.asyncDispose]: close };
}

function htmlPage(wheels: readonly FakeWheel[]): string {
  const link = ({ filename, sha256 }: FakeWheel): string =>
    `<a href="../../files/${filename}#sha256=${sha256}">${filename}</a><br>`;
  return `<!DOCTYPE html><html><body>${wheels.map(link).join("\n")}</body></html>`;
}

function jsonPage(wheels: readonly FakeWheel[]): string {
  const files = wheels.map(({ filename, sha256 }) => ({
    filename,
    url: `../../files/${filename}`,
    hashes: { sha256 },
  }));
  return JSON.stringify({ meta: { "api-version": "1.0" }, files });
}
