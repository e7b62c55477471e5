import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Digest, parseDigest } from "../digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../media-types.ts";
import { isTag } from "../reference.ts";
import { parseReferrers, referrersTag } from "./referrers.ts";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test("parseReferrers() reads an image index", () => {
  const digest = `sha256:${"0a".repeat(32)}`;
  const manifests = [{ mediaType: OCI_MANIFEST, digest, size: 1234, artifactType: "application/vnd.example.sbom.v1" }];
  const { value } = parseReferrers(bytes({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  assert.deepEqual(value.manifests, manifests);
  assert.deepEqual(
    parseReferrers(bytes({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })).value.manifests,
    [],
  );
});

test("parseReferrers() refuses other documents, and says what is wrong with them", () => {
  for (const value of [[], {}, { schemaVersion: 2, mediaType: OCI_MANIFEST, config: {}, layers: [] }, { errors: [] }]) {
    assert.throws(() => parseReferrers(bytes(value)), {
      code: "ERR_DOCUMENT_INVALID",
      message: /^Reading a list of referrers: .*distribution\.referrers\.body, MUST/,
    });
  }
});

test("referrersTag() agrees with the table of the specification", () => {
  const long =
    "test+algorithm+using+algorithm+separators+and+lots+of+characters+to+excercise+overall+truncation:" +
    "alsoSome=InTheEncodedSectionToShowHyphenReplacementAndLotsAndLotsOfCharactersToExcerciseEncodedTruncation";
  const rows: readonly (readonly [string, string])[] = [
    [`sha256:${"a".repeat(64)}`, `sha256-${"a".repeat(64)}`],
    [`sha512:${"a".repeat(128)}`, `sha512-${"a".repeat(64)}`],
    [long, "test-algorithm-using-algorithm-s-alsoSome-InTheEncodedSectionToShowHyphenReplacementAndLotsAndLot"],
  ];
  for (const [digest, tag] of rows) assert.equal(referrersTag(parseDigest(digest)), tag);
});

test("referrersTag() makes a tag of any digest", () => {
  const digest = fc.stringMatching(/^[a-z0-9]{1,20}([+._-][a-z0-9]{1,20}){0,3}:[A-Za-z0-9=_-]{1,200}$/);
  fc.assert(fc.property(digest, (text) => isTag(referrersTag(text as Digest))));
});
