import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { concatBytes } from "@teu/std/bytes";
import { assertCode } from "@teu/testing/assert-code";
import { paxRecord, tarArchive, tarFile, tarHeader, tarLong, tarPax } from "@teu/testing/craft-tar";
import type { TarLimits } from "./limits.ts";
import { TarParser } from "./parser.ts";

const X = tarHeader({ name: "x" });
const repeat = (times: number, part: (i: number) => Uint8Array): Uint8Array =>
  concatBytes(Array.from({ length: times }, (_, i) => part(i)));

/** Reads archives of the same shape, one within a limit and one beyond it. */
interface Pair {
  readonly limits: Partial<TarLimits>;
  readonly within: Uint8Array;
  readonly beyond: Uint8Array;
}

const PAIRS: Readonly<Record<string, Pair>> = {
  maxEntries: { limits: { maxEntries: 3 }, within: repeat(3, () => X), beyond: repeat(4, () => X) },
  maxExtensionHeaders: {
    limits: { maxExtensionHeaders: 2 },
    within: concatBytes([tarLong("L", "a"), tarLong("K", "b"), X, tarLong("L", "a"), tarLong("K", "b"), X]),
    beyond: concatBytes([repeat(3, () => tarPax([["a", "b"]], "g")), X]),
  },
  "maxPaxBytes of one entry": {
    limits: { maxPaxBytes: 100 },
    within: concatBytes([tarPax([["k", "v".repeat(93)]]), X]),
    beyond: concatBytes([tarPax([["k", "v".repeat(94)]]), X]),
  },
  "maxPaxBytes of all": {
    limits: { maxPaxBytes: 100 },
    within: concatBytes([tarPax([["k", "v".repeat(93)]], "g"), X]),
    beyond: concatBytes([tarPax([["k", "v".repeat(94)]], "g"), X]),
  },
  maxGlobalPaxBytes: {
    limits: { maxGlobalPaxBytes: 200 },
    within: concatBytes([repeat(20, () => tarPax([["k", "v".repeat(100)]], "g")), X]),
    beyond: concatBytes([repeat(20, (i) => tarPax([[`k${i}`, "v"]], "g")), X]),
  },
  "maxNameBytes of a long name": {
    limits: { maxNameBytes: 200 },
    within: concatBytes([tarLong("L", "n".repeat(200)), X]),
    beyond: concatBytes([tarLong("L", "n".repeat(201)), X]),
  },
  "maxNameBytes of a long link": {
    limits: { maxNameBytes: 200 },
    within: concatBytes([tarLong("K", "n".repeat(200)), X]),
    beyond: concatBytes([tarLong("K", "n".repeat(201)), X]),
  },
  "maxNameBytes of a record": {
    limits: { maxNameBytes: 200 },
    within: concatBytes([tarPax([["path", "n".repeat(200)]]), X]),
    beyond: concatBytes([tarPax([["path", "n".repeat(201)]]), X]),
  },
};

suite("TarParser keeps to", () => {
  for (const [name, { limits, within, beyond }] of Object.entries(PAIRS)) {
    test(name, () => {
      drain(new TarParser({ limits }), within);
      const error = assertCode(() => drain(new TarParser({ limits }), beyond), "ERR_TAR_LIMIT");
      assert.deepEqual((error.detail as { readonly limit: string }).limit, name.split(" ")[0]);
    });
  }
});

function drain(parser: TarParser, archive: Uint8Array): number {
  let entries = 0;
  parser.push(archive);
  parser.end();
  for (let event = parser.next(); event !== "done"; event = parser.next()) if (event === "entry") entries += 1;
  return entries;
}

test("TarParser refuses a long extended header before it takes memory for it", () => {
  const parser = new TarParser();
  parser.push(tarHeader({ name: "x", typeflag: "x", size: "77777777777" }));
  assertCode(() => parser.next(), "ERR_TAR_LIMIT");
});

test("TarParser takes names of 10,000 bytes and a MiB of records by default", () => {
  const records = Array.from({ length: 1000 }, (_, i) => paxRecord(`SCHILY.xattr.user.${i}`, "v".repeat(1000)));
  const archive = tarArchive(
    tarLong("L", "n".repeat(10_000)),
    X,
    tarFile({ name: "p", typeflag: "x" }, concatBytes(records)),
    X,
  );
  assert.equal(drain(new TarParser(), archive), 2);
});

test("TarParser takes time in proportion to the archive, with the most global records that it allows", () => {
  const globals = tarPax(
    Array.from({ length: 180 }, (_, i) => [`SCHILY.xattr.${i}`, "v"] as const),
    "g",
  );
  const archive = concatBytes([globals, repeat(2000, () => concatBytes([tarPax([["a", "b"]]), X]))]);
  const started = process.cpuUsage();
  assert.equal(drain(new TarParser(), archive), 2000);
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 2_000_000, `took ${(user + system) / 1000} ms`);
});
