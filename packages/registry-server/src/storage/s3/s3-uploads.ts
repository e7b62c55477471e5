/**
 * Uploads in a bucket. Each is a row of objects `uploads/<id>/<offset>`, so that any node can go on where another one ended.
 * At the end the server makes one object of them; small pieces are put together here, since parts have a least size.
 * @module
 */
import type { ByteStream } from "@teu/content/store";
import type { Digest } from "@teu/spec/digest";
import { mapLimit } from "@teu/std/limit";
import type { UploadWriter } from "../driver.ts";
import type { S3Client } from "./client.ts";
import { type ListedObject, listObjects } from "./listing.ts";
import { escapeXml, readElement } from "./xml.ts";

/** Least size of a part that is not the last one. */
const PART_BYTES = 5 * 1024 * 1024;
/** Most bytes that one request copies. */
export const MAX_COPY_BYTES: number = 5 * 1024 ** 3;
const CONCURRENCY = 4;

interface Piece extends ListedObject {
  readonly start: number;
}

/** The uploads of one bucket. */
export class S3Uploads {
  readonly #client: S3Client;
  readonly #keyOf: (digest: Digest) => string;

  constructor(client: S3Client, keyOf: (digest: Digest) => string) {
    this.#client = client;
    this.#keyOf = keyOf;
  }

  async size(id: string): Promise<number | undefined> {
    const last = (await this.#pieces(id)).at(-1);
    return last === undefined ? undefined : last.start + last.size;
  }

  async *read(id: string): ByteStream {
    for (const { key } of await this.#pieces(id)) yield await this.#client.read(key);
  }

  async append(id: string, offset: number): Promise<UploadWriter> {
    await this.#cut(id, offset);
    return new PieceWriter(this.#client, id, offset);
  }

  /** Takes away what stands behind `offset`. */
  async #cut(id: string, offset: number): Promise<void> {
    for (const { key, start, size } of (await this.#all(id)).toReversed()) {
      if (start + size <= offset) continue;
      if (start >= offset) await this.#delete(key);
      else {
        const body = (await this.#client.read(key)).subarray(0, offset - start);
        await this.#client.sendForStatus({ method: "PUT", key, body });
      }
    }
  }

  async complete(id: string, digest: Digest): Promise<void> {
    const [pieces, key] = [await this.#pieces(id), this.#keyOf(digest)];
    const [first] = pieces;
    if (first === undefined) await this.#client.sendForStatus({ method: "PUT", key, body: new Uint8Array() });
    else if (pieces.length > 1 || first.size > MAX_COPY_BYTES) await this.#join(pieces, key);
    else await this.#client.sendForText({ method: "PUT", key, headers: this.#from(first.key) });
    await this.#deleteAll(pieces);
  }

  #from(key: string): Record<string, string> {
    return { "x-amz-copy-source": `/${this.#client.sourceOf(key)}` };
  }

  async #join(pieces: readonly Piece[], key: string): Promise<void> {
    const begun = await this.#client.sendForText({ method: "POST", key, query: { uploads: "" } });
    const uploadId = readElement(begun, "UploadId") ?? "";
    try {
      const groups = group(pieces);
      const tags = await mapLimit(
        groups.entries(),
        ([index, parts]) => this.#putPart(parts, { key, uploadId, number: index + 1 }),
        {
          concurrency: CONCURRENCY,
        },
      );
      const parts = tags.map(
        (tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
      );
      const body = Buffer.from(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
      await this.#client.sendForText({ method: "POST", key, query: { uploadId }, body });
    } catch (error) {
      await this.#client.sendForStatus({ method: "DELETE", key, query: { uploadId }, expect: [404] }).catch(() => {});
      throw error;
    }
  }

  /** Makes one part, and tells its tag. */
  async #putPart(
    pieces: readonly Piece[],
    { key, uploadId, number }: { readonly key: string; readonly uploadId: string; readonly number: number },
  ): Promise<string> {
    const query = { partNumber: String(number), uploadId };
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined) {
      const xml = await this.#client.sendForText({ method: "PUT", key, query, headers: this.#from(first.key) });
      return readElement(xml, "ETag") ?? "";
    }
    const bodies = await Promise.all(pieces.map((piece) => this.#client.read(piece.key)));
    const response = await this.#client.send({ method: "PUT", key, query, body: Buffer.concat(bodies) });
    response.body.resume();
    return String(response.headers.etag);
  }

  async discard(id: string): Promise<void> {
    await this.#deleteAll(await this.#all(id));
  }

  async *list(): AsyncGenerator<string, void, undefined> {
    let last: string | undefined;
    for await (const { key } of listObjects(this.#client, "uploads/")) {
      const id = key.split("/")[1];
      if (id !== undefined && id !== last) yield id;
      last = id;
    }
  }

  /** The pieces that follow each other without a gap: one behind a gap is of a write that failed. */
  async #pieces(id: string): Promise<Piece[]> {
    let end = 0;
    const pieces: Piece[] = [];
    for (const piece of await this.#all(id)) {
      if (piece.start !== end) break;
      pieces.push(piece);
      end += piece.size;
    }
    return pieces;
  }

  async #all(id: string): Promise<Piece[]> {
    const listed = await Array.fromAsync(listObjects(this.#client, `uploads/${id}/`));
    return listed.map((object) => ({ ...object, start: Number(object.key.split("/").at(-1)) }));
  }

  async #deleteAll(pieces: readonly Piece[]): Promise<void> {
    await mapLimit(pieces, ({ key }) => this.#delete(key), { concurrency: CONCURRENCY });
  }

  async #delete(key: string): Promise<void> {
    await this.#client.sendForStatus({ method: "DELETE", key, expect: [404] });
  }
}

/** Puts pieces together until they are large enough for a part. */
function group(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  let bytes = PART_BYTES;
  for (const piece of pieces) {
    if (bytes >= PART_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(piece);
    bytes += piece.size;
  }
  return groups;
}

/** Gathers bytes into pieces; one is sent while the next one fills. */
class PieceWriter implements UploadWriter {
  readonly #client: S3Client;
  readonly #id: string;
  #start: number;
  #piece: Buffer[] = [];
  #bytes = 0;
  #sending: Promise<unknown> = Promise.resolve();

  constructor(client: S3Client, id: string, start: number) {
    this.#client = client;
    this.#id = id;
    this.#start = start;
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(chunks);
    this.#piece.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= pieceBytes(this.#start)) await this.#send();
  }

  async #send(): Promise<void> {
    await this.#sending;
    const body = Buffer.concat(this.#piece);
    const key = `uploads/${this.#id}/${String(this.#start).padStart(16, "0")}`;
    this.#start += body.length;
    [this.#piece, this.#bytes] = [[], 0];
    this.#sending = this.#client.sendForStatus({ method: "PUT", key, body });
    this.#sending.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#bytes > 0) await this.#send();
    await this.#sending;
  }
}

/** Pieces grow with what they belong to, so that even the largest blob has fewer than the 10,000 parts it may have. */
function pieceBytes(offset: number): number {
  return Math.max(PART_BYTES, Math.ceil(offset / 1000));
}
