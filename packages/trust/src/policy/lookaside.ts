/**
 * Signatures that `registries.d` keeps apart from a registry: in a folder, or on a server of files.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/signature-protocols.md}
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Digest, splitDigest } from "@teu/spec/digest";
import type { Reference } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import type { Found, Unread } from "../find/gather.ts";
import { lookasideFolder, readLookaside } from "../find/lookaside.ts";
import { readSignatureFile } from "../find/signature-file.ts";

/** Fetches one signature; nothing if there is none. */
export type FetchSignature = (url: string, signal: AbortSignal | undefined) => Promise<Uint8Array | undefined>;

/** What to look for. */
export interface LookasideOptions {
  readonly digest: Digest;
  readonly fetchSignature: FetchSignature | undefined;
  readonly signal: AbortSignal | undefined;
}

const MAX_SIGNATURES = 128;

/**
 * Lists the signatures of an image below `base`.
 * @throws TeuError `ERR_TRUST_INVALID` if the URL is of no kind that can be read.
 */
export async function* gatherLookaside(
  base: string,
  name: Reference,
  options: LookasideOptions,
): AsyncGenerator<Found | Unread, void, undefined> {
  for await (const bytes of read(base, name, options)) yield readSignatureFile(bytes);
}

async function* read(
  base: string,
  name: Reference,
  { digest, fetchSignature, signal }: LookasideOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const url = URL.parse(base);
  if (url?.protocol === "file:") {
    yield* readLookaside(lookasideFolder(fileURLToPath(url), name, digest));
    return;
  }
  if (url === null || !/^https?:$/.test(url.protocol) || fetchSignature === undefined)
    throw new TeuError<TrustErrorCode>("ERR_TRUST_INVALID", `Reading signatures at "${base}": expected a file: URL`);
  const { algorithm, encoded } = splitDigest(digest);
  for (let number = 1; number <= MAX_SIGNATURES; number += 1) {
    const at = `${base.replace(/\/+$/, "")}/${name.path}@${algorithm}=${encoded}/signature-${number}`;
    const bytes = await fetchSignature(at, signal);
    if (bytes === undefined) return;
    yield bytes;
  }
}
