/**
 * Signatures of requests to S3, version 4: in a header, and in addresses that hold for a while.
 * @see {@link https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html}
 * @module
 */
import { createHash, createHmac } from "node:crypto";

/** What a request is signed with. */
export interface S3Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Goes with keys that hold for a while only. */
  readonly sessionToken?: string | undefined;
}

/** A request as far as its signature goes. */
export interface Signable {
  readonly method: string;
  readonly url: URL;
  /** By name in lower case. `host` is added. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Who signs, where and when. */
export interface Signing {
  readonly credentials: S3Credentials;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** Stands for the digest of a body that is not part of the signature. */
export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

/** The headers of a request with those that sign it. `payload` is the digest of its body in hex, or {@link UNSIGNED_PAYLOAD}. */
export function signHeaders(request: Signable, payload: string, signing: Signing): Record<string, string> {
  const { credentials, now } = signing;
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.url.host,
    "x-amz-content-sha256": payload,
    "x-amz-date": formatTime(now),
    ...(credentials.sessionToken === undefined ? {} : { "x-amz-security-token": credentials.sessionToken }),
  };
  const names = Object.keys(headers).toSorted();
  const signature = sign({ ...request, headers }, payload, { ...signing, names });
  const credential = `${credentials.accessKey}/${scopeOf(signing)}`;
  headers["authorization"] =
    `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return headers;
}

/** An address that whoever has it can GET for `seconds`. */
export function presign(url: URL, seconds: number, signing: Signing): URL {
  const { credentials, now } = signing;
  const signed = new URL(url);
  const { searchParams: query } = signed;
  query.set("X-Amz-Algorithm", ALGORITHM);
  query.set("X-Amz-Credential", `${credentials.accessKey}/${scopeOf(signing)}`);
  query.set("X-Amz-Date", formatTime(now));
  query.set("X-Amz-Expires", String(seconds));
  query.set("X-Amz-SignedHeaders", "host");
  if (credentials.sessionToken !== undefined) query.set("X-Amz-Security-Token", credentials.sessionToken);
  const request = { method: "GET", url: signed, headers: { host: signed.host } };
  query.set("X-Amz-Signature", sign(request, UNSIGNED_PAYLOAD, { ...signing, names: ["host"] }));
  return signed;
}

function sign(
  { method, url, headers }: Signable,
  payload: string,
  signing: Signing & { readonly names: readonly string[] },
): string {
  const { credentials, region, now, names } = signing;
  const lines = names.map((name) => `${name}:${(headers[name] ?? "").trim().replaceAll(/ +/g, " ")}\n`);
  const canonical = [method, url.pathname, canonicalQuery(url), lines.join(""), names.join(";"), payload].join("\n");
  const text = [ALGORITHM, formatTime(now), scopeOf(signing), sha256(canonical)].join("\n");
  const steps = [formatTime(now).slice(0, 8), region, "s3", "aws4_request"];
  const key = steps.reduce<string | Buffer>((last, step) => hmac(last, step), `AWS4${credentials.secretKey}`);
  return hmac(key, text).toString("hex");
}

function canonicalQuery({ searchParams }: URL): string {
  return Array.from(searchParams, ([name, value]) => [encodeName(name), encodeName(value)] as const)
    .toSorted(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map((pair) => pair.join("="))
    .join("&");
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Escapes all but letters, digits and `-._~`. */
export function encodeName(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function scopeOf({ region, now }: Signing): string {
  return `${formatTime(now).slice(0, 8)}/${region}/s3/aws4_request`;
}

/** A time as `20260131T235959Z`. */
function formatTime(now: number): string {
  return new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
