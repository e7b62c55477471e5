/**
 * Referrers as the registry lists them.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers}
 * @module
 */
import { parseLinks } from "@teu/content/links";
import { MAX_DOCUMENT_BYTES } from "@teu/content/verified-read";
import type { ReferrerOptions } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { OCI_INDEX } from "@teu/spec/media-types";
import { type Context, pathOf, pullScopes, readAnswer } from "./context.ts";
import { type Page, readPages } from "./pages.ts";
import { isStatus } from "./status-error.ts";

/** Lists referrers. What it returns in the end is whether the registry can list them at all. */
export async function* listReferrersByApi(
  context: Context,
  subject: Digest,
  { artifactType, signal }: ReferrerOptions,
): AsyncGenerator<Descriptor, boolean, undefined> {
  const path = pathOf(context, "referrers", subject);
  const filter = artifactType === undefined ? "" : `artifactType=${encodeURIComponent(artifactType)}`;
  const listing = {
    path: filter === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${filter}`,
    scopes: pullScopes(context),
    maxPageBytes: MAX_DOCUMENT_BYTES,
    accept: OCI_INDEX,
    expect: [200, 404],
    signal,
  };
  try {
    for await (const page of readPages(context.transport, listing)) {
      if (page.answer.status === 404 || !isIndexAnswer(page)) return false;
      // Registries need not filter.
      for (const each of readPage(page, subject)) {
        if (artifactType === undefined || each.artifactType === artifactType) yield each;
      }
    }
    return true;
  } catch (error) {
    // Registries without the list answer so in many ways.
    if (isStatus(error, 405, 400, 501)) return false;
    throw error;
  }
}

/** A page of something else, as front ends of some registries send it for every unknown path. */
function isIndexAnswer({ answer }: Page): boolean {
  const type = (answer.headers.get("content-type") ?? "").split(";", 1)[0]?.trim();
  return type === OCI_INDEX || type === "application/json";
}

function readPage({ answer, bytes }: Page, digest: Digest): readonly Descriptor[] {
  const index = { mediaType: OCI_INDEX, digest, size: bytes.length };
  return readAnswer("GET", answer, () => parseLinks(bytes, index)).children;
}
