/**
 * The answers of a fake registry that change nothing, and deletions.
 * @module
 */
import { parseLinks } from "@teu/content/links";
import { digestBytes } from "@teu/content/hash";
import type { Digest } from "@teu/spec/digest";
import { formatContentRange, parseRange, resolveRanges } from "@teu/spec/distribution/range";
import { parsePagination, parseReferrersFilter } from "@teu/spec/distribution/query";
import { OCI_INDEX } from "@teu/spec/media-types";
import type { FakeRegistry, RecordedRequest } from "./fake-registry.ts";
import type { FakeManifest, FakeRepository } from "./fake-content.ts";
import { type Reply, failure } from "./reply.ts";

const DEFAULT_PAGE_SIZE = 100;

/** GET, HEAD and DELETE of a blob. */
export function blobReply(
  registry: FakeRegistry,
  route: { readonly name: string; readonly digest: Digest },
  { method, headers }: RecordedRequest,
): Reply {
  const blobs = registry.content.repositories.get(route.name)?.blobs;
  const bytes = blobs?.get(route.digest);
  if (method === "DELETE" && registry.options.deletes === false) return failure(405, "UNSUPPORTED");
  if (bytes === undefined) return failure(404, "BLOB_UNKNOWN");
  if (method === "DELETE") {
    blobs?.delete(route.digest);
    return { status: 202, headers: {}, body: "" };
  }
  const common = { "docker-content-digest": route.digest, "content-type": "application/octet-stream" };
  const specs = headers.range === undefined ? undefined : parseRange(headers.range);
  const ranges = specs === undefined ? "whole" : resolveRanges(specs, bytes.length);
  if (ranges === "whole") {
    return { status: 200, headers: common, body: bytes };
  }
  const [range] = ranges;
  if (range === undefined) return failure(416, "RANGE_INVALID");
  return {
    status: 206,
    headers: { ...common, "content-range": formatContentRange({ range, size: bytes.length }) },
    body: bytes.subarray(range.first, range.last + 1),
  };
}

/** GET, HEAD and DELETE of a manifest. */
export function manifestRead(
  registry: FakeRegistry,
  route: { readonly name: string; readonly digest?: Digest; readonly tag?: string },
  method: string,
): Reply {
  const repository = registry.content.repositories.get(route.name);
  const digest = route.digest ?? repository?.tags.get(route.tag ?? "");
  const manifest = repository?.manifests.get(digest ?? "");
  if (method === "DELETE") return deleteManifest(registry, repository, route, manifest);
  if (manifest === undefined || digest === undefined) return failure(404, "MANIFEST_UNKNOWN");
  const headers = {
    "content-type": manifest.mediaType,
    "docker-content-digest": digest,
    etag: `"${digest}"`,
  };
  return { status: 200, headers, body: manifest.bytes };
}

function deleteManifest(
  { options: { deletes = true, deletesTags = deletes } }: FakeRegistry,
  repository: FakeRepository | undefined,
  route: { readonly digest?: Digest; readonly tag?: string },
  manifest: FakeManifest | undefined,
): Reply {
  if (!(route.tag === undefined ? deletes : deletesTags)) return failure(405, "UNSUPPORTED");
  if (manifest === undefined || repository === undefined) return failure(404, "MANIFEST_UNKNOWN");
  if (route.tag !== undefined) repository.tags.delete(route.tag);
  else {
    repository.manifests.delete(route.digest ?? "");
    for (const [tag, digest] of repository.tags) if (digest === route.digest) repository.tags.delete(tag);
  }
  return { status: 202, headers: {}, body: "" };
}

/** A page of tags. */
export function tagsReply(registry: FakeRegistry, name: string, url: URL): Reply {
  const repository = registry.content.repositories.get(name);
  if (repository === undefined) return failure(404, "NAME_UNKNOWN");
  return page(registry, url, [...repository.tags.keys()], (tags) => ({ name, tags }));
}

/** A page of repositories. */
export function catalogReply(registry: FakeRegistry, url: URL): Reply {
  return page(registry, url, [...registry.content.repositories.keys()], (repositories) => ({ repositories }));
}

function page(
  registry: FakeRegistry,
  url: URL,
  names: readonly string[],
  body: (page: readonly string[]) => object,
): Reply {
  const asked = parsePagination(url.searchParams);
  if (asked.kind === "invalid") return failure(asked.status, asked.code);
  const { pageSize = DEFAULT_PAGE_SIZE } = registry.options;
  const rest = names.toSorted().filter((name) => name > (asked.last ?? ""));
  const shown = rest.slice(0, Math.min(asked.n ?? pageSize, pageSize));
  const last = encodeURIComponent(shown.at(-1) ?? "");
  const link =
    shown.length < rest.length ? { link: `<${url.pathname}?n=${shown.length}&last=${last}>; rel="next"` } : {};
  return { status: 200, headers: { "content-type": "application/json", ...link }, body: JSON.stringify(body(shown)) };
}

/** What refers to a digest. */
export function referrersReply(registry: FakeRegistry, name: string, subject: Digest, url: URL): Reply {
  if (registry.options.referrersApi === false) return failure(404, "UNSUPPORTED");
  const filter = parseReferrersFilter(url.searchParams);
  if (filter.kind === "invalid") return failure(filter.status, filter.code);
  const manifests = registry.content.repositories.get(name)?.manifests ?? new Map<string, FakeManifest>();
  const all = [...manifests.values()].flatMap((manifest) => referrerOf(manifest, subject));
  const wanted = all.filter(({ artifactType }) => (filter.artifactType ?? artifactType) === artifactType);
  return {
    status: 200,
    headers: {
      "content-type": OCI_INDEX,
      ...(filter.artifactType === undefined ? {} : { "oci-filters-applied": "artifactType" }),
    },
    body: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: wanted }),
  };
}

function referrerOf({ bytes, mediaType }: FakeManifest, subject: Digest): { readonly artifactType?: string }[] {
  const digest = digestBytes(bytes);
  const links = parseLinks(bytes, { mediaType, digest, size: bytes.length });
  if (links.subject?.digest !== subject) return [];
  const { artifactType, annotations } = links;
  return [
    {
      mediaType,
      digest,
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    } as { readonly artifactType?: string },
  ];
}
