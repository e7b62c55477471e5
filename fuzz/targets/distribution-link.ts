/** The `Link` header: links that were read are written so that the same links are read again. */
import assert from "node:assert/strict";
import { isTeuError } from "@teu/std/error";
import { formatLink, nextPage, parseLinks } from "@teu/spec/distribution/link";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "distribution-link",
  *seeds() {
    for (const text of SEEDS) yield Buffer.from(text, "latin1");
  },
  run(input) {
    const value = Buffer.from(input).toString("latin1");
    const links = attempt(() => parseLinks(value));
    attempt(() => nextPage(value, "https://registry.example/v2/a/tags/list"));
    for (const link of links ?? []) {
      const written = attempt(() => formatLink(link));
      if (written !== undefined) assert.deepEqual(parseLinks(written), [link]);
    }
  },
};

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isTeuError(error, "ERR_HEADER_INVALID")) return undefined;
    throw error;
  }
}

const SEEDS = [
  '</v2/_catalog?last=b&n=2>; rel="next"',
  '<http://example.com/2>; rel="previous"; title="a, \\"b\\"", </4>; rel=next',
  "</chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel,<>;;REL = Next",
  '<//[::1]:5000/x>; rel="start http://example.net/relation/other"',
];
