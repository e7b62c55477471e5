import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { MAX_FIELD_LENGTH } from "./field.ts";
import { MAX_LINKS, formatLink, formatNextLink, nextPage, parseLinks } from "./link.ts";

test("parseLinks() agrees with the examples of RFC 8288 section 3.5", () => {
  const rows: readonly (readonly [
    string,
    readonly (readonly [string, readonly string[], Record<string, string>])[],
  ])[] = [
    [
      '<http://example.com/TheBook/chapter2>; rel="previous"; title="previous chapter"',
      [["http://example.com/TheBook/chapter2", ["previous"], { rel: "previous", title: "previous chapter" }]],
    ],
    ['</>; rel="http://example.net/foo"', [["/", ["http://example.net/foo"], { rel: "http://example.net/foo" }]]],
    ['</terms>; rel="copyright"; anchor="#foo"', [["/terms", ["copyright"], { rel: "copyright", anchor: "#foo" }]]],
    [
      '</chapter2>; rel="previous"; title*=UTF-8\'de\'letztes%20Kapitel, </chapter4>; rel="next"',
      [
        ["/chapter2", ["previous"], { rel: "previous", "title*": "UTF-8'de'letztes%20Kapitel" }],
        ["/chapter4", ["next"], { rel: "next" }],
      ],
    ],
    [
      '<http://example.org/>; rel="start http://example.net/relation/other"',
      [
        [
          "http://example.org/",
          ["start", "http://example.net/relation/other"],
          { rel: "start http://example.net/relation/other" },
        ],
      ],
    ],
    [
      '<https://example.org/>; rel="start", <https://example.org/index>; rel="index"',
      [
        ["https://example.org/", ["start"], { rel: "start" }],
        ["https://example.org/index", ["index"], { rel: "index" }],
      ],
    ],
  ];
  for (const [value, links] of rows) {
    const read = parseLinks(value).map((link) => [link.target, link.relations, Object.fromEntries(link.parameters)]);
    assert.deepEqual(read, links, value);
  }
});

test("parseLinks() reads what registries write", () => {
  const rows: readonly (readonly [string | readonly string[], readonly string[]])[] = [
    ['</v2/_catalog?last=b&n=2>; rel="next"', ["next"]],
    ["</v2/_catalog?last=b&n=2>;rel=next", ["next"]],
    ["</v2/_catalog?last=b&n=2> ; REL = Next ;", ["next"]],
    ['</a,b;c>; rel="next"', ["next"]],
    ['</a>; rel="next"; rel="prev"', ["next"]],
    ["</a>", []],
    ["</a>; flag; rel=next", ["next"]],
    [
      ["</a>; rel=prev", "</b>; rel=next"],
      ["prev", "next"],
    ],
    ["", []],
    [" , ", []],
  ];
  for (const [value, relations] of rows)
    assert.deepEqual(
      parseLinks(value).flatMap((link) => link.relations),
      relations,
    );
});

test("parseLinks() refuses what is none, and bounds its work", () => {
  for (const value of ["/a; rel=next", "<", "</a", '</a>; rel="next', "</a> rel=next", "</a>;rel=next </b>", "next"]) {
    const read = (): unknown => parseLinks(value);
    if (value === "</a>;rel=next </b>") assert.deepEqual(parseLinks(value)[0]?.relations, ["next", "</b>"]);
    else assert.throws(read, { code: "ERR_HEADER_INVALID" }, value);
  }
  assert.equal(parseLinks("<a>,".repeat(MAX_LINKS)).length, MAX_LINKS);
  assert.throws(() => parseLinks("<a>,".repeat(MAX_LINKS + 1)), { message: /more than 64 links/ });
  assert.throws(() => parseLinks("<".repeat(MAX_FIELD_LENGTH)), { code: "ERR_HEADER_INVALID" });
  assert.throws(() => parseLinks(`<a>${";".repeat(MAX_FIELD_LENGTH)}`), { message: /expected at most 16384/ });
});

test("parseLinks() reads what formatLink() writes", () => {
  const target = fc.stringMatching(/^[!$-;=?-~]{0,30}$/);
  const name = fc.stringMatching(/^[abc*-]{1,9}$/);
  const value = fc.stringMatching(/^[aB1 ;,="\\/<>ü]{0,9}$/);
  fc.assert(
    fc.property(target, fc.dictionary(name, value), (address, entries) => {
      const link = { target: address, parameters: new Map(Object.entries(entries)) };
      const [read] = parseLinks(formatLink(link));
      assert.deepEqual({ target: read?.target, parameters: read?.parameters }, link);
    }),
  );
});

test("formatLink() refuses what would break out of the header", () => {
  const parameters = new Map([["rel", "next"]]);
  for (const target of ["/a>b", "/a b", "/a\r\nb", "/ü"]) {
    assert.throws(() => formatLink({ target, parameters }), { code: "ERR_HEADER_INVALID" }, target);
  }
  assert.throws(() => formatLink({ target: "/", parameters: new Map([["a b", ""]]) }), { code: "ERR_HEADER_INVALID" });
  assert.throws(() => formatLink({ target: "/", parameters: new Map([["a", "\n"]]) }), { code: "ERR_HEADER_INVALID" });
});

test("nextPage() resolves the address against that of the page", () => {
  const base = "https://registry.example/v2/app/tags/list?n=2";
  const rows: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, undefined],
    ["</v2/>; rel=prev", undefined],
    [formatNextLink("/v2/app/tags/list?n=2&last=b"), "https://registry.example/v2/app/tags/list?n=2&last=b"],
    [formatNextLink("list?n=2&last=b"), "https://registry.example/v2/app/tags/list?n=2&last=b"],
    [formatNextLink("?n=2&last=b"), "https://registry.example/v2/app/tags/list?n=2&last=b"],
    [formatNextLink("https://other.example/x"), "https://other.example/x"],
    ['</a>; rel=prev, </b>; rel="last next"', "https://registry.example/b"],
  ];
  for (const [value, address] of rows) assert.equal(nextPage(value, base)?.href, address, value);
  assert.throws(() => nextPage("<http://[>; rel=next", new URL(base)), { code: "ERR_HEADER_INVALID" });
});
