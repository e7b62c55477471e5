/**
 * A registry in memory for tests, and how tests talk to it.
 * @module
 */
import { digestBytes } from "@teu/content/hash";
import type { Digest } from "@teu/spec/digest";
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from "@teu/spec/media-types";
import type { Authority } from "../access.ts";
import { createHandler } from "../handler.ts";
import { openSqlite } from "../metadata/sqlite.ts";
import { Registry, type RegistrySettings } from "../registry.ts";
import { memoryDriver } from "../storage/memory-driver.ts";

/** What a test sends. */
export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What comes back. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** The codes of the errors in the body. */
  readonly codes: readonly string[];
}

/** Sends a request, as `GET /v2/` with a body and headers. */
export type Ask = (request: string, asked?: Asked) => Promise<Answered>;

/** A registry under test. */
export interface Fixture extends AsyncDisposable {
  readonly registry: Registry;
  readonly ask: Ask;
  /** The time of the registry, in milliseconds; to be set. */
  readonly clock: { now: number };
  /** Errors that nobody foresaw. */
  readonly errors: unknown[];
}

/** Makes a registry. */
export function memoryRegistry(
  options: {
    readonly settings?: Partial<RegistrySettings>;
    readonly authority?: Authority;
    readonly web?: boolean;
  } = {},
): Fixture {
  const storage = memoryDriver();
  const clock = { now: Date.UTC(2026, 0, 1) };
  const registry = new Registry({
    storage,
    metadata: openSqlite({ path: ":memory:", journal: storage, noteDelayMs: 5 }),
    settings: options.settings ?? {},
    now: () => clock.now,
  });
  const errors: unknown[] = [];
  const { authority } = options;
  const handler = createHandler({
    registry,
    web: options.web ?? false,
    onError: (error) => void errors.push(error),
    ...(authority === undefined ? {} : { authority }),
  });
  return {
    registry,
    clock,
    errors,
    ask: askHandler(handler),
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  };
}

/** Talks to a handler. */
export function askHandler(handler: (request: Request) => Promise<Response>): Ask {
  return async (request, { headers = {}, body } = {}) => {
    const [method = "GET", path = "/"] = request.split(" ");
    const length =
      body === undefined || "content-length" in headers ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const init = {
      method,
      headers: { ...length, ...headers },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    };
    return read(await handler(new Request(`http://registry.test${path}`, init)));
  };
}

async function read(response: Response): Promise<Answered> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const isError = response.status >= 400 && text.startsWith('{"errors"');
  const codes = isError ? (JSON.parse(text) as { errors: { code: string }[] }).errors.map(({ code }) => code) : [];
  return { status: response.status, headers: response.headers, bytes, text, codes };
}

/** Pushes a blob at once and returns its digest. */
export async function pushBlob(ask: Ask, repo: string, content: string | Uint8Array): Promise<Digest> {
  const digest = digestBytes(Buffer.from(content));
  const { status, text } = await ask(`POST /v2/${repo}/blobs/uploads/?digest=${digest}`, { body: content });
  if (status !== 201) throw new Error(`pushing a blob: ${status} ${text}`);
  return digest;
}

/** An image manifest of a config and a layer. */
export function manifestOf(config: string, layer: string, more: object = {}): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: digestBytes(Buffer.from(config)), size: config.length },
    layers: [{ mediaType: OCI_LAYER, digest: digestBytes(Buffer.from(layer)), size: layer.length }],
    ...more,
  });
}

/** Pushes an image of a config and a layer under a tag, and returns the digest of its manifest. */
export async function pushImage(
  ask: Ask,
  repo: string,
  { tag = "latest", seed = "", more = {} }: { tag?: string; seed?: string; more?: object } = {},
): Promise<Digest> {
  const [config, layer] = [`{"seed":"${seed}"}`, `layer ${seed}`];
  await pushBlob(ask, repo, config);
  await pushBlob(ask, repo, layer);
  const body = manifestOf(config, layer, more);
  const { status, text } = await pushManifest(ask, `${repo}/manifests/${tag}`, body);
  if (status !== 201) throw new Error(`pushing a manifest: ${status} ${text}`);
  return digestBytes(Buffer.from(body));
}

/** PUT of a manifest to `path` below `/v2/`. */
export function pushManifest(ask: Ask, path: string, body: string, type: string = OCI_MANIFEST): Promise<Answered> {
  return ask(`PUT /v2/${path}`, { body, headers: { "content-type": type } });
}
