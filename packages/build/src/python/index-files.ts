/**
 * Files of indexes: over HTTP, or from a folder of this machine where the configuration of pip has a `file:` address.
 * @module
 */
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { TeuError, isTeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import type { HttpClient, HttpGetOptions } from "../npm/http.ts";

/** Opens what is at the first of some addresses that has it; a folder stands for its page. @throws TeuError `ERR_PACKAGE_FETCH` of the last one. */
export async function openIndexFile(
  urls: readonly string[],
  what: string,
  { client, ...options }: HttpGetOptions & { readonly client: HttpClient },
): Promise<AsyncIterable<Uint8Array>> {
  for (const [at, url] of urls.entries()) {
    try {
      return await (url.startsWith("file:") ? fromDisk(url, what) : client.get(url, what, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (at === urls.length - 1 || !isTeuError(error, "ERR_PACKAGE_FETCH")) throw error;
    }
  }
  throw new TeuError<BuildErrorCode>("ERR_PACKAGE_FETCH", `Fetching ${what}: nothing says where it is`);
}

async function fromDisk(url: string, what: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    const file = await open(fileURLToPath(url.endsWith("/") ? `${url}index.html` : url));
    return file.createReadStream();
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new TeuError<BuildErrorCode>("ERR_PACKAGE_FETCH", `Fetching ${what}: ${url}: ${reason}, expected a file`, {
      cause,
    });
  }
}
