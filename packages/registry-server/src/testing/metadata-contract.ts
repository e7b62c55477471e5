/**
 * What every kind of metadata has to do.
 * @module
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import type { Digest } from "@teu/spec/digest";
import { OCI_INDEX, OCI_MANIFEST } from "@teu/spec/media-types";
import { readManifestFacts } from "../manifest-facts.ts";
import type { Change, Metadata, Outcome } from "../metadata/metadata.ts";
import { manifestOf } from "./fixture.ts";

/** Opens metadata that is empty. */
type Open = () => Promise<Metadata>;

const SIZE = 5_000_000_000;
const LEASE = 2000;
const [A, B] = ["a", "b"].map((text) => digestBytes(Buffer.from(text))) as [Digest, Digest];

/** Makes a change at a time. */
function change(metadata: Metadata, at: number, what: Change): Promise<Outcome> {
  return metadata.commit({ ...what, at, actor: "me" });
}

async function link(metadata: Metadata, repo: string, digest: Digest, lease = LEASE): Promise<void> {
  await change(metadata, 1000, { op: "link", repo, digest, size: SIZE, lease });
}

/** Puts a manifest of the blobs `a` and `b`. */
function put(
  metadata: Metadata,
  repo: string,
  more: { readonly tags?: string[]; readonly at?: number; readonly text?: string; readonly fixedTags?: string[] } = {},
): Promise<Outcome> {
  const bytes = Buffer.from(more.text ?? manifestOf("a", "b"));
  const [digest, mediaType] = [digestBytes(bytes), bytes.includes('"manifests"') ? OCI_INDEX : OCI_MANIFEST];
  const facts = readManifestFacts(bytes, mediaType, digest);
  const { tags = ["v1"], fixedTags = [] } = more;
  const what = { op: "manifest", repo, digest, mediaType, bytes, facts, tags, fixedTags, require: "all" } as const;
  return change(metadata, more.at ?? 1000, what);
}

const compare = (a: string, b: string): number => a.localeCompare(b);

const MANIFEST = digestBytes(Buffer.from(manifestOf("a", "b")));

async function filled(open: Open): Promise<Metadata> {
  const metadata = await open();
  for (const digest of [A, B]) await link(metadata, "team/app", digest);
  assert.deepEqual(await put(metadata, "team/app"), { kind: "done" });
  return metadata;
}

/** Runs the contract. */
export function testMetadata(name: string, open: Open): void {
  suite(`metadata ${name}`, () => {
    testChanges(open);
    testLists(open);
    testCollecting(open);
    testRetention(open);
    testNotes(open);
  });
}

function testChanges(open: Open): void {
  test("gives manifests back by tag and digest, and lists", async () => {
    await using metadata = await filled(open);
    const found = await metadata.tagged("team/app", "v1");
    assert.deepEqual([found?.digest, found?.mediaType], [MANIFEST, OCI_MANIFEST]);
    assert.equal(Buffer.from(found?.bytes ?? []).toString(), manifestOf("a", "b"));
    assert.equal((await metadata.manifest("team/app", MANIFEST))?.digest, MANIFEST);
    assert.equal(await metadata.tagged("team/app", "v2"), undefined);
    assert.deepEqual({ ...(await metadata.blob("team/app", A)) }, { size: SIZE, lease: LEASE });
    assert.equal(await metadata.blob("other", A), undefined);
    for (const tag of ["b", "B", "a-1", "a.1", "_"]) await put(metadata, "team/app", { tags: [tag] });
    assert.deepEqual(await metadata.tags("team/app", { limit: 10 }), ["B", "_", "a-1", "a.1", "b", "v1"]);
    assert.deepEqual(await metadata.tags("team/app", { after: "_", limit: 2 }), ["a-1", "a.1"]);
    assert.deepEqual(await metadata.tagsOf("team/app", MANIFEST), ["B", "_", "a-1", "a.1", "b", "v1"]);
    assert.deepEqual(await metadata.repositories({ limit: 10 }), ["team/app"]);
    assert.deepEqual(await metadata.usage("team/app"), { bytes: 2 * SIZE, blobs: 2, manifests: 1, tags: 6 });
    assert.deepEqual(await metadata.search("am/a", { limit: 2 }), ["team/app"]);
    assert.deepEqual(await metadata.search("_", { limit: 2 }), []);
    const states = await metadata.tagStates("team/app", "1", { limit: 9 });
    assert.deepEqual(
      states.map(({ tag, digest, mediaType }) => [tag, digest, mediaType]),
      ["a-1", "a.1", "v1"].map((tag) => [tag, MANIFEST, OCI_MANIFEST]),
    );
    assert.deepEqual([await metadata.hasRepository("team/app"), await metadata.hasRepository("x")], [true, false]);
  });

  test("takes manifests whose blobs are there, and moves tags that may move", async () => {
    await using metadata = await open();
    assert.deepEqual(await put(metadata, "r"), { kind: "missing", digests: [A, B] });
    assert.equal(await metadata.hasRepository("r"), false);
    for (const digest of [A, B]) await link(metadata, "r", digest);
    await put(metadata, "r", { at: 1 });
    const other = manifestOf("a", "b", { annotations: { k: "v" } });
    assert.deepEqual(await put(metadata, "r", { text: other, fixedTags: ["v1"] }), { kind: "fixed", tag: "v1" });
    await put(metadata, "r", { text: other, at: 2 });
    const states = await metadata.history("r", "v1", 10);
    assert.deepEqual(
      states.map(({ start, end, actor }) => [start, end, actor]),
      [
        [2, undefined, "me"],
        [1, 2, "me"],
      ],
    );
    assert.deepEqual(await metadata.history("r", undefined, 1), states.slice(0, 1));
    const blob = await change(metadata, 3, { op: "unlink", repo: "r", digest: A });
    assert.equal(blob.kind, "in-use");
  });

  test("lets go of a blob that is lost, whoever names it, until it comes again", async () => {
    await using metadata = await filled(open);
    assert.equal((await change(metadata, 3, { op: "unlink", repo: "team/app", digest: A, lost: true })).kind, "done");
    assert.equal(await metadata.blob("team/app", A), undefined);
    assert.ok((await metadata.manifest("team/app", MANIFEST)) !== undefined);
    assert.deepEqual(await put(metadata, "team/app"), { kind: "missing", digests: [A] });
    await link(metadata, "team/app", A);
    assert.deepEqual(await put(metadata, "team/app"), { kind: "done" });
  });
}

function testLists(open: Open): void {
  test("lists referrers, filtered and in pages", async () => {
    await using metadata = await filled(open);
    const subject = { mediaType: OCI_MANIFEST, digest: MANIFEST, size: 1 };
    const types = ["application/x", "application/y", "application/x"];
    for (const [index, artifactType] of types.entries())
      await put(metadata, "team/app", {
        tags: [],
        text: manifestOf("a", "b", { subject, artifactType, annotations: { n: `${index}` } }),
      });
    const all = await metadata.referrers("team/app", MANIFEST, { limit: 10 });
    assert.deepEqual(all.map(({ artifactType = "" }) => artifactType).toSorted(compare), types.toSorted(compare));
    assert.ok(all.every(({ annotations, size }) => annotations?.["n"] !== undefined && size > 100));
    const after = all[0]?.digest;
    assert.deepEqual(await metadata.referrers("team/app", MANIFEST, { after, limit: 1 }), all.slice(1, 2));
    const artifactType = "application/x";
    assert.equal((await metadata.referrers("team/app", MANIFEST, { limit: 9, artifactType })).length, 2);
  });

  test("deletes and restores", async () => {
    await using metadata = await filled(open);
    assert.deepEqual(await change(metadata, 5, { op: "delete", repo: "team/app", digest: MANIFEST }), { kind: "done" });
    assert.deepEqual(await change(metadata, 5, { op: "delete", repo: "team/app", digest: MANIFEST }), {
      kind: "absent",
    });
    assert.equal(await metadata.tagged("team/app", "v1"), undefined);
    assert.deepEqual(await change(metadata, 6, { op: "restore", repo: "team/app", tag: "v1" }), { kind: "done" });
    assert.equal((await metadata.tagged("team/app", "v1"))?.digest, MANIFEST);
    assert.deepEqual(await change(metadata, 7, { op: "untag", repo: "team/app", tag: "v1" }), { kind: "done" });
    assert.deepEqual(await change(metadata, 7, { op: "untag", repo: "team/app", tag: "v1" }), { kind: "absent" });
    assert.deepEqual(await change(metadata, 8, { op: "restore", repo: "team/app", tag: "none" }), { kind: "absent" });
  });

  test("mounts what another repository has, and tells who has it", async () => {
    await using metadata = await filled(open);
    const mount = { op: "mount", repo: "b", digest: A, from: "team/app", lease: LEASE } as const;
    assert.deepEqual(await change(metadata, 5, { ...mount, from: "none" }), { kind: "absent" });
    assert.deepEqual(await change(metadata, 5, mount), { kind: "done" });
    assert.deepEqual(await metadata.holders(A, 5), ["b", "team/app"]);
  });
}

function testCollecting(open: Open): void {
  test("ends links whose lease is over, dooms blobs without links, and forgets them", async () => {
    await using metadata = await filled(open);
    const C = digestBytes(Buffer.from("c"));
    for (const repo of ["x", "y"]) await link(metadata, repo, C);
    const first = await metadata.mark(LEASE, undefined, 10);
    assert.deepEqual(first, { ended: 0, doomed: 0 });
    const half = await metadata.mark(LEASE + 1, undefined, 3);
    assert.deepEqual(half, { ended: 1, doomed: 0, next: { repo: "x", digest: C } });
    assert.deepEqual(await metadata.mark(LEASE + 1, half.next, 3), { ended: 1, doomed: 1 });
    assert.deepEqual(await metadata.doomed(LEASE + 2, 5), [{ digest: C, size: SIZE }]);
    assert.equal(await metadata.forget(A), false);
    assert.equal(await metadata.hasBlob(C), true);
    assert.equal(await metadata.forget(C), true);
    assert.equal(await metadata.hasBlob(C), false);
    assert.equal((await metadata.blobs({ limit: 10 })).length, 2);
  });

  test("brings a doomed blob back when it is pushed again", async () => {
    await using metadata = await open();
    await link(metadata, "x", A);
    await metadata.mark(LEASE + 1, undefined, 10);
    assert.deepEqual(
      (await metadata.blobs({ limit: 10 })).map(({ doomed }) => doomed),
      [true],
    );
    await link(metadata, "x", A, 2 * LEASE);
    assert.equal(await metadata.forget(A), false);
    assert.deepEqual(await metadata.doomed(LEASE * 9, 5), []);
  });
}

function testRetention(open: Open): void {
  test("purges what was deleted, and then what only that needed", async () => {
    await using metadata = await filled(open);
    await change(metadata, 10, { op: "delete", repo: "team/app", digest: MANIFEST });
    assert.equal((await metadata.mark(LEASE + 1, undefined, 10)).ended, 0);
    assert.equal(await metadata.purge(10, 10), 0);
    assert.equal(await metadata.purge(11, 10), 1);
    assert.deepEqual(await change(metadata, 11, { op: "restore", repo: "team/app", tag: "v1" }), { kind: "absent" });
    assert.deepEqual(await metadata.mark(LEASE + 1, undefined, 10), { ended: 2, doomed: 2 });
  });

  test("tells retention what it has to know", async () => {
    await using metadata = await filled(open);
    await put(metadata, "team/app", { tags: ["v2"], at: 1500 });
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ mediaType: OCI_MANIFEST, digest: MANIFEST, size: 1 }],
    });
    await put(metadata, "team/app", { text: index, tags: [], at: 1600 });
    void metadata.note({ op: "pulled", repo: "team/app", digest: MANIFEST, at: 1700 });
    await metadata.flush();
    const aged = (await metadata.aged("team/app")).toSorted((a, b) => a.pushed - b.pushed);
    assert.deepEqual(
      aged.map(({ held, pushed, pulled, tags }) => ({
        held,
        pushed,
        pulled,
        tags: tags.toSorted((a, b) => a.start - b.start),
      })),
      [
        {
          held: true,
          pushed: 1500,
          pulled: 1700,
          tags: [
            { tag: "v1", start: 1000 },
            { tag: "v2", start: 1500 },
          ],
        },
        { held: false, pushed: 1600, pulled: undefined, tags: [] },
      ],
    );
  });
}

function testNotes(open: Open): void {
  test("keeps sessions and leases", async () => {
    await using metadata = await filled(open);
    const session = { id: crypto.randomUUID(), repo: "x", algorithm: "sha256", started: 3 };
    await metadata.note({ op: "session", session });
    assert.deepEqual({ ...(await metadata.session(session.id)) }, session);
    await metadata.note({ op: "session", session: { ...session, started: 9 } });
    await metadata.flush();
    assert.deepEqual(
      (await metadata.sessions()).map(({ started }) => started),
      [9],
    );
    await metadata.note({ op: "session-end", id: session.id });
    assert.equal(await metadata.session(session.id), undefined);
    void metadata.note({ op: "lease", repo: "team/app", digest: A, lease: 9000 });
    void metadata.note({ op: "lease", repo: "team/app", digest: A, lease: 8000 });
    assert.equal(await metadata.renew("team/app", B, 7000), true);
    await metadata.flush();
    assert.deepEqual((await metadata.blob("team/app", B))?.lease, 7000);
    assert.ok(Number((await metadata.blob("team/app", A))?.lease) >= 8000);
  });

  test("keeps events for hooks until they were told", async () => {
    await using metadata = await filled(open);
    const notify = ["one", "two"];
    const untag = { op: "untag", repo: "team/app", tag: "v1", at: 7, actor: "me", notify } as const;
    await metadata.commit(untag);
    await metadata.commit(untag);
    const [event, ...more] = await metadata.events("one", 10);
    assert.deepEqual([event?.at, more.length], [7, 0]);
    assert.match(event?.body ?? "", /"type":"teu.registry.manifest.untag","subject":"team\/app:v1"/);
    await metadata.dropEvent(event?.id ?? 0);
    assert.deepEqual([(await metadata.events("one", 10)).length, (await metadata.events("two", 10)).length], [0, 1]);
  });

  test("makes many changes at once, each as if alone", async () => {
    await using metadata = await open();
    for (const digest of [A, B]) await link(metadata, "r", digest);
    const tags = Array.from({ length: 200 }, (_, index) => `t${index % 20}`);
    const outcomes = await Promise.all(
      tags.map((tag, index) => put(metadata, index % 2 === 0 ? "r" : "none", { tags: [tag], at: index })),
    );
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      tags.map((_, index) => (index % 2 === 0 ? "done" : "missing")),
    );
    assert.equal((await metadata.tags("r", { limit: 100 })).length, 10);
  });
}
