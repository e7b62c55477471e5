/**
 * Lists of objects, page by page.
 * @module
 */
import type { S3Client } from "./client.ts";
import { readElement, readElements } from "./xml.ts";

/** An object of a list. */
export interface ListedObject {
  /** Without the prefix of the client. */
  readonly key: string;
  readonly size: number;
}

/** Lists the objects whose names begin with `prefix`, in the order of their bytes. */
export async function* listObjects(client: S3Client, prefix: string): AsyncGenerator<ListedObject, void, undefined> {
  let token: string | undefined;
  do {
    const xml = await client.sendForText({
      method: "GET",
      key: "",
      query: {
        "list-type": "2",
        "encoding-type": "url",
        prefix: client.prefix + prefix,
        ...(token === undefined ? {} : { "continuation-token": token }),
      },
    });
    yield* readElements(xml, "Contents").map((entry) => ({
      key: decodeURIComponent((readElement(entry, "Key") ?? "").replaceAll("+", " ")).slice(client.prefix.length),
      size: Number(readElement(entry, "Size")),
    }));
    token = readElement(xml, "IsTruncated") === "true" ? readElement(xml, "NextContinuationToken") : undefined;
  } while (token !== undefined);
}
