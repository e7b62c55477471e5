import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { type Defect, type Reply, fakeRegistry } from "../testing/fake-registry.ts";
import { type Certificate, isConforming } from "../verdict.ts";
import { CHECK_NAMES, certifyRegistry } from "./certify-registry.ts";

const ADDRESS = "http://registry.invalid";

function broken({ verdicts }: Certificate): string[] {
  return verdicts
    .filter(({ outcome }) => outcome === "broken")
    .map(({ clause }) => clause.id.replace("distribution.", ""));
}

test("a registry that keeps all clauses breaks none", async () => {
  const certificate = await certifyRegistry(ADDRESS, { fetch: fakeRegistry() });
  assert.deepEqual(broken(certificate), []);
  assert.ok(isConforming(certificate));
  const untested = certificate.verdicts.filter(
    ({ outcome, findings }) => outcome === "untested" && findings.length === 0,
  );
  assert.deepEqual(untested, []);
});

/** A defect, the checks that have to find it, and the clause it breaks. */
interface Planted {
  readonly clause: string;
  readonly check: string;
  readonly defect: Defect;
}

function on(method: string, path: RegExp, change: (reply: Reply) => Partial<Reply>): Defect {
  return (asked, reply) => (asked.method === method && path.test(asked.path) ? change(reply) : undefined);
}

function without(name: string): (reply: Reply) => Partial<Reply> {
  return ({ headers }) => ({ headers: Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)) });
}

function withHeader(name: string, value: string): (reply: Reply) => Partial<Reply> {
  return ({ headers }) => ({ headers: { ...headers, [name]: value } });
}

const UPLOADS = /\/blobs\/uploads\/$/;
const UPLOAD = /\/blobs\/uploads\/.+/;
const BLOB = /\/blobs\/sha/;
const MANIFEST = /\/manifests\//;
const TAGS = /\/tags\/list$/;
const REFERRERS = /\/referrers\//;

const PLANTED: readonly Planted[] = [
  { clause: "general.pull", check: "the base", defect: on("GET", /^\/v2\/$/, () => ({ status: 404 })) },
  { clause: "push.session.status", check: "blobs in two steps", defect: on("POST", UPLOADS, () => ({ status: 200 })) },
  { clause: "push.session.location", check: "blobs in two steps", defect: on("POST", UPLOADS, without("location")) },
  {
    clause: "push.session.unique",
    check: "blobs in two steps",
    defect: on("POST", UPLOADS, withHeader("location", "/v2/a/blobs/uploads/same")),
  },
  { clause: "push.put.status", check: "blobs in two steps", defect: on("PUT", UPLOAD, () => ({ status: 204 })) },
  {
    clause: "push.put.location",
    check: "blobs in two steps",
    defect: on("PUT", UPLOAD, withHeader("location", "/v2/")),
  },
  { clause: "push.post.location", check: "blobs in one step", defect: on("POST", UPLOADS, without("location")) },
  {
    clause: "push.post.unsupported",
    check: "blobs in one step",
    defect: on("POST", UPLOADS, () => ({ status: 405, headers: {} })),
  },
  { clause: "push.chunk.status", check: "blobs in chunks", defect: on("PATCH", UPLOAD, () => ({ status: 200 })) },
  { clause: "push.chunk.headers", check: "blobs in chunks", defect: on("PATCH", UPLOAD, without("range")) },
  { clause: "push.progress.status", check: "blobs in chunks", defect: on("GET", UPLOAD, () => ({ status: 200 })) },
  { clause: "push.progress.headers", check: "blobs in chunks", defect: on("GET", UPLOAD, withHeader("range", "0-1")) },
  { clause: "push.close.status", check: "blobs in chunks", defect: on("PUT", UPLOAD, () => ({ status: 200 })) },
  { clause: "push.close.location", check: "blobs as a stream", defect: on("PUT", UPLOAD, without("location")) },
  {
    clause: "push.chunk.order.status",
    check: "chunks out of order",
    defect: on("PATCH", UPLOAD, ({ status }) => ({ status: status === 416 ? 400 : status })),
  },
  {
    clause: "push.close.order",
    check: "chunks out of order",
    defect: on("PUT", UPLOAD, ({ status }) => ({ status: status === 416 ? 400 : status })),
  },
  { clause: "push.cancel.status", check: "cancelled uploads", defect: on("DELETE", UPLOAD, () => ({ status: 405 })) },
  { clause: "push.digest", check: "wrong digests", defect: on("PUT", UPLOAD, () => ({ status: 500 })) },
  {
    clause: "push.mount.location",
    check: "mounted blobs",
    defect: on("POST", UPLOADS, ({ status, headers }) =>
      status === 201 ? { headers: { ...headers, location: "/" } } : {},
    ),
  },
  {
    clause: "push.mount.unsupported",
    check: "mounted blobs",
    defect: (asked) => (asked.query.has("mount") ? { status: 404, headers: {} } : undefined),
  },
  { clause: "pull.blob.status", check: "pulled blobs", defect: on("GET", BLOB, () => ({ status: 203 })) },
  { clause: "pull.blob", check: "pulled blobs", defect: on("GET", BLOB, () => ({ body: "other" })) },
  { clause: "pull.blob.digest", check: "pulled blobs", defect: on("GET", BLOB, without("docker-content-digest")) },
  {
    clause: "pull.blob.digest.match",
    check: "pulled blobs",
    defect: on("GET", BLOB, withHeader("docker-content-digest", `sha256:${"0".repeat(64)}`)),
  },
  {
    clause: "pull.blob.range",
    check: "pulled blobs",
    defect: on("GET", BLOB, ({ status }) => ({ status: status === 206 ? 200 : status })),
  },
  { clause: "pull.head.status", check: "pulled blobs", defect: on("HEAD", BLOB, () => ({ status: 405 })) },
  { clause: "pull.head.length", check: "pulled blobs", defect: on("HEAD", BLOB, without("content-length")) },
  { clause: "pull.blob.missing", check: "missing blobs", defect: on("GET", BLOB, () => ({ status: 400 })) },
  { clause: "pull.head.missing", check: "missing blobs", defect: on("HEAD", BLOB, () => ({ status: 200 })) },
  { clause: "push.manifest.status", check: "manifests", defect: on("PUT", MANIFEST, () => ({ status: 202 })) },
  { clause: "push.manifest.location", check: "manifests", defect: on("PUT", MANIFEST, without("location")) },
  {
    clause: "push.manifest.digest",
    check: "manifests",
    defect: on("PUT", MANIFEST, withHeader("docker-content-digest", `sha256:${"0".repeat(64)}`)),
  },
  { clause: "push.manifest.bytes", check: "manifests", defect: on("GET", MANIFEST, () => ({ body: "{}" })) },
  { clause: "pull.manifest", check: "manifests", defect: on("GET", MANIFEST, () => ({ body: "{}" })) },
  {
    clause: "pull.content-type.pushed",
    check: "manifests",
    defect: on("GET", MANIFEST, withHeader("content-type", "application/json")),
  },
  {
    clause: "pull.content-type.parameters",
    check: "manifests",
    defect: on("GET", MANIFEST, ({ headers }) => ({
      headers: { ...headers, "content-type": `${headers["content-type"]}; q=1` },
    })),
  },
  {
    clause: "push.manifest.content-type.ignore",
    check: "manifests",
    defect: (asked) =>
      asked.headers.get("content-type")?.includes(";") === true ? { status: 400, body: "" } : undefined,
  },
  { clause: "pull.manifest.missing", check: "missing manifests", defect: on("GET", MANIFEST, () => ({ status: 400 })) },
  {
    clause: "push.repository.missing",
    check: "missing manifests",
    defect: on("GET", /missing/, () => ({ status: 403 })),
  },
  {
    clause: "push.subject.dangling",
    check: "manifests of what is not there",
    defect: on("PUT", MANIFEST, ({ headers }) => ("oci-subject" in headers ? { status: 404, body: "" } : {})),
  },
  {
    clause: "push.unknown.code",
    check: "manifests of what is not there",
    defect: on("PUT", MANIFEST, ({ status }) =>
      status === 404 ? { body: '{"errors":[{"code":"BLOB_UNKNOWN"}]}' } : {},
    ),
  },
  {
    clause: "push.manifest.limit.status",
    check: "large manifests",
    defect: on("PUT", MANIFEST, ({ status }) => ({ status: status === 413 ? 400 : status })),
  },
  { clause: "push.manifest.limit", check: "large manifests", defect: on("PUT", MANIFEST, () => ({ status: 201 })) },
  {
    clause: "push.manifest.limit.least",
    check: "large manifests",
    defect: (asked) => (asked.body.length > 1_000_000 ? { status: 413 } : undefined),
  },
  {
    clause: "pull.tag",
    check: "names, tags and references",
    defect: on("PUT", /manifests\/_$/, () => ({ status: 400 })),
  },
  {
    clause: "pull.tag.length",
    check: "names, tags and references",
    defect: on("PUT", /a{129}$/, () => ({ status: 201 })),
  },
  { clause: "pull.name", check: "names, tags and references", defect: on("PUT", /Upper/, () => ({ status: 201 })) },
  {
    clause: "push.tags.header",
    check: "tags with a manifest",
    defect: on("PUT", MANIFEST, withHeader("oci-tag", "one")),
  },
  { clause: "tags.status", check: "lists of tags", defect: on("GET", TAGS, () => ({ status: 404 })) },
  { clause: "tags.body", check: "lists of tags", defect: on("GET", TAGS, () => ({ body: '{"tags":1}' })) },
  {
    clause: "tags.order",
    check: "lists of tags",
    defect: on("GET", TAGS, ({ body }) => {
      const list = JSON.parse(String(body)) as { tags: string[] };
      return { body: JSON.stringify({ ...list, tags: list.tags.toReversed() }) };
    }),
  },
  { clause: "tags.n.exact", check: "lists of tags", defect: ignoring("n") },
  { clause: "tags.n.zero", check: "lists of tags", defect: ignoring("n") },
  { clause: "tags.last", check: "lists of tags", defect: ignoring("last") },
  {
    clause: "tags.link.next",
    check: "lists of tags",
    defect: on("GET", TAGS, withHeader("link", '</x>; rel="first"')),
  },
  {
    clause: "tags.n.zero.link",
    check: "lists of tags",
    defect: on("GET", TAGS, withHeader("link", '</x>; rel="first"')),
  },
  { clause: "push.subject", check: "referrers", defect: on("PUT", MANIFEST, without("oci-subject")) },
  { clause: "referrers.body", check: "referrers", defect: on("GET", REFERRERS, () => ({ body: "[]" })) },
  {
    clause: "referrers.content-type",
    check: "referrers",
    defect: on("GET", REFERRERS, withHeader("content-type", "text/plain")),
  },
  {
    clause: "referrers.invalid",
    check: "referrers",
    defect: on("GET", /referrers\/nonsense$/, () => ({ status: 404 })),
  },
  { clause: "referrers.type.config", check: "referrers", defect: entries(({ artifactType: _gone, ...rest }) => rest) },
  { clause: "referrers.type", check: "referrers", defect: entries((entry) => ({ ...entry, artifactType: "a/b" })) },
  {
    clause: "referrers.type.index",
    check: "referrers",
    defect: entries((entry) => ({ ...entry, artifactType: "a/b" })),
  },
  { clause: "referrers.annotations", check: "referrers", defect: entries(({ annotations: _gone, ...rest }) => rest) },
  {
    clause: "referrers.filter.header",
    check: "referrers",
    defect: on("GET", REFERRERS, without("oci-filters-applied")),
  },
  { clause: "referrers.filter", check: "referrers", defect: ignoring("artifactType") },
  { clause: "delete.tag.status", check: "deleted tags", defect: on("DELETE", MANIFEST, () => ({ status: 200 })) },
  {
    clause: "delete.manifest.status",
    check: "deleted manifests",
    defect: on("DELETE", MANIFEST, () => ({ status: 204 })),
  },
  {
    clause: "delete.manifest.repository",
    check: "deleted manifests",
    defect: on("DELETE", /missing/, () => ({ status: 202 })),
  },
  { clause: "delete.blob.status", check: "deleted blobs", defect: on("DELETE", BLOB, () => ({ status: 200 })) },
  {
    clause: "delete.blob.missing",
    check: "deleted blobs",
    defect: on("DELETE", BLOB, () => ({ status: 202 })),
  },
  { clause: "error.json", check: "missing blobs", defect: on("GET", BLOB, () => ({ body: '{"error":1}' })) },
  {
    clause: "error.code",
    check: "missing blobs",
    defect: on("GET", BLOB, () => ({ body: '{"errors":[{"code":"not known"}]}' })),
  },
  {
    clause: "error.code.known",
    check: "missing blobs",
    defect: on("GET", BLOB, () => ({ body: '{"errors":[{"code":"GONE"}]}' })),
  },
  { clause: "warning.code", check: "pulled blobs", defect: on("GET", BLOB, withHeader("warning", '199 - "a"')) },
  { clause: "warning.agent", check: "pulled blobs", defect: on("GET", BLOB, withHeader("warning", '299 me "a"')) },
];

/** A registry that takes no notice of a parameter. */
function ignoring(parameter: string): Defect {
  const whole = fakeLists();
  return (asked, reply) => whole(asked, reply, parameter);
}

/** Remembers the list without parameters, and gives it again where one is to be ignored. */
function fakeLists(): (asked: Parameters<Defect>[0], reply: Reply, parameter: string) => Partial<Reply> | undefined {
  const lists = new Map<string, Partial<Reply>>();
  return (asked, reply, parameter) => {
    if (asked.method !== "GET") return undefined;
    if (asked.query.size === 0) lists.set(asked.path, { ...reply });
    return asked.query.has(parameter) ? lists.get(asked.path) : undefined;
  };
}

type Entry = Readonly<Record<string, unknown>>;

function entries(change: (entry: Entry) => Entry): Defect {
  return on("GET", REFERRERS, ({ status, body }) => {
    if (status !== 200) return {};
    const list = JSON.parse(String(body)) as { manifests: Entry[] };
    return { body: JSON.stringify({ ...list, manifests: list.manifests.map(change) }) };
  });
}

suite("a planted defect is found", () => {
  for (const { clause, check, defect } of PLANTED) {
    test(`${clause}, by ${check}`, async () => {
      assert.ok(CHECK_NAMES.includes(check), check);
      const certificate = await certifyRegistry(ADDRESS, { fetch: fakeRegistry(defect), checks: [check] });
      const drafts = [`${clause}.present`, `${clause}.either`];
      assert.ok(
        broken(certificate).some((id) => id === clause || drafts.includes(id)),
        `found ${broken(certificate).join(", ")}`,
      );
    });
  }
});

test("credentials are given where they are asked for, and nowhere else", async () => {
  const registry = fakeRegistry();
  const sent: string[] = [];
  const guarded = async (url: URL, init: RequestInit): Promise<Response> => {
    const authorization = new Headers(init.headers).get("authorization");
    sent.push(`${url.host} ${authorization ?? "none"}`);
    if (url.host === "token.invalid") return Response.json({ token: "granted" });
    if (authorization === "Bearer granted") return await registry(url, init);
    const challenge = 'Bearer realm="http://token.invalid/token",service="here",scope="repository:x:pull,push"';
    return new Response("", { status: 401, headers: { "www-authenticate": challenge } });
  };
  const credentials = { username: "me", password: "secret" };
  const certificate = await certifyRegistry(ADDRESS, {
    fetch: guarded,
    credentials,
    checks: ["the base", "manifests"],
  });
  assert.deepEqual(broken(certificate), []);
  const basic = `Basic ${Buffer.from("me:secret").toString("base64")}`;
  assert.deepEqual([...new Set(sent)].sort(), [
    "registry.invalid Bearer granted",
    "registry.invalid none",
    `token.invalid ${basic}`,
  ]);
});

test("what cannot be judged is refused", async () => {
  await assertCode(() => certifyRegistry("ftp://x"), "ERR_CERTIFY_ADDRESS");
  const closed = (): Promise<unknown> =>
    certifyRegistry(ADDRESS, { fetch: async () => new Response("", { status: 403 }) });
  await assertCode(closed, "ERR_CERTIFY_REFUSED");
  const silent = (): Promise<unknown> =>
    certifyRegistry(ADDRESS, {
      fetch: async () => {
        throw new TypeError("fetch failed");
      },
    });
  await assertCode(silent, "ERR_CERTIFY_UNREACHABLE");
});
