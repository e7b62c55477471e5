/** Paths of the registry API: what is read as a route is written as a path that is read as the same route. */
import assert from "node:assert/strict";
import { findEndpoint } from "@teu/spec/distribution/endpoints";
import { isAllowed } from "@teu/spec/distribution/methods";
import {
  parseNamespace,
  parsePagination,
  parsePushedTags,
  parseReferrersFilter,
  parseUploadDigest,
  parseUploadRequest,
} from "@teu/spec/distribution/query";
import { MAX_ROUTE_LENGTH, formatRoute, parseRoute } from "@teu/spec/distribution/routes";
import { isWireErrorCode } from "@teu/spec/distribution/wire-error";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "distribution-routes",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const [path = "", query = ""] = new TextDecoder().decode(input).split("?", 2);
    const match = parseRoute(path);
    const parameters = new URLSearchParams(query);
    for (const read of READERS) assertRefusal(read(parameters));
    if (match.kind === "none") return;
    if (match.kind === "invalid") return assertRefusal(match);
    assert.ok(path.length <= MAX_ROUTE_LENGTH);
    assert.deepEqual(parseRoute(formatRoute(match)), match);
    assert.ok(!("name" in match) || !match.name.split("/").some((part) => part === "" || part.startsWith(".")));
    const endpoint = findEndpoint("GET", match.kind, parameters);
    assert.ok(endpoint === undefined || isAllowed(match.kind, "GET"));
  },
};

const READERS: readonly ((query: URLSearchParams) => { readonly kind: string })[] = [
  parsePagination,
  parseUploadRequest,
  parseUploadDigest,
  parsePushedTags,
  parseReferrersFilter,
  parseNamespace,
];

/** What is refused is refused with a registered code. */
function assertRefusal(result: { readonly kind: string; readonly code?: string }): void {
  assert.ok(result.kind !== "invalid" || isWireErrorCode(result.code ?? ""));
}

const DIGEST = `sha256:${"0a".repeat(32)}`;
const SEEDS = [
  "/v2/",
  "/v2/_catalog?n=10&last=a/b",
  "/v2/a/_oci/ext/discover",
  "/v2/_docker/x-y/z",
  `/v2/a__b/c---d.e/blobs/${DIGEST}`,
  `/v2/a/blobs/uploads/?mount=${DIGEST}&from=b&digest-algorithm=sha512`,
  `/v2/a/blobs/uploads/D95306FA-FAD3?digest=${DIGEST}`,
  "/v2/a/manifests/latest?ns=docker.io",
  `/v2/a%2Fb/manifests/${DIGEST.replace(":", "%3A")}?tag=1&tag=1.2`,
  "/v2/manifests/tags/list?n=0",
  `/v2/a/referrers/${DIGEST}?artifactType=application/vnd.example%2Bjson`,
];
