/**
 * A registry in memory that keeps every clause, and breaks one when told to. It answers as `fetch` does.
 * @module
 */
import { formatProgress } from "@teu/spec/distribution/chunk-range";
import { OCI_INDEX } from "@teu/spec/media-types";
import type { Fetch } from "../registry/exchange.ts";
import { digestOf } from "../registry/samples.ts";

/** What one request asks. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** An answer that a defect may change. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array | string;
}

/** Changes an answer; what it returns replaces it. */
export type Defect = (asked: Asked, reply: Reply) => Partial<Reply> | undefined;

interface Repository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, Manifest>;
  readonly tags: Map<string, string>;
  readonly uploads: Map<string, Buffer>;
}

interface Manifest {
  readonly bytes: Buffer;
  readonly type: string;
}

const MAX_MANIFEST_BYTES = 8_000_000;
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Makes a registry that answers as `fetch` does. */
export function fakeRegistry(defect: Defect = () => undefined): Fetch {
  const registry = new FakeRegistry();
  return async (url, init) => {
    const asked: Asked = {
      method: init.method ?? "GET",
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: new Headers(init.headers),
      body: Buffer.from((init.body as Uint8Array | undefined) ?? []),
    };
    const right = registry.answer(asked);
    const { status, headers, body } = { ...right, ...defect(asked, right) };
    const isEmpty = asked.method === "HEAD" || status === 204;
    return new Response(isEmpty ? null : (body as Uint8Array<ArrayBuffer>), { status, headers });
  };
}

class FakeRegistry {
  readonly #repositories = new Map<string, Repository>();
  #uploads = 0;

  answer(asked: Asked): Reply {
    if (asked.path === "/v2/") return reply(200);
    const match = /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/(.*)$/.exec(asked.path);
    if (match === null) return refuse(404, "NAME_UNKNOWN");
    const [, name = "", kind = "", rest = ""] = match;
    if (!NAME.test(name)) return refuse(400, "NAME_INVALID");
    if (kind === "blobs/uploads") return this.#upload(asked, name, rest);
    const repository = this.#repositories.get(name);
    if (repository === undefined && asked.method !== "PUT") return refuse(404, "NAME_UNKNOWN");
    const found = repository ?? this.#repository(name);
    if (kind === "blobs") return answerBlob(asked, found, rest);
    if (kind === "manifests") return answerManifest(asked, found, { name, reference: rest });
    return kind === "tags" ? listTags(asked, found, name) : listReferrers(asked, found, rest);
  }

  #repository(name: string): Repository {
    const made = this.#repositories.get(name) ?? {
      blobs: new Map<string, Buffer>(),
      manifests: new Map<string, Manifest>(),
      tags: new Map<string, string>(),
      uploads: new Map<string, Buffer>(),
    };
    this.#repositories.set(name, made);
    return made;
  }

  #upload(asked: Asked, name: string, id: string): Reply {
    const repository = this.#repository(name);
    if (asked.method === "POST") return this.#open(asked, name, repository);
    const content = repository.uploads.get(id);
    if (content === undefined) return refuse(404, "BLOB_UPLOAD_UNKNOWN");
    const location = `/v2/${name}/blobs/uploads/${id}`;
    if (asked.method === "GET") return reply(204, { location, range: formatProgress(content.length) });
    if (asked.method === "DELETE") {
      repository.uploads.delete(id);
      return reply(204);
    }
    const start = Number((asked.headers.get("content-range") ?? `${content.length}-`).split("-")[0]);
    if (start !== content.length) return refuse(416, "BLOB_UPLOAD_INVALID");
    const all = Buffer.concat([content, asked.body]);
    repository.uploads.set(id, all);
    if (asked.method === "PATCH") return reply(202, { location, range: formatProgress(all.length) });
    const stored = store(repository, name, { bytes: all, digest: asked.query.get("digest") ?? "" });
    if (stored.status === 201) repository.uploads.delete(id);
    return stored;
  }

  #open(asked: Asked, name: string, repository: Repository): Reply {
    const digest = asked.query.get("digest");
    if (digest !== null) return store(repository, name, { bytes: asked.body, digest });
    const mount = asked.query.get("mount");
    const source = [...this.#repositories.values()].find(({ blobs }) => mount !== null && blobs.has(mount));
    const mounted = mount === null ? undefined : source?.blobs.get(mount);
    if (mount !== null && mounted !== undefined) return store(repository, name, { bytes: mounted, digest: mount });
    this.#uploads += 1;
    const id = `00000000-0000-4000-8000-${String(this.#uploads).padStart(12, "0")}`;
    repository.uploads.set(id, Buffer.alloc(0));
    return reply(202, { location: `/v2/${name}/blobs/uploads/${id}` });
  }
}

function reply(status: number, headers: Record<string, string> = {}, body: Uint8Array | string = ""): Reply {
  return { status, headers, body };
}

function refuse(status: number, code: string): Reply {
  const body = JSON.stringify({ errors: [{ code, message: "refused" }] });
  return reply(status, { "content-type": "application/json" }, body);
}

function algorithmOf(digest: string): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

function store(
  repository: Repository,
  name: string,
  { bytes, digest }: { readonly bytes: Buffer; readonly digest: string },
): Reply {
  if (!DIGEST.test(digest) || digestOf(bytes, algorithmOf(digest)) !== digest) return refuse(400, "DIGEST_INVALID");
  repository.blobs.set(digest, bytes);
  return reply(201, { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest });
}

function answerBlob(asked: Asked, repository: Repository, digest: string): Reply {
  const bytes = repository.blobs.get(digest);
  if (bytes === undefined) return refuse(404, "BLOB_UNKNOWN");
  if (asked.method === "DELETE") {
    repository.blobs.delete(digest);
    return reply(202);
  }
  const common = { "docker-content-digest": digest, "content-length": String(bytes.length) };
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(asked.headers.get("range") ?? "") ?? [];
  if (from === undefined || to === undefined) return reply(200, common, bytes);
  const start = from === "" ? bytes.length - Number(to) : Number(from);
  if (start >= bytes.length) return reply(416, { "content-range": `bytes */${bytes.length}` });
  const end = from === "" || to === "" ? bytes.length : Number(to) + 1;
  const range = {
    ...common,
    "content-length": String(end - start),
    "content-range": `bytes ${start}-${end - 1}/${bytes.length}`,
  };
  return reply(206, range, bytes.subarray(start, end));
}

interface ManifestName {
  readonly name: string;
  readonly reference: string;
}

function answerManifest(asked: Asked, repository: Repository, place: ManifestName): Reply {
  const { reference } = place;
  if (!DIGEST.test(reference) && !TAG.test(reference)) return refuse(400, "MANIFEST_INVALID");
  if (asked.method === "PUT") return putManifest(asked, repository, place);
  const digest = DIGEST.test(reference) ? reference : repository.tags.get(reference);
  const manifest = repository.manifests.get(digest ?? "");
  if (digest === undefined || manifest === undefined) return refuse(404, "MANIFEST_UNKNOWN");
  if (asked.method === "DELETE") {
    if (digest !== reference) repository.tags.delete(reference);
    else repository.manifests.delete(digest);
    return reply(202);
  }
  const { bytes, type } = manifest;
  return reply(
    200,
    { "content-type": type, "docker-content-digest": digest, "content-length": String(bytes.length) },
    bytes,
  );
}

function putManifest(asked: Asked, repository: Repository, { name, reference }: ManifestName): Reply {
  if (asked.body.length > MAX_MANIFEST_BYTES) return refuse(413, "SIZE_INVALID");
  const document = JSON.parse(asked.body.toString()) as ManifestDocument;
  const blobs = [document.config, ...(document.layers ?? [])].filter((each) => each !== undefined);
  if (blobs.some(({ digest }) => !repository.blobs.has(digest))) return refuse(404, "MANIFEST_BLOB_UNKNOWN");
  const digest = DIGEST.test(reference) ? reference : digestOf(asked.body);
  const type = (asked.headers.get("content-type") ?? "").split(";")[0] ?? "";
  repository.manifests.set(digest, { bytes: asked.body, type });
  const tags = asked.query.getAll("tag");
  for (const tag of DIGEST.test(reference) ? tags : [reference]) repository.tags.set(tag, digest);
  return reply(201, {
    location: `/v2/${name}/manifests/${reference}`,
    "docker-content-digest": digest,
    ...(document.subject === undefined ? {} : { "oci-subject": document.subject.digest }),
    ...(tags.length === 0 ? {} : { "oci-tag": tags.join(", ") }),
  });
}

interface ManifestDocument {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: { readonly digest: string; readonly mediaType: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly subject?: { readonly digest: string };
  readonly annotations?: Record<string, string>;
}

function listTags({ query }: Asked, repository: Repository, name: string): Reply {
  const all = [...repository.tags.keys()].sort((a, b) => compare(a.toLowerCase(), b.toLowerCase()) || compare(a, b));
  const last = query.get("last");
  const rest = last === null ? all : all.slice(all.indexOf(last) + 1);
  const n = query.get("n") === null ? rest.length : Number(query.get("n"));
  const tags = rest.slice(0, n);
  const next = `/v2/${name}/tags/list?n=${n}&last=${tags.at(-1)}`;
  const link = n > 0 && tags.length < rest.length ? { link: `<${next}>; rel="next"` } : {};
  return reply(200, { "content-type": "application/json", ...link }, JSON.stringify({ name, tags }));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function listReferrers({ query }: Asked, repository: Repository, digest: string): Reply {
  if (!DIGEST.test(digest)) return refuse(400, "DIGEST_INVALID");
  const wanted = query.get("artifactType");
  const entries = [...repository.manifests]
    .map(([own, { bytes, type }]) => ({
      own,
      type,
      size: bytes.length,
      document: JSON.parse(bytes.toString()) as ManifestDocument,
    }))
    .filter(({ document }) => document.subject?.digest === digest)
    .map(({ own, type, size, document }) => {
      const artifactType = document.artifactType ?? document.config?.mediaType;
      const { annotations } = document;
      return {
        mediaType: type,
        digest: own,
        size,
        ...(artifactType === undefined ? {} : { artifactType }),
        annotations,
      };
    });
  const manifests = wanted === null ? entries : entries.filter(({ artifactType }) => artifactType === wanted);
  const filtered = wanted === null ? {} : { "oci-filters-applied": "artifactType" };
  const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  return reply(200, { "content-type": OCI_INDEX, ...filtered }, body);
}
