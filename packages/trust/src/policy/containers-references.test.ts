/**
 * How names that were signed relate to names that were asked for: the cases of containers/image, as data.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatName, formatReference, isReference, parseReference } from "@teu/spec/reference";
import { matchesIdentity } from "./containers-identity.ts";
import type { SignedIdentity } from "./containers-types.ts";

const D = `@sha256:${"01".repeat(32)}`;
const OTHER = `@sha256:${"aa".repeat(32)}`;
const FULL = "reg.example.com/team/app:7.2";
const BARE = "reg.example.com/team/app";

type Row = readonly [a: string, b: string, matches: boolean];

/** Either may be the one that was signed. */
const EXACT: readonly Row[] = [
  ["busybox:latest", "busybox:latest", true],
  [FULL, FULL, true],
  [`busybox${D}`, `busybox${D}`, true],
  ["library/busybox:latest", "busybox:latest", true],
  ["docker.io/library/busybox:latest", "busybox:latest", true],
  [`library/busybox${D}`, `busybox${D}`, true],
  ["busybox:latest", "busybox:notlatest", false],
  ["busybox:latest", "notbusybox:latest", false],
  ["busybox:latest", "hostname/library/busybox:notlatest", false],
  ["busybox:latest", FULL, false],
  [`busybox${D}`, `notbusybox${D}`, false],
  ["busybox:latest", `busybox${D}`, false],
  [`busybox${D}`, `busybox${OTHER}`, false],
  ["busybox", "busybox:latest", false],
  ["busybox", `busybox${D}`, false],
  ["busybox", "busybox", false],
  [`busybox:latest${D}`, `busybox:latest${D}`, true],
  [`busybox:latest${D}`, `busybox:latest${OTHER}`, false],
  [`busybox:latest${D}`, `busybox:notlatest${D}`, false],
  [`busybox:latest${D}`, `busybox${D}`, false],
  [`busybox:latest${D}`, "busybox:latest", false],
  ["UPPER", "busybox:latest", false],
  ["", "UPPER", false],
  ["UPPER", "UPPER", false],
];

const REPOSITORY: readonly Row[] = [
  ["busybox:latest", "busybox:latest", true],
  [`busybox${D}`, `busybox${D}`, true],
  ["docker.io/library/busybox:notlatest", "busybox:latest", true],
  ["busybox:latest", "library/busybox:notlatest", true],
  [`${FULL}suffix`, FULL, true],
  ["busybox:latest", `busybox${D}`, true],
  [`busybox${D}`, `busybox${OTHER}`, true],
  ["busybox", "busybox:notlatest", true],
  [FULL, BARE, true],
  ["busybox", `busybox${D}`, true],
  ["docker.io/library/busybox", "busybox", true],
  ["busybox:latest", "notbusybox:latest", false],
  ["hostname/library/busybox:latest", "busybox:notlatest", false],
  ["busybox:latest", FULL, false],
  [`busybox${D}`, `notbusybox${D}`, false],
  [`busybox:latest${D}`, `busybox:notlatest${OTHER}`, true],
  [`busybox:latest${D}`, "busybox:latest", true],
  ["UPPER", "busybox:latest", false],
  ["UPPER", "UPPER", false],
];

/** The first was asked for, the second was signed. */
const DIGEST_OR_EXACT: readonly Row[] = [
  ...EXACT.filter(([, , matches]) => matches).flatMap(([a, b, is]): readonly Row[] => [
    [a, b, is],
    [b, a, is],
  ]),
  ...REPOSITORY.filter(([, , matches]) => !matches).flatMap(([a, b, is]): readonly Row[] => [
    [a, b, is],
    [b, a, is],
  ]),
  ["busybox:latest", "busybox:notlatest", false],
  [`${FULL}suffix`, FULL, false],
  ["docker.io/library/busybox:notlatest", "busybox:latest", false],
  ["busybox", "busybox:latest", false],
  ["busybox:latest", "busybox", false],
  ["busybox", `busybox${D}`, false],
  [`busybox${D}`, "busybox", false],
  ["busybox", "busybox", false],
  ["busybox:latest", `busybox${D}`, false],
  [`busybox${D}`, "busybox:latest", true],
  [`busybox${D}`, `busybox${OTHER}`, true],
  [`busybox:latest${D}`, "busybox:latest", false],
  [`busybox:latest${D}`, "busybox:notlatest", false],
  ["busybox:latest", `busybox:latest${D}`, false],
  [`busybox:latest${D}`, `busybox:latest${OTHER}`, false],
  [`busybox:latest${D}`, `busybox:notlatest${OTHER}`, false],
];

function checkAll(identity: SignedIdentity, rows: readonly Row[]): void {
  for (const row of rows) check(identity, row);
}

function check(identity: SignedIdentity, [asked, signed, expected]: Row): void {
  if (!isReference(asked)) return;
  const intended = parseReference(asked);
  assert.equal(matchesIdentity(identity, signed, intended), expected, `${identity.type}: ${asked}, signed ${signed}`);
}

const both = ([a, b, matches]: Row): readonly Row[] => [
  [a, b, matches],
  [b, a, matches],
];

describe("signedIdentity, by the cases of containers/image", () => {
  test("matchExact", () => checkAll({ type: "matchExact" }, EXACT.flatMap(both)));
  test("matchRepository", () => checkAll({ type: "matchRepository" }, REPOSITORY.flatMap(both)));
  test("matchRepoDigestOrExact", () => checkAll({ type: "matchRepoDigestOrExact" }, DIGEST_OR_EXACT));
  test("remapIdentity where nothing is remapped", () => {
    checkAll({ type: "remapIdentity", prefix: "never.example", signedPrefix: "never.example" }, DIGEST_OR_EXACT);
  });
  test("exactReference and exactRepository, whatever was asked for", () => {
    const exact = (dockerReference: string): SignedIdentity => ({ type: "exactReference", dockerReference });
    const same = (dockerRepository: string): SignedIdentity => ({ type: "exactRepository", dockerRepository });
    for (const [rows, make] of [
      [EXACT, exact],
      [REPOSITORY, same],
    ] as const) {
      for (const [wanted, signed, expected] of rows.flatMap(both)) {
        // Those that are no names are refused when the policy is read.
        if (!isReference(wanted)) continue;
        const text = (make === same ? formatName : formatReference)(parseReference(wanted));
        assert.equal(matchesIdentity(make(text), signed, undefined), expected, `${wanted}, signed ${signed}`);
      }
    }
  });

  const remapped: readonly (readonly [string, string, string, string, boolean])[] = [
    ["away.example", "away.other", "busybox:latest", "busybox:latest", true],
    ["away.example", "away.other", "busybox:latest", "notbusybox:latest", false],
    ["mirror.example", "public.com", "mirror.example/busybox:1", "public.com/busybox:1", true],
    ["mirror.example", "public.com", "mirror.example/busybox:1", "public.com/busybox:2", false],
    ["mirror.example", "docker.io/library", "mirror.example/busybox:latest", "busybox:latest", true],
    ["mirror.example", "docker.io/library", "mirror.example/alpine:latest", "busybox:latest", false],
    ["docker.io/library", "original.com", "copied:latest", "original.com/copied:latest", true],
    ["docker.io/library", "original.com", "copied:latest", "original.com/ns/copied:latest", false],
    ["mirror.example", "vendor.example", "xmirror.example/a:1", "vendor.example/a:1", false],
    ["mirror.example/ns", "vendor.example/v", "mirror.example/ns2/a:1", "vendor.example/v2/a:1", false],
    ["docker.io", "v.example/ns", "busybox:1", "v.example/ns/library/busybox:1", true],
    ["docker.io/library/busybox", "v.example/ns/other", "busybox:1", "v.example/ns/other:1", true],
    ["mirror.example/ns/image", "vendor.example:5000", "mirror.example/ns/image:tag", "vendor.example:5000", false],
    ["mirror.example/ns/image", "notlocalhost", "mirror.example/ns/image:tag", "notlocalhost:tag", false],
  ];
  for (const [prefix, signedPrefix, asked, signed, expected] of remapped)
    test(`${asked} remapped from ${prefix} to ${signedPrefix}, signed ${signed}`, () =>
      check({ type: "remapIdentity", prefix, signedPrefix }, [asked, signed, expected]));
});
