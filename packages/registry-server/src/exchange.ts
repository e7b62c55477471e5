/**
 * A request and its answer as the routes see them: plain data and streams, so that they need neither a socket nor the
 * web's classes. `handler.ts` and `serve.ts` turn others into these.
 * @module
 */
import type { ByteStream } from "@teu/content/store";

/** One request. */
export interface RegistryRequest {
  /** In upper case. */
  readonly method: string;
  /** What stands between the host and the query, as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The value of a header by its name in lower case; several lines are joined with commas. */
  header(name: string): string | undefined;
  readonly body: ByteStream;
  /** Fires when the client has gone. */
  readonly signal?: AbortSignal | undefined;
  /** The certificate that the client showed, if an authority that is trusted signed it. */
  certificate?(): ClientCertificate | undefined;
  /** Address of the client, for logs and limits. */
  readonly client?: string | undefined;
  /** Who sent it, for logs. Filled in when that is known. */
  actor?: string | undefined;
}

/** A certificate of a client. */
export interface ClientCertificate {
  /** Its names: `CN:…`, `DNS:…`, `URI:…`, `email:…`. */
  readonly names: readonly string[];
}

/** Bytes that are read as they are sent. */
export interface ContentBody {
  readonly stream: () => ByteStream;
  /** Where the same bytes are in a file, for who can send them from there. */
  readonly file?: FilePart | undefined;
}

/** Part of a file, from the byte `start` up to but without the byte `end`. */
export interface FilePart {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** One answer. */
export interface Answer {
  readonly status: number;
  /** By name; a list becomes a line each. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Missing for none; never sent in answer to HEAD. */
  readonly body?: string | Uint8Array | ContentBody;
}

/** Tells whether a body is a stream. */
export function isContentBody(body: Answer["body"]): body is ContentBody {
  return typeof body === "object" && "stream" in body;
}
