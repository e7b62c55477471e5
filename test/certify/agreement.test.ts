/**
 * `certify registry` beside the conformance program of distribution-spec: where both test the same, both find the same, of
 * a registry that keeps everything and of one that does not.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { certifyRegistry } from "@teu/certify/registry/certify-registry";
import type { Certificate } from "@teu/certify/verdict";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { startDockerRegistry, startOurRegistry } from "../registry-client/programs.ts";
import { type ConformanceCase, judgeByProgram, needsConformance } from "../registry-server/conformance-program.ts";

/** Cases of the program, and the clauses that they test. */
const SAME: readonly (readonly [cases: RegExp, ...clauses: readonly string[]])[] = [
  [/^ping$/, "general.pull"],
  [/^sha256 blobs\/get-missing$/, "pull.blob.missing"],
  [/^sha256 blobs\/post only\/blob-post-only$/, "push.post", "push.post.status", "push.post.location"],
  [/^sha256 blobs\/post\+put\/blob-post-put$/, "push.session.status", "push.put.status", "push.put.location"],
  [/^sha256 blobs\/chunked (single|multi)\/blob-patch/, "push.chunk.status", "push.chunk.headers", "push.close.status"],
  [/^sha256 blobs\/stream\/blob-patch-stream$/, "push.close.status", "push.close.location"],
  [/^sha256 blobs\/chunked out-of-order\/blob-patch/, "push.chunk.order.status"],
  [/^sha256 blobs\/chunked out-of-order and put chunk\/blob-patch/, "push.close.order"],
  [/^sha256 blobs\/post cancel\/blob-post-cancel$/, "push.cancel.status"],
  [/^sha256 blobs\/mount\/blob-mount$/, "push.mount.status", "push.mount.location"],
  [/^sha256 blobs\/mount anonymous\/blob-mount-anonymous$/, "push.mount.from"],
  [/^sha256 blobs\/mount missing\/blob-mount$/, "push.mount.unsupported"],
  [/^sha256 blobs\/bad digest (?!post only)/, "push.digest"],
  [/^sha256 blobs\/range requests\/range /, "pull.blob.range"],
  [/^(image|index)\/push\/manifest-by-/, "push.manifest.status", "push.manifest.location", "push.manifest.digest"],
  [/^(image|index)\/pull\/manifest-by-/, "pull.manifest", "pull.manifest.status", "pull.content-type.pushed"],
  [/^(image|index)\/head\//, "pull.head.status", "pull.head.digest.present", "pull.head.length.present"],
  [/^(image|index)\/pull\/blob-get$/, "pull.blob", "pull.blob.status", "pull.blob.digest.present"],
  [/^invalid-digest-format\/manifest-(put|get)$/, "pull.reference"],
  [/^large-manifest\/push\/manifest-by-/, "push.manifest.limit.least"],
  [/^no-layers\/push\/manifest-by-/, "push.manifest.blobs.none"],
  [/^tag-param-sha256\/push\/manifest-by-digest$/, "push.tags", "push.tags.header"],
  [/^artifacts-with-subject\/push\/manifest-by-/, "push.subject"],
  [/^(empty|artifacts-with-subject|index-with-subject)\/referrers$/, "referrers.status", "referrers.type"],
  [/^index-with-subject\/tag-list$/, "tags.body", "tags.last"],
  [/^image\/delete\/tag-delete$/, "delete.tag.status"],
  [/^image\/delete\/manifest-delete$/, "delete.manifest.status"],
  [/^image\/delete\/blob-delete$/, "delete.blob.status"],
];

type Finding = "kept" | "broken" | "untested";

function byProgram(cases: readonly ConformanceCase[], pattern: RegExp): Finding {
  const statuses = cases.filter(({ name }) => pattern.test(name)).map(({ status }) => status);
  if (statuses.some((status) => status === "failure" || status === "error")) return "broken";
  return statuses.includes("passed") ? "kept" : "untested";
}

function byUs({ verdicts }: Certificate, clauses: readonly string[]): Finding {
  const outcomes = clauses.map((name) => {
    const found = verdicts.find(({ clause }) => clause.id === `distribution.${name}`);
    assert.ok(found !== undefined, `there is no clause ${name}`);
    return found.outcome;
  });
  if (outcomes.includes("broken")) return "broken";
  return outcomes.includes("kept") ? "kept" : "untested";
}

const REGISTRIES = [
  { name: "the project's own registry", start: startOurRegistry, skip: false as const, faults: 0, untested: [] },
  {
    name: "docker-registry 2.8",
    start: startDockerRegistry,
    skip: needsProgram("docker-registry"),
    faults: 5,
    // What it does not offer. Without the API of referrers their clauses do not apply; the program counts it as a fault.
    untested: ["push.post", "push.mount.from", "push.tags", "push.subject", "referrers.status", "delete.tag.status"],
  },
];

suite("certify registry and the conformance program", { skip: needsConformance() }, () => {
  for (const { name, start, skip, faults, untested } of REGISTRIES) {
    test(`agree on ${name}`, { skip: anyOf(skip) }, async () => {
      await using dir = await tempDir();
      await using server = await start(dir);
      const certificate = await certifyRegistry(`http://${server.host}`);
      const cases = await judgeByProgram(dir, server.host, { OCI_DATA_SPARSE: "false" });
      const rows = SAME.map(([pattern, ...clauses]) => {
        return { clauses, program: byProgram(cases, pattern), us: byUs(certificate, clauses) };
      });
      const both = rows.filter(({ program, us }) => program !== "untested" && us !== "untested");
      assert.deepEqual(
        both.filter(({ program, us }) => program !== us),
        [],
      );
      assert.equal(both.filter(({ us }) => us === "broken").length, faults);
      assert.deepEqual(
        rows.filter((row) => !both.includes(row)).map(({ clauses }) => clauses[0]),
        untested,
      );
    });
  }
});
