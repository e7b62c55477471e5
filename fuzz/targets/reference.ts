/** The readers of image names: what they accept is written back so that it reads the same. */
import assert from "node:assert/strict";
import { matchesFamiliar } from "@teu/spec/reference-glob";
import {
  type Reference,
  formatFamiliar,
  formatReference,
  isHost,
  isPath,
  isTag,
  parseAnyReference,
  parseCanonicalReference,
  parseImageReference,
  parseLiteralName,
  parseLiteralReference,
  parseReference,
} from "@teu/spec/reference";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_REFERENCE_INVALID", "ERR_PATTERN_INVALID");

export const target: FuzzTarget = {
  name: "reference",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const text = new TextDecoder().decode(input);
    for (const parse of [parseLiteralReference, parseLiteralName, parseCanonicalReference]) {
      const reference = accepted(() => parse(text));
      if (reference !== undefined) checkParts(reference);
      if (reference !== undefined) assert.equal(formatReference(reference), text);
    }
    for (const parse of [parseReference, parseImageReference]) {
      const reference = accepted(() => parse(text));
      if (reference !== undefined) checkNormal(reference);
    }
    accepted(() => parseAnyReference(text));
    const [pattern = "", name = ""] = text.split("\n", 2);
    accepted(() => matchesFamiliar(pattern, parseReference(name)));
  },
};

function checkParts({ host, path, tag }: Reference): void {
  assert.ok(host === "" || isHost(host));
  assert.ok(isPath(path));
  assert.ok(tag === undefined || isTag(tag));
}

function checkNormal(reference: Reference): void {
  checkParts(reference);
  assert.notEqual(reference.host, "");
  assert.deepEqual(parseReference(formatReference(reference)), reference);
  assert.deepEqual(parseCanonicalReference(formatReference(reference)), reference);
  assert.ok(formatFamiliar(reference).length <= formatReference(reference).length);
}

const SEEDS = [
  "debian",
  "library/debian:12",
  "index.docker.io/debian",
  `Registry.example.com:5000/a/b__c-d.e:v1.0_x@sha256:${"0123456789abcdef".repeat(4)}`,
  `[2001:db8::1]:5000/repo@sha512:${"0".repeat(128)}`,
  "localhost/a",
  "0123456789abcdef".repeat(4),
  `sha256:${"0123456789abcdef".repeat(4)}`,
  "*/a[b-d]?\\x**\nexample.com/ab/c",
];
