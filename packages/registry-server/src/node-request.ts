/**
 * Requests of Node, as the registry sees them.
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { ByteStream } from "@teu/content/store";
import { bodyChunks } from "./internal/body-chunks.ts";
import type { ClientCertificate, RegistryRequest } from "./exchange.ts";

/** A request of either version of HTTP. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** A response of either version of HTTP. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** A request of Node as the registry sees it. What few requests need is made when it is asked for. */
export class ShownRequest implements RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly client: string | undefined;
  actor: string | undefined = undefined;
  readonly #node: NodeRequest;
  readonly #response: NodeResponse;
  #query: URLSearchParams | undefined;
  #gone: AbortSignal | undefined;

  constructor(node: NodeRequest, response: NodeResponse) {
    const target = node.url ?? "/";
    const mark = target.indexOf("?");
    this.method = node.method ?? "GET";
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.client = node.socket?.remoteAddress;
    this.#node = node;
    this.#response = response;
  }

  get query(): URLSearchParams {
    const target = this.#node.url ?? "/";
    return (this.#query ??= new URLSearchParams(target.slice(this.path.length + 1)));
  }

  header(name: string): string | undefined {
    const { headers } = this.#node;
    // HTTP/2 has another name for the host.
    const value = headers[name] ?? (name === "host" ? headers[":authority"] : undefined);
    return Array.isArray(value) ? value.join(", ") : value;
  }

  get body(): ByteStream {
    return { [Symbol.asyncIterator]: () => bodyChunks(this.#node)[Symbol.asyncIterator]() };
  }

  get signal(): AbortSignal {
    return (this.#gone ??= goneSignal(this.#response));
  }

  certificate(): ClientCertificate | undefined {
    return readCertificate(this.#node.socket);
  }
}

/** Only what the authority of clients has signed counts. */
function readCertificate(socket: NodeRequest["socket"]): ClientCertificate | undefined {
  if (!("authorized" in socket && socket.authorized)) return undefined;
  const { subject, subjectaltname = "" } = socket.getPeerCertificate();
  if (subject === undefined) return undefined;
  const common = [subject.CN].flat().map((name) => `CN:${name}`);
  // A name with a comma in it is quoted, and is none that rules could be meant for.
  const others = subjectaltname.includes('"') ? [] : subjectaltname.split(", ").filter((name) => name !== "");
  return { names: [...common, ...others] };
}

function goneSignal(response: NodeResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) controller.abort(new Error("The client left before the answer was sent"));
  });
  return controller.signal;
}
