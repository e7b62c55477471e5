import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseJson } from "@teu/std/json";
import type { Clause } from "../clause.ts";
import type { Issue } from "../issue.ts";
import { checkCatalog } from "./catalog.ts";
import { DISTRIBUTION_CLAUSES, type DistributionClauseId } from "./clauses.ts";
import { DOCKER_REGISTRY_CLAUSES, type DockerRegistryClauseId } from "./docker-clauses.ts";
import { checkErrorBody } from "./error-body.ts";
import { checkExtensionList } from "./extensions.ts";
import { checkNextLink } from "./link.ts";
import { checkReferrers } from "./referrers.ts";
import { checkTagsList } from "./tags-list.ts";
import { checkToken } from "./token.ts";
import { checkWarnings } from "./warning.ts";

type ClauseId = DistributionClauseId | DockerRegistryClauseId;

const json = (value: unknown): ReturnType<typeof parseJson> => parseJson(JSON.stringify(value));
const error = (fields: object): Issue[] => checkErrorBody(json({ errors: [{ code: "DENIED", ...fields }] }));
const EXTENSION = { name: "_oci", url: "https://registry.example/docs", endpoints: ["_oci/ext/discover"] };
const extension = (fields: object): Issue[] => checkExtensionList(json({ extensions: [{ ...EXTENSION, ...fields }] }));
const token = (fields: object): Issue[] => checkToken(json({ token: "abc", ...fields }));

/** Something for each clause that a look at one document judges, which breaks this clause and no other of its table. */
const BROKEN: { readonly [Id in ClauseId]?: () => readonly Issue[] } = {
  "distribution.error.json": () => checkErrorBody(json({ message: "no" })),
  "distribution.error.code": () => error({ code: "not found" }),
  "distribution.error.code.known": () => error({ code: "NOT_FOUND" }),
  "distribution.error.message.text": () => error({ message: ["no"] }),
  "distribution.warning.code": () => checkWarnings(['199 - "old"']),
  "distribution.warning.agent": () => checkWarnings(['299 registry.example "old"']),
  "distribution.warning.date": () => checkWarnings(['299 - "old" "Sat, 25 Aug 2012 23:34:45 GMT"']),
  "distribution.warning.size": () => checkWarnings([`299 - "${"old".repeat(2000)}"`]),
  "distribution.tags.body": () => checkTagsList(json({ name: "a", tags: ["v1", "no/tag"] })),
  "distribution.tags.link.next": () => checkNextLink("distribution.tags.link.next", "</v2/a/tags/list?n=1>; rel=prev"),
  "distribution.referrers.body": () => checkReferrers(json({ schemaVersion: 2 })),
  "distribution.referrers.link.next": () => checkNextLink("distribution.referrers.link.next", "/v2/a"),
  "distribution.extension.name": () => extension({ name: "oci" }),
  "distribution.extension.list": () => checkExtensionList(json({ extensions: null })),
  "distribution.extension.list.name": () => extension({ name: undefined }),
  "distribution.extension.list.url": () => extension({ url: undefined }),
  "distribution.extension.list.description": () => extension({ description: 1 }),
  "distribution.extension.list.endpoints": () => extension({ endpoints: undefined }),
  "docker.catalog.body": () => checkCatalog(json({ repositories: [1] })),
  "docker.catalog.name": () => checkCatalog(json({ repositories: ["a", "../a"] })),
  "docker.token.body": () => checkToken(json("abc")),
  "docker.token.token": () => token({ token: "a b" }),
  "docker.token.same": () => token({ access_token: "def" }),
  "docker.token.expires_in": () => token({ expires_in: "300" }),
  "docker.token.expires_in.least": () => token({ expires_in: 59 }),
  "docker.token.issued_at": () => token({ issued_at: "today" }),
  "docker.token.refresh_token": () => token({ refresh_token: 1 }),
  "docker.token.scope": () => token({ scope: ["repository:a:pull"] }),
};

suite("each clause that a document can break is found where it is broken, and alone", () => {
  for (const clause of Object.values<Clause>({ ...DISTRIBUTION_CLAUSES, ...DOCKER_REGISTRY_CLAUSES })) {
    if (clause.judge !== "document") continue;
    test(clause.id, () => {
      const issues = BROKEN[clause.id as ClauseId]?.() ?? [];
      const own = issues.filter(({ clause: id }) => !id.startsWith("image."));
      assert.deepEqual(
        own.map(({ clause: id, level, link }) => [id, level, link]),
        [[clause.id, clause.level, clause.link]],
      );
    });
  }
});

test("sound documents break no clause", () => {
  assert.deepEqual(error({ message: "no", detail: { any: "thing" } }), []);
  assert.deepEqual(checkTagsList(json({ name: "a", tags: ["v1"], more: 1 })), []);
  assert.deepEqual(checkNextLink("distribution.tags.link.next", '</v2/a/tags/list?n=1&last=v1>; rel="next"'), []);
  assert.deepEqual(extension({ description: "all of it" }), []);
  assert.deepEqual(checkCatalog(json({ repositories: ["a", "b/c"] })), []);
  assert.deepEqual(token({ access_token: "abc", expires_in: 60, issued_at: "2026-01-02T03:04:05Z", scope: "" }), []);
});
