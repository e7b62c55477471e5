/** Headers of lists and of quoted texts: `Warning`, `Accept`, `Content-Type`, entity tags, `OCI-Tag`. */
import assert from "node:assert/strict";
import { formatEntityTag, parseEntityTags } from "@teu/spec/distribution/conditional";
import {
  chooseMediaType,
  formatContentType,
  parseAccept,
  parseContentType,
  qualityOf,
} from "@teu/spec/distribution/content-type";
import { formatTagHeader, parseTagHeader } from "@teu/spec/distribution/headers";
import { checkWarnings, formatWarning, parseWarnings } from "@teu/spec/distribution/warning";
import { OCI_INDEX, OCI_MANIFEST } from "@teu/spec/media-types";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_HEADER_INVALID");

export const target: FuzzTarget = {
  name: "distribution-warning",
  *seeds() {
    for (const text of SEEDS) yield Buffer.from(text, "latin1");
  },
  run(input) {
    const value = Buffer.from(input).toString("latin1");
    for (const { text } of accepted(() => parseWarnings(value)) ?? []) {
      const written = accepted(() => formatWarning(text));
      if (written !== undefined) assert.equal(parseWarnings(written)[0]?.text, text);
    }
    checkWarnings(value.split("\n"));
    checkMediaTypes(value);
    checkLists(value);
  },
};

function checkMediaTypes(value: string): void {
  const contentType = accepted(() => parseContentType(value));
  const written = contentType === undefined ? undefined : accepted(() => formatContentType(contentType));
  if (written !== undefined && written.length <= value.length) assert.deepEqual(parseContentType(written), contentType);
  const ranges = parseAccept(value);
  const chosen = chooseMediaType(ranges, [OCI_INDEX, OCI_MANIFEST]);
  assert.ok(chosen === undefined ? qualityOf(ranges, OCI_INDEX) === 0 : qualityOf(ranges, chosen) > 0);
}

function checkLists(value: string): void {
  const tags = accepted(() => parseEntityTags("If-None-Match", value));
  if (tags !== undefined && tags !== "*" && tags.length < 1000) {
    assert.deepEqual(parseEntityTags("If-None-Match", tags.map(formatEntityTag)), tags);
  }
  const names = accepted(() => parseTagHeader(value));
  if (names !== undefined && names.length < 1000) assert.deepEqual(parseTagHeader(formatTagHeader(names)), names);
}

const SEEDS = [
  '299 - "This image is \\"deprecated\\"", 299 - "b"',
  '112 - "network down" "Sat, 25 Aug 2012 23:34:45 GMT"',
  `${OCI_INDEX}, application/*;q=0.5, */*; q=0.1`,
  'text/html; charset="utf-8"; x=1',
  'W/"xyzzy", "r2d2xxxx", sha256:abc',
  "1.2.3, 1.2, 1",
];
