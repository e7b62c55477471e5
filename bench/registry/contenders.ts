/**
 * Registries to measure, and the content that is put into each of them.
 * @module
 */
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Keys } from "./tls-keys.ts";

/** A registry that runs until this process ends. */
export interface RunningRegistry {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly pid: number;
  /** What it speaks TLS with; nothing if it does not. */
  readonly keys?: Keys | undefined;
  /** What clients have to show. */
  readonly authorization?: string | undefined;
}

/** The repository that everything is in. */
export const REPOSITORY = "bench/app";

/** Ends a program when this process ends. */
export function endWithUs(child: ChildProcess): void {
  child.unref();
  process.once("exit", () => child.kill());
}

/** Waits until a registry answers. */
export async function answering(registry: RunningRegistry): Promise<void> {
  let cause: unknown;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      return void (await ask(registry, "GET", "/v2/"));
    } catch (error) {
      cause = error;
      await sleep(100);
    }
  }
  throw new Error(`${registry.url}: no answer`, { cause });
}

/** An answer, whole. */
export interface Asked {
  readonly status: number;
  readonly location: string;
  readonly text: string;
}

/** Sends one request. */
export async function ask(
  { url, keys, authorization }: RunningRegistry,
  method: string,
  path: string,
  { body, type }: { readonly body?: Uint8Array | string; readonly type?: string } = {},
): Promise<Asked> {
  const headers = {
    ...(authorization === undefined ? {} : { authorization }),
    ...(type === undefined ? {} : { "content-type": type }),
    "content-length": Buffer.byteLength(body ?? ""),
  };
  const target = new URL(path, url);
  const request =
    keys === undefined
      ? requestPlain(target, { method, headers })
      : requestTls(target, { method, headers, ca: keys.pem });
  request.end(body);
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  const { statusCode: status = 0, headers: received } = answer;
  return { status, location: received.location ?? "", text: await readText(answer) };
}

/** The digests of what {@link fill} pushes. */
export interface Filled {
  readonly manifest: string;
  readonly blobs: Readonly<Record<"10 KB" | "1 MB" | "100 MB", string>>;
}

/** Pushes three blobs and a manifest tagged `latest`, the same to every registry. */
export async function fill(registry: RunningRegistry): Promise<Filled> {
  const blobs = {
    "10 KB": await pushBlob(registry, 10_000),
    "1 MB": await pushBlob(registry, 1_000_000),
    "100 MB": await pushBlob(registry, 100_000_000),
  };
  const type = "application/vnd.oci.image.manifest.v1+json";
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: blobs["10 KB"], size: 10_000 },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: blobs["1 MB"], size: 1_000_000 }],
  });
  expectCreated(await ask(registry, "PUT", `/v2/${REPOSITORY}/manifests/latest`, { body, type }));
  return { manifest: digestOf(Buffer.from(body)), blobs };
}

async function pushBlob(registry: RunningRegistry, size: number): Promise<string> {
  const body = Buffer.alloc(size, createHash("sha512").update(String(size)).digest());
  const { location } = await ask(registry, "POST", `/v2/${REPOSITORY}/blobs/uploads/`);
  const target = new URL(location, registry.url);
  target.searchParams.set("digest", digestOf(body));
  expectCreated(await ask(registry, "PUT", `${target.pathname}${target.search}`, { body }));
  return digestOf(body);
}

function expectCreated({ status, text }: Asked): void {
  if (status !== 201) throw new Error(`filling a registry: status ${status}, expected 201: ${text}`);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
