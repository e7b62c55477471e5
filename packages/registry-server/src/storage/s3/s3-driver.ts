/**
 * Storage in a bucket of an S3 server: `blobs/<algorithm>/<hash>`, the pieces of uploads under `uploads/<id>/`, and the
 * journal as objects under `journal/`. Several nodes may share a bucket.
 * @module
 */
import type { ByteStream } from "@teu/content/store";
import { type Digest, isDigest, splitDigest } from "@teu/spec/digest";
import { TeuError } from "@teu/std/error";
import type { RegistryServerErrorCode } from "../../errors.ts";
import type { ByteSpan, StorageDriver, UploadWriter } from "../driver.ts";
import { S3Client, type S3Options, type S3Request, type S3Response } from "./client.ts";
import { listObjects } from "./listing.ts";
import { S3Journal } from "./s3-journal.ts";
import { MAX_COPY_BYTES, S3Uploads } from "./s3-uploads.ts";

/** How to keep content in S3. */
export interface S3DriverOptions extends S3Options {
  /** For how many seconds clients may GET a blob from the bucket itself; without, bytes go through the registry. */
  readonly redirectSeconds?: number | undefined;
}

/** Opens a storage in a bucket, which has to be there. */
export function s3Driver(options: S3DriverOptions): StorageDriver {
  return new S3Driver(options);
}

class S3Driver implements StorageDriver {
  readonly #client: S3Client;
  readonly #uploads: S3Uploads;
  readonly #journal: S3Journal;
  readonly addressOf?: (digest: Digest) => string;
  #conditional = true;

  constructor(options: S3DriverOptions) {
    this.#client = new S3Client(options);
    this.#uploads = new S3Uploads(this.#client, keyOf);
    this.#journal = new S3Journal(this.#client);
    const { redirectSeconds } = options;
    if (redirectSeconds !== undefined)
      this.addressOf = (digest) => this.#client.addressOf(keyOf(digest), redirectSeconds).href;
  }

  async size(digest: Digest): Promise<number | undefined> {
    const response = await this.#client.send({ method: "HEAD", key: keyOf(digest), expect: [404] });
    response.body.resume();
    return response.status === 404 ? undefined : Number(response.headers["content-length"]);
  }

  async *read(digest: Digest, span?: ByteSpan): ByteStream {
    if (span !== undefined && span.start === span.end) return;
    const range = span === undefined ? {} : { range: `bytes=${span.start}-${span.end - 1}` };
    const response = await this.#client.send({ method: "GET", key: keyOf(digest), headers: range });
    yield* bodyOf(response, digest);
  }

  async store(digest: Digest, bytes: Uint8Array): Promise<void> {
    const request: S3Request = { method: "PUT", key: keyOf(digest), body: bytes };
    if (this.#conditional && (await this.#storeAbsent(request, digest, bytes.length))) return;
    await this.#client.sendForStatus(request);
  }

  /** What is there already need not be sent, nor written twice. Tells whether it is there now. */
  async #storeAbsent(request: S3Request, digest: Digest, size: number): Promise<boolean> {
    const headers = { "if-none-match": "*" };
    const status = await this.#client.sendForStatus({ ...request, headers, expect: [400, 412, 501] });
    if (status < 300) return true;
    if (status === 412) return (await this.size(digest)) === size;
    this.#conditional = false;
    return false;
  }

  async remove(digest: Digest): Promise<void> {
    await this.#client.sendForStatus({ method: "DELETE", key: keyOf(digest), expect: [404] });
  }

  /** What is larger than a bucket copies at once is not kept. */
  async quarantine(digest: Digest): Promise<void> {
    const [from, size] = [keyOf(digest), await this.size(digest)];
    if (size === undefined) return;
    const headers = { "x-amz-copy-source": `/${this.#client.sourceOf(from)}` };
    const key = from.replace("blobs/", "quarantine/");
    if (size <= MAX_COPY_BYTES) await this.#client.sendForText({ method: "PUT", key, headers });
    await this.remove(digest);
  }

  async *list(): AsyncIterable<{ readonly digest: Digest; readonly size: number }> {
    for await (const { key, size } of listObjects(this.#client, "blobs/")) {
      const digest = key.slice("blobs/".length).replace("/", ":");
      if (isDigest(digest)) yield { digest, size };
    }
  }

  append(id: string, offset: number): Promise<UploadWriter> {
    return this.#uploads.append(id, offset);
  }

  uploadSize(id: string): Promise<number | undefined> {
    return this.#uploads.size(id);
  }

  readUpload(id: string): ByteStream {
    return this.#uploads.read(id);
  }

  complete(id: string, digest: Digest): Promise<void> {
    return this.#uploads.complete(id, digest);
  }

  discard(id: string): Promise<void> {
    return this.#uploads.discard(id);
  }

  uploads(): AsyncIterable<string> {
    return this.#uploads.list();
  }

  appendJournal(lines: readonly string[], place?: number): Promise<void> {
    return this.#journal.append(lines, place);
  }

  readJournal(): AsyncIterable<string> {
    return this.#journal.read();
  }

  replaceJournal(lines: Iterable<string>): Promise<void> {
    return this.#journal.replace(lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
  }
}

function keyOf(digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return `blobs/${algorithm}/${encoded}`;
}

/** A connection that breaks ends the stream early; what it announced tells. */
async function* bodyOf({ headers, body }: S3Response, digest: Digest): ByteStream {
  const expected = Number(headers["content-length"]);
  let arrived = 0;
  for await (const chunk of body as ByteStream) {
    arrived += chunk.length;
    yield chunk;
  }
  if (arrived === expected) return;
  const message = `Reading blob "${digest}" from S3: ${arrived} bytes, expected ${expected}`;
  throw new TeuError<RegistryServerErrorCode>("ERR_REGISTRY_STORAGE", message);
}
