/**
 * A registry in memory over HTTP on the loopback interface, for tests. It does what the specification asks for and no more,
 * says what it was asked, can lack abilities that real registries lack, and does wrong by script; see `faults.ts`.
 *
 *     await using registry = await startFakeRegistry();
 *     registry.faults.push({ method: "GET", times: 2, fault: { kind: "status", status: 503 } });
 * @module
 */
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { parseRoute } from "@teu/spec/distribution/routes";
import { type FakeAuth, checkAuth, tokenReply } from "./fake-auth.ts";
import { FakeContent } from "./fake-content.ts";
import { manifestReply, uploadReply } from "./fake-writes.ts";
import { blobReply, catalogReply, manifestRead, referrersReply, tagsReply } from "./fake-reads.ts";
import { type Fault, type FaultRule, takeFault } from "./faults.ts";
import { type FakeRequest, type Reply, failure, sendReply } from "./reply.ts";

/** What the registry can and wants. */
export interface FakeOptions {
  /** Default: anybody may do anything. */
  readonly auth?: FakeAuth;
  /** Default: true. */
  readonly referrersApi?: boolean;
  /** Whether manifests and blobs can be deleted. Default: true. */
  readonly deletes?: boolean;
  /** Whether tags can be. Default: that of `deletes`. */
  readonly deletesTags?: boolean;
  /** The value of `OCI-Chunk-Min-Length`. Default: none is sent. */
  readonly chunkMinBytes?: number;
  /** True to mount blobs of any repository without being told which. Default: false. */
  readonly mountsAnywhere?: boolean;
  /** True to take the draft's `tag` parameters. Default: false. */
  readonly multiTag?: boolean;
  /** Entries of one page of tags and of the catalog. Default: 100. */
  readonly pageSize?: number;
  /** True to let uploads go on at another host: that of another name of this machine. Default: false. */
  readonly uploadHost?: string;
  /** Warnings of every answer. */
  readonly warnings?: readonly string[];
  /** True to keep nothing of a chunk that breaks off. Default: false. */
  readonly dropsBrokenChunks?: boolean;
}

/** A request that was received. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Bytes of the body that arrived. */
  bodyBytes: number;
}

/** Starts a registry on a free port. */
export async function startFakeRegistry(options: FakeOptions = {}): Promise<FakeRegistry> {
  const registry = new FakeRegistry(options);
  await registry.listen();
  return registry;
}

/** The registry; it ends when disposed of. */
export class FakeRegistry implements AsyncDisposable {
  readonly options: FakeOptions;
  readonly content: FakeContent = new FakeContent();
  /** What was asked, in order. */
  readonly requests: RecordedRequest[] = [];
  /** What to do wrong. The first rule that fits a request is used up by it. */
  readonly faults: FaultRule[] = [];
  readonly #server: http.Server;

  constructor(options: FakeOptions) {
    this.options = options;
    this.#server = http.createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = 0;
  }

  /** Such as `127.0.0.1:40123`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): URL {
    return new URL(`http://${this.host}`);
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  /** Requests of a method whose path holds `part`. */
  count(method: string, part = ""): number {
    return this.requests.filter((request) => request.method === method && request.path.includes(part)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const recorded = record(request);
    this.requests.push(recorded);
    const url = new URL(request.url ?? "/", this.url);
    const fault = takeFault(this.faults, recorded.method, url.pathname + url.search);
    if (fault?.kind === "drop") return void response.destroy();
    if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const reply = scripted(fault) ?? (await this.#reply({ message: request, url, recorded, fault }));
    if (response.destroyed || reply === undefined) return void response.destroy();
    // What was not read of a body goes with the connection.
    if (!request.complete) response.shouldKeepAlive = false;
    await sendReply(response, recorded.method, this.#withWarnings(reply), fault);
  }

  async #reply(request: FakeRequest): Promise<Reply | undefined> {
    const { url } = request;
    const { auth } = this.options;
    if (auth !== undefined && url.pathname === "/token") return await tokenReply(auth, request);
    // An address at another host lets in who was given it, as signed ones do.
    const isElsewhere = request.message.headers.host !== this.host;
    const refusal = auth === undefined || isElsewhere ? undefined : checkAuth(auth, request, this.url);
    return refusal ?? (await this.#answer(request));
  }

  async #answer(request: FakeRequest): Promise<Reply | undefined> {
    const { url, recorded } = request;
    const route = parseRoute(url.pathname);
    switch (route.kind) {
      case "base":
        return { status: 200, headers: { "content-type": "application/json" }, body: "{}" };
      case "catalog":
        return catalogReply(this, url);
      case "tags":
        return tagsReply(this, route.name, url);
      case "referrers":
        return referrersReply(this, route.name, route.digest, url);
      case "blob":
        return blobReply(this, route, recorded);
      case "uploads":
      case "upload":
        return await uploadReply(this, route, request);
      case "manifest":
      case "tag":
        return recorded.method === "PUT"
          ? await manifestReply(this, route, request)
          : manifestRead(this, route, recorded.method);
      case "invalid":
        return failure(route.status, route.code);
      default:
        return failure(404, "UNSUPPORTED");
    }
  }

  #withWarnings(reply: Reply): Reply {
    const { warnings = [] } = this.options;
    if (warnings.length === 0) return reply;
    return { ...reply, headers: { ...reply.headers, warning: warnings.map((text) => `299 - "${text}"`) } };
  }
}

function record(request: http.IncomingMessage): RecordedRequest {
  return { method: request.method ?? "", path: request.url ?? "", headers: request.headers, bodyBytes: 0 };
}

function scripted(fault: Fault | undefined): Reply | undefined {
  if (fault?.kind === "status") return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? "" };
  if (fault?.kind !== "redirect") return undefined;
  return { status: fault.status ?? 307, headers: { location: fault.to }, body: "" };
}
