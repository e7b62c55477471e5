/** The `Link` header: links that were read are written so that the same links are read again. */
import assert from "node:assert/strict";
import { formatLink, nextPage, parseLinks } from "@teu/spec/distribution/link";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_HEADER_INVALID");

export const target: FuzzTarget = {
  name: "distribution-link",
  *seeds() {
    for (const text of SEEDS) yield Buffer.from(text, "latin1");
  },
  run(input) {
    const value = Buffer.from(input).toString("latin1");
    const links = accepted(() => parseLinks(value));
    accepted(() => nextPage(value, "https://registry.example/v2/a/tags/list"));
    for (const link of links ?? []) {
      const written = accepted(() => formatLink(link));
      if (written !== undefined) assert.deepEqual(parseLinks(written), [link]);
    }
  },
};

const SEEDS = [
  '</v2/_catalog?last=b&n=2>; rel="next"',
  '<http://example.com/2>; rel="previous"; title="a, \\"b\\"", </4>; rel=next',
  "</chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel,<>;;REL = Next",
  '<//[::1]:5000/x>; rel="start http://example.net/relation/other"',
];
