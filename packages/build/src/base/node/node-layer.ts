/**
 * The layer with the program of Node.js, made while its package comes in: nothing of a package that turns out wrong is kept.
 * @module
 */
import type { BlobIngester } from "@teu/content/store";
import { decompress } from "@teu/content/decompress";
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import { readTar } from "@teu/tar/read-tar";
import { type NewMember, writeTar } from "@teu/tar/write-tar";
import { HttpClient } from "../../npm/http.ts";
import { checked, parseIntegrity } from "../../npm/integrity.ts";
import { readNpmSettings } from "../../npm/npmrc.ts";
import { NpmRegistries } from "../../npm/registries.ts";
import type { BaseErrorCode } from "../errors.ts";
import { type LayerCompression, type WrittenLayer, writeLayer } from "../image/write-image.ts";
import type { LockedNode } from "../lock.ts";
import type { BaseContext } from "../options.ts";

/** How to make the layer. */
export interface NodeLayerOptions {
  readonly compression: LayerCompression;
  /** Time of its files, in seconds since 1970. */
  readonly time: number;
}

const MAX_PROGRAM_BYTES = 1024 * 2 ** 20;
const MAX_TEXT_BYTES = 4 * 2 ** 20;

/** Makes the layer. @throws TeuError `ERR_BASE_NODE`, `ERR_DOWNLOAD_HASH`, `ERR_PACKAGE_FETCH` */
export async function writeNodeLayer(
  store: BlobIngester,
  node: LockedNode,
  { compression, time }: NodeLayerOptions,
  context: BaseContext,
): Promise<WrittenLayer> {
  const settings = readNpmSettings({ folder: context.folder ?? context.cacheFolder, env: context.env });
  using client = new HttpClient(settings, context.env);
  const registries = new NpmRegistries(settings, context.env);
  const [url = ""] = await registries.archiveUrls({ name: node.name, version: node.version });
  context.onEvent?.({ kind: "download", url });
  const { signal } = context;
  const source = await client.get(url, `package "${node.name}@${node.version}"`, { signal });
  const title = `node ${node.version}`;
  return await writeLayer(
    store,
    { title, tar: writeTar(membersOf(verified(source, node), node, time)), compression },
    signal,
  );
}

/** Content that fails at its end if it is not what the registry promised. */
function verified(source: AsyncIterable<Uint8Array>, node: LockedNode): AsyncIterable<Uint8Array> {
  const expected = parseIntegrity(node.integrity);
  if (expected.length === 0) throw nodeInvalid(node, `its integrity "${node.integrity}" is not known`);
  return checked(source, expected, (actual) => {
    const what = `package "${node.name}@${node.version}"`;
    const message = `Downloading ${what}: its digest is ${actual}, expected ${node.integrity}`;
    return new TeuError<BaseErrorCode>("ERR_DOWNLOAD_HASH", message);
  });
}

async function* membersOf(
  source: AsyncIterable<Uint8Array>,
  node: LockedNode,
  time: number,
): AsyncGenerator<NewMember> {
  const mtime = { seconds: time, nanoseconds: 0 };
  for (const name of DIRECTORIES) yield { entry: { name, type: "directory", mtime } };
  const archive = readTar(decompress(source, "gzip", { maxBytes: MAX_PROGRAM_BYTES }));
  let isThere = false;
  for await (const { entry, content } of archive) {
    const path = entry.nameText;
    if (entry.type !== "file") continue;
    if (path === "package/bin/node") {
      isThere = true;
      yield { entry: { name: "usr/local/bin/node", mode: 0o755, size: entry.size, mtime }, content };
    }
    if (path === "package/LICENSE") {
      const bytes = await collect(content, { maxBytes: MAX_TEXT_BYTES, what: "the licence of Node.js" });
      yield { entry: { name: "usr/local/share/doc/node/LICENSE", size: bytes.length, mtime }, content: bytes };
    }
  }
  if (!isThere) throw nodeInvalid(node, "it has no bin/node");
}

const DIRECTORIES = [
  "usr",
  "usr/local",
  "usr/local/bin",
  "usr/local/share",
  "usr/local/share/doc",
  "usr/local/share/doc/node",
] as const;

function nodeInvalid({ name, version }: LockedNode, problem: string): TeuError<BaseErrorCode> {
  return new TeuError("ERR_BASE_NODE", `Reading package "${name}@${version}": ${problem}`);
}
