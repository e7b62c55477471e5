/**
 * A request on its way out: its head, and its body as bytes, as a stream, or from a file.
 * @module
 */
import type { ByteSource } from "@teu/std/streams";
import type { Connection, Patience } from "./connection.ts";
import type { HttpRequest } from "./exchange.ts";
import { FilePart } from "./file-part.ts";
import { proxyAuthorization } from "./proxy.ts";
import { formatHead, frameChunk, LAST_CHUNK } from "./request-head.ts";
import type { Way } from "./way.ts";

/** How to send. */
interface Sending {
  /** With an other side that takes nothing. */
  readonly patience: Patience;
  /** Whether the answer is there, which makes the rest of a stream useless. */
  readonly isAnswered: () => boolean;
}

/** A request that is sent. */
export class Outgoing {
  readonly #request: HttpRequest;
  readonly #way: Way;
  #failure: { readonly error: unknown } | undefined;

  constructor(request: HttpRequest, way: Way) {
    this.#request = request;
    this.#way = way;
  }

  /** What the body failed with, where it did. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Sends head and body. Throws what the body fails with. */
  async send(connection: Connection, sending: Sending): Promise<void> {
    const { body } = this.#request;
    const { patience } = sending;
    const head = Buffer.from(this.#head(), "latin1");
    if (body instanceof Uint8Array) {
      connection.socket.cork();
      connection.socket.write(head);
      process.nextTick(() => connection.socket.uncork());
      return await connection.write(body, patience);
    }
    await connection.write(head, patience);
    if (body instanceof FilePart && connection.sendsFiles) await this.#sendFile(connection, body, patience);
    else if (body !== undefined) await this.#sendStream(connection, body, sending);
  }

  async #sendFile(connection: Connection, body: FilePart, patience: Patience): Promise<void> {
    try {
      await connection.sendFile(body, patience);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  async #sendStream(connection: Connection, body: ByteSource, { patience, isAnswered }: Sending): Promise<void> {
    const inChunks = this.#request.bodyBytes === undefined;
    // The next chunk is fetched while this one goes out.
    let going = Promise.resolve();
    for await (const chunk of this.#watched(body)) {
      await going;
      // An answer that has come is read before a write may find the connection closed, and lose it.
      await new Promise((resolve) => setImmediate(resolve));
      if (isAnswered() || connection.socket.destroyed) return;
      if (chunk.length > 0) going = connection.write(inChunks ? frameChunk(chunk) : chunk, patience);
    }
    await going;
    if (inChunks) await connection.write(LAST_CHUNK, patience);
  }

  async *#watched(body: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* body;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  #head(): string {
    const { method, url, headers, body, bodyBytes } = this.#request;
    const length = body instanceof Uint8Array ? body.length : bodyBytes;
    const authorization = this.#way.isDirect ? undefined : proxyAuthorization(this.#way.proxy);
    return formatHead(method, this.#way.isDirect ? url.pathname + url.search : url.href, {
      host: url.host,
      ...headers,
      ...(length === undefined ? {} : { "content-length": `${length}` }),
      ...(length === undefined && body !== undefined ? { "transfer-encoding": "chunked" } : {}),
      ...(authorization === undefined ? {} : { "proxy-authorization": authorization }),
    });
  }
}
