/**
 * What refers to a manifest. Every manifest with a subject counts from when it is pushed, so those that older clients also
 * listed under a referrers tag are here already.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import { FILTER_ARTIFACT_TYPE, OCI_FILTERS_APPLIED } from "@teu/spec/distribution/headers";
import { parsePagination, parseReferrersFilter } from "@teu/spec/distribution/query";
import { MAX_INDEX_BYTES } from "@teu/spec/image/index-document";
import { OCI_INDEX } from "@teu/spec/media-types";
import { answerJson } from "../answers.ts";
import type { Referrer } from "../metadata/metadata.ts";
import type { Call, Result } from "./call.ts";
import { cutPage } from "./lists.ts";

/** Most entries of a page. */
const MAX_ENTRIES = 1000;
/** An index that clients read is no longer; the rest of a page is for what surrounds its entries. */
const MAX_ENTRY_BYTES = MAX_INDEX_BYTES - 1024;

/** GET of the referrers of `subject`, which need not be here. */
export async function listReferrers({ registry, request }: Call, repo: string, subject: Digest): Promise<Result> {
  const [page, filter] = [parsePagination(request.query), parseReferrersFilter(request.query)];
  if (page.kind === "invalid") return page;
  if (filter.kind === "invalid") return filter;
  const { artifactType } = filter;
  const most = Math.max(Math.min(page.n ?? MAX_ENTRIES, MAX_ENTRIES), 1);
  const found = await registry.metadata.referrers(repo, subject, { after: page.last, limit: most + 1, artifactType });
  const limit = Math.min(most, fitting(found));
  const more = artifactType === undefined ? "" : new URLSearchParams({ artifactType }).toString();
  const list = { path: `/v2/${repo}/referrers/${subject}`, nameOf: ({ digest }: Referrer) => digest, more };
  const { entries, headers } = cutPage(found, limit, list);
  return answerJson(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries.map(toDescriptor) }), {
    ...headers,
    "Content-Type": OCI_INDEX,
    ...(artifactType === undefined ? {} : { [OCI_FILTERS_APPLIED]: FILTER_ARTIFACT_TYPE }),
  });
}

/** How many entries fit one index; one at least. */
function fitting(referrers: readonly Referrer[]): number {
  let bytes = 0;
  const passing = referrers.findIndex((referrer) => {
    bytes += Buffer.byteLength(JSON.stringify(toDescriptor(referrer))) + 1;
    return bytes > MAX_ENTRY_BYTES;
  });
  return passing === -1 ? referrers.length : Math.max(passing, 1);
}

function toDescriptor({ mediaType, digest, size, artifactType, annotations }: Referrer): object {
  return { mediaType, digest, size, annotations, artifactType };
}
