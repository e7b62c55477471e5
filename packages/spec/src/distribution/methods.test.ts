import assert from "node:assert/strict";
import { test } from "node:test";
import { ENDPOINTS, findEndpoint } from "./endpoints.ts";
import { ROUTE_METHODS, formatAllow, isAllowed } from "./methods.ts";
import { parseRoute } from "./routes.ts";

test("ROUTE_METHODS has every method of every endpoint", () => {
  for (const { id, methods, routes } of ENDPOINTS) {
    for (const kind of routes)
      for (const method of methods) assert.ok(isAllowed(kind, method), `${id} ${kind} ${method}`);
  }
  for (const methods of Object.values(ROUTE_METHODS)) {
    assert.equal(methods.includes("GET"), methods.includes("HEAD"));
  }
});

test("formatAllow() lists the methods of a route", () => {
  assert.equal(formatAllow("blob"), "GET, HEAD, DELETE");
  assert.equal(formatAllow("uploads"), "POST");
  assert.equal(formatAllow("upload"), "GET, HEAD, PATCH, PUT, DELETE");
  assert.ok(!isAllowed("blob", "PUT") && !isAllowed("base", "get") && !isAllowed("base", "toString"));
});

test("ENDPOINTS has the numbers of the release and those of the draft", () => {
  const ids = ENDPOINTS.filter(({ draft }) => draft !== true).map(({ id }) => id.replace("end-", ""));
  assert.equal(ids.join(" "), "1 2 3 4a 4b 5 6 7 8a 8b 9 10 11 12a 12b 13");
  const draftIds = ENDPOINTS.map(({ id, draftId }) => (draftId ?? id).replace("end-", ""));
  assert.equal(draftIds.join(" "), "1 2 3 4a 4b 4c 5 6 7a 7b 8a 8b 9 10 11 12a 12b 13 14");
});

test("ENDPOINTS match their own paths", () => {
  const parts = { name: "a/b", digest: `sha256:${"0".repeat(64)}`, integer: "5", tagname: "x", reference: "x" };
  for (const endpoint of ENDPOINTS) {
    const path = endpoint.path.replace(/<(\w+)>/g, (_, part: string) => parts[part as keyof typeof parts] ?? part);
    const url = new URL(path, "https://registry.example");
    const { kind } = parseRoute(url.pathname);
    assert.ok((endpoint.routes as readonly string[]).includes(kind), endpoint.id);
    const method = endpoint.methods[0] ?? "GET";
    assert.equal(findEndpoint(method, kind as "base", url.searchParams)?.id, endpoint.id);
  }
});

test("findEndpoint() tells endpoints of one path apart by method and query", () => {
  const rows: readonly (readonly [string, Parameters<typeof findEndpoint>[1], string, string | undefined])[] = [
    ["POST", "uploads", "", "end-4a"],
    ["POST", "uploads", "mount=x&from=y", "end-11"],
    ["POST", "uploads", "other=1", "end-4a"],
    ["PUT", "tag", "tag=x", "end-7"],
    ["PUT", "manifest", "tag=x", "end-7b"],
    ["GET", "tags", "last=x", "end-8b"],
    ["HEAD", "tag", "ns=docker.io", "end-3"],
    ["HEAD", "tags", "", undefined],
    ["GET", "catalog", "", undefined],
  ];
  for (const [method, kind, query, id] of rows) {
    assert.equal(findEndpoint(method, kind, new URLSearchParams(query))?.id, id, `${method} ${kind} ${query}`);
  }
});
