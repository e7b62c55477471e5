/**
 * An S3 server in memory, as far as the storage driver needs one. It checks signatures as a server does, from what arrived.
 * @module
 */
import { createHash } from "node:crypto";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { UNSIGNED_PAYLOAD, presign, signHeaders } from "../storage/s3/signature.ts";
import { escapeXml, readElements } from "../storage/s3/xml.ts";

/** A server that runs, with one bucket. */
export interface FakeS3 extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  readonly credentials: () => { readonly accessKey: string; readonly secretKey: string };
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Requests so far, as `PUT key`. */
  readonly log: string[];
  /** Answers to give before anything is done: a status, or a broken connection for 0. */
  readonly faults: number[];
  /** False for a server that does not know conditional writes. */
  conditional: boolean;
}

const KEYS = { accessKey: "access", secretKey: "secret/key+1" };
const PAGE = 3;

interface State extends Omit<FakeS3, "objects" | "endpoint" | typeof Symbol.asyncDispose> {
  readonly objects: Map<string, Buffer>;
  readonly parts: Map<string, Map<number, Buffer>>;
}

interface Call {
  readonly key: string;
  readonly url: URL;
  readonly body: Buffer;
  readonly request: IncomingMessage;
}

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

/** Starts a server. */
export async function fakeS3(): Promise<FakeS3> {
  const state: State = {
    bucket: "bucket",
    credentials: () => KEYS,
    objects: new Map(),
    parts: new Map(),
    log: [],
    faults: [],
    conditional: true,
  };
  const server = createServer((request, response) => void exchange(state, request, response));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  });
}

async function exchange(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  // A client that is gone did not send all of it, and gets no answer.
  const body = await buffer(request).catch(() => undefined);
  if (body === undefined) return;
  const key = decodeURIComponent(url.pathname.slice(`/${state.bucket}/`.length));
  state.log.push(`${request.method} ${key}`);
  const fault = state.faults.shift();
  if (fault === 0) return void request.socket.destroy();
  const call = { key, url, body, request };
  const reply = fault === undefined ? (refuse(call) ?? answer(state, call)) : failure(fault, "SlowDown");
  response.writeHead(reply.status, reply.headers);
  response.end(request.method === "HEAD" ? undefined : reply.body);
}

function refuse({ url, body, request }: Call): Reply | undefined {
  const signing = { credentials: KEYS, region: "us-east-1" };
  const [date, payload] = [request.headers["x-amz-date"], request.headers["x-amz-content-sha256"]];
  if (url.searchParams.has("X-Amz-Signature")) {
    const plain = new URL(url.origin + url.pathname);
    const now = readTime(url.searchParams.get("X-Amz-Date"));
    const seconds = Number(url.searchParams.get("X-Amz-Expires"));
    const expected = presign(plain, seconds, { ...signing, now });
    const stands = expected.searchParams.get("X-Amz-Signature") === url.searchParams.get("X-Amz-Signature");
    return stands && Date.now() < now + seconds * 1000 ? undefined : failure(403, "SignatureDoesNotMatch");
  }
  const names = /SignedHeaders=([^,]*)/.exec(request.headers.authorization ?? "")?.[1]?.split(";") ?? [];
  const given = names.filter((name) => name !== "host" && !/^x-amz-(?:date|content-sha256)$/.test(name));
  const headers = Object.fromEntries(given.map((name) => [name, String(request.headers[name])]));
  const method = request.method ?? "";
  const signed = signHeaders({ method, url, headers }, String(payload), { ...signing, now: readTime(String(date)) });
  if (signed["authorization"] !== request.headers.authorization) return failure(403, "SignatureDoesNotMatch");
  const hash = createHash("sha256").update(body).digest("hex");
  return payload === hash || payload === UNSIGNED_PAYLOAD ? undefined : failure(400, "XAmzContentSHA256Mismatch");
}

function readTime(text: string | null): number {
  return Date.parse((text ?? "").replace(/(....)(..)(..T..)(..)(..Z)/, "$1-$2-$3:$4:$5"));
}

function answer(state: State, call: Call): Reply {
  switch (call.request.method) {
    case "PUT":
      return put(state, call);
    case "POST":
      return post(state, call);
    case "DELETE":
      if (call.url.searchParams.has("uploadId")) state.parts.delete(call.url.searchParams.get("uploadId") ?? "");
      else state.objects.delete(call.key);
      return { status: 204 };
    default:
      return call.key === "" ? list(state, call) : get(state, call);
  }
}

function get({ objects }: State, { key, request }: Call): Reply {
  const bytes = objects.get(key);
  if (bytes === undefined) return failure(404, "NoSuchKey");
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const part = first === undefined ? bytes : bytes.subarray(Number(first), Number(last) + 1);
  return { status: first === undefined ? 200 : 206, headers: { "content-length": String(part.length) }, body: part };
}

function list({ objects }: State, { url }: Call): Reply {
  const after = url.searchParams.get("continuation-token") ?? "";
  const found = Array.from(objects.keys())
    .filter((key) => key.startsWith(url.searchParams.get("prefix") ?? "") && key > after)
    .toSorted((a, b) => (a < b ? -1 : 1));
  const page = found.slice(0, PAGE);
  const contents = page.map(
    (key) => `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${objects.get(key)?.length ?? 0}</Size></Contents>`,
  );
  const more = found.length > PAGE;
  const next = more ? `<NextContinuationToken>${escapeXml(page.at(-1) ?? "")}</NextContinuationToken>` : "";
  return xml(`<ListBucketResult>${contents.join("")}<IsTruncated>${more}</IsTruncated>${next}</ListBucketResult>`);
}

function put(state: State, { key, url, body, request }: Call): Reply {
  if (request.headers["if-none-match"] !== undefined) {
    if (!state.conditional) return failure(501, "NotImplemented");
    if (state.objects.has(key)) return failure(412, "PreconditionFailed");
  }
  const source = request.headers["x-amz-copy-source"];
  const bytes =
    source === undefined ? body : state.objects.get(decodeURIComponent(String(source)).slice(state.bucket.length + 2));
  if (bytes === undefined) return failure(404, "NoSuchKey");
  const tag = `"${createHash("md5").update(bytes).digest("hex")}"`;
  const parts = state.parts.get(url.searchParams.get("uploadId") ?? "");
  if (parts === undefined) state.objects.set(key, bytes);
  else parts.set(Number(url.searchParams.get("partNumber")), bytes);
  return source === undefined
    ? { status: 200, headers: { etag: tag } }
    : xml(`<CopyResult><ETag>${escapeXml(tag)}</ETag></CopyResult>`);
}

const LEAST_PART_BYTES = 5 * 1024 * 1024;

function post(state: State, { key, url, body }: Call): Reply {
  if (url.searchParams.has("uploads")) {
    const id = crypto.randomUUID();
    state.parts.set(id, new Map());
    return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  }
  const parts = state.parts.get(url.searchParams.get("uploadId") ?? "");
  const numbers = readElements(body.toString(), "PartNumber").map(Number);
  const bytes = numbers.map((number) => parts?.get(number) ?? Buffer.alloc(0));
  // As servers do, a fault that is found late is told with status 200.
  if (bytes.slice(0, -1).some(({ length }) => length < LEAST_PART_BYTES))
    return xml("<Error><Code>EntityTooSmall</Code></Error>");
  state.objects.set(key, Buffer.concat(bytes));
  return xml("<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>");
}

function xml(body: string): Reply {
  return { status: 200, headers: { "content-type": "application/xml" }, body: `<?xml version="1.0"?>\n${body}` };
}

function failure(status: number, code: string): Reply {
  return { ...xml(`<Error><Code>${code}</Code></Error>`), status };
}
