/** Rows that agree with platforms_test.go of github.com/containerd/platforms, and properties. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import * as fc from "fast-check";
import { isTeuError } from "@teu/std/error";
import { type Platform, formatPlatform, normalisePlatform, parsePlatform, platformOfNode } from "./platform.ts";

const HOSTS: readonly Platform[] = [
  { os: "linux", architecture: "amd64" },
  { os: "darwin", architecture: "arm64", variant: "v8" },
  { os: "linux", architecture: "arm", variant: "v7" },
  { os: "linux", architecture: "arm", variant: "v6" },
];

/** What `host` adds to an operating system alone. */
function processorOf({ architecture, variant }: Platform): Omit<Platform, "os"> {
  return architecture === "arm" && variant === "v6" ? { architecture, variant } : { architecture };
}

test("parsePlatform reads os/architecture/variant, and formatPlatform writes them", () => {
  const rows: readonly (readonly [text: string, platform: Platform, written: string])[] = [
    ["linux/arm64", { os: "linux", architecture: "arm64" }, "linux/arm64"],
    ["linux/arm64/v8", { os: "linux", architecture: "arm64", variant: "v8" }, "linux/arm64/v8"],
    ["linux/arm", { os: "linux", architecture: "arm" }, "linux/arm"],
    ["linux/arm/v6", { os: "linux", architecture: "arm", variant: "v6" }, "linux/arm/v6"],
    ["linux/arm/v7", { os: "linux", architecture: "arm", variant: "v7" }, "linux/arm/v7"],
    ["Linux/x86_64", { os: "linux", architecture: "amd64" }, "linux/amd64"],
    ["linux/s390x", { os: "linux", architecture: "s390x" }, "linux/s390x"],
    ["linux/amd64/v1", { os: "linux", architecture: "amd64" }, "linux/amd64"],
    ["linux/amd64/v3", { os: "linux", architecture: "amd64", variant: "v3" }, "linux/amd64/v3"],
    ["plan10/z80/A", { os: "plan10", architecture: "z80", variant: "a" }, "plan10/z80/a"],
  ];
  for (const host of HOSTS) {
    for (const [text, platform, written] of rows) {
      assert.deepEqual(parsePlatform(text, host), platform, text);
      assert.equal(formatPlatform(platform), written);
      assert.equal(formatPlatform(parsePlatform(written, host)), written);
    }
  }
});

test("parsePlatform takes the operating system from the host", () => {
  const rows = [
    ["arm", "arm", undefined],
    ["armel", "arm", "v6"],
    ["armhf", "arm", undefined],
    ["Aarch64", "arm64", undefined],
    ["x86_64", "amd64", undefined],
    ["x86-64", "amd64", undefined],
    ["i386", "386", undefined],
    ["s390x", "s390x", undefined],
  ] as const;
  for (const { os } of HOSTS) {
    for (const [text, architecture, variant] of rows) {
      const platform = parsePlatform(text, { os, architecture: "wasm" });
      assert.deepEqual(platform, { os, architecture, ...(variant === undefined ? {} : { variant }) }, text);
    }
  }
});

test("parsePlatform takes the processor from the host", () => {
  const rows: readonly (readonly [
    text: string,
    system: Pick<Platform, "os" | "os.version" | "os.features">,
    string?,
  ])[] = [
    ["linux", { os: "linux" }],
    ["macOS", { os: "darwin" }, "darwin"],
    ["windows", { os: "windows" }],
    ["windows()", { os: "windows" }, "windows"],
    ["windows(10.0.17763)", { os: "windows", "os.version": "10.0.17763" }],
    ["windows(10.0.17763+win32k)", { os: "windows", "os.version": "10.0.17763", "os.features": ["win32k"] }],
    ["linux(+gpu)", { os: "linux", "os.features": ["gpu"] }],
    ["linux(+gpu+simd)", { os: "linux", "os.features": ["gpu", "simd"] }],
    ["linux(+unsorted+erofs)", { os: "linux", "os.features": ["unsorted", "erofs"] }, "linux(+erofs+unsorted)"],
    ["windows(10.0.17763%2Bbuild.42)", { os: "windows", "os.version": "10.0.17763+build.42" }],
    [
      "windows(10.0.17763%2Bbuild.42+win32k)",
      { os: "windows", "os.version": "10.0.17763+build.42", "os.features": ["win32k"] },
    ],
    ["windows(50%25done)", { os: "windows", "os.version": "50%done" }],
  ];
  for (const host of HOSTS) {
    const processor = processorOf(host);
    for (const [text, system, written = text] of rows) {
      const platform = parsePlatform(text, host);
      assert.deepEqual(platform, { ...system, ...processor }, text);
      const parts = [written, processor.architecture, processor.variant].filter((part) => part !== undefined);
      assert.equal(formatPlatform(platform), parts.join("/"));
    }
  }
});

test("formatPlatform escapes what has a meaning in its syntax", () => {
  const rows: readonly (readonly [version: string | undefined, features: readonly string[] | undefined, string])[] = [
    ["10.0.17763+build.42", undefined, "windows(10.0.17763%2Bbuild.42)/amd64"],
    ["10.0.17763+build.42", ["win32k"], "windows(10.0.17763%2Bbuild.42+win32k)/amd64"],
    ["50%done", undefined, "windows(50%25done)/amd64"],
    ["1.0(beta)", undefined, "windows(1.0%28beta%29)/amd64"],
    ["a/b", undefined, "windows(a%2Fb)/amd64"],
    ["10.0.17763", undefined, "windows(10.0.17763)/amd64"],
    [undefined, ["feat+v2"], "windows(+feat%2Bv2)/amd64"],
    [undefined, ["100%gpu"], "windows(+100%25gpu)/amd64"],
    ["10.0+build", ["feat+1"], "windows(10.0%2Bbuild+feat%2B1)/amd64"],
  ];
  for (const [version, features, text] of rows) {
    const platform = {
      os: "windows",
      architecture: "amd64",
      ...(version === undefined ? {} : { "os.version": version }),
      ...(features === undefined ? {} : { "os.features": features }),
    };
    assert.equal(formatPlatform(platform), text);
    assert.deepEqual(parsePlatform(text, { os: "linux", architecture: "arm" }), platform);
  }
});

test("formatPlatform leaves out what is empty", () => {
  const features = ["", "gpu", "", "simd", "gpu"];
  const platform = { os: "linux", architecture: "amd64", "os.features": features };
  assert.equal(formatPlatform(platform), "linux(+gpu+simd)/amd64");
  assert.equal(formatPlatform({ os: "", architecture: "amd64" }), "unknown");
  assert.equal(formatPlatform({ os: "linux", architecture: "" }), "linux");
});

test("parsePlatform refuses other texts", () => {
  const rows = [
    "",
    "/linux/arm",
    "linux/arm/",
    "linux /arm",
    "linux/&arm",
    "linux/arm/foo/bar",
    "*",
    "linux/*",
    "*/arm64",
    "windows(10",
    "windows(10)x/amd64",
    "windows(+)/amd64",
    "windows(1%zz)/amd64",
    "windows(%ff)/amd64",
    "amd64(1.2)",
    "minix",
    "linux/arm/v7/",
    "linux\n/arm",
  ];
  const [host = { os: "", architecture: "" }] = HOSTS;
  for (const text of rows) assertCode(() => parsePlatform(text, host), "ERR_PLATFORM_INVALID");
});

test("normalisePlatform gives one name to what has several", () => {
  const rows = [
    ["i386", "v1", "386", undefined],
    ["X86_64", undefined, "amd64", undefined],
    ["x86-64", "V2", "amd64", "v2"],
    ["amd64", "v1", "amd64", undefined],
    ["aarch64", "8", "arm64", undefined],
    ["arm64", "v8", "arm64", undefined],
    ["arm64", "v8.0", "arm64", undefined],
    ["arm64", "v8.2", "arm64", "v8.2"],
    ["arm64", "9", "arm64", "v9"],
    ["arm64", "9.0", "arm64", "v9"],
    ["arm64", "v9.0", "arm64", "v9"],
    ["armhf", "v6", "arm", "v7"],
    ["armel", undefined, "arm", "v6"],
    ["arm", undefined, "arm", "v7"],
    ["arm", "", "arm", "v7"],
    ["arm", "7", "arm", "v7"],
    ["arm", "5", "arm", "v5"],
    ["arm", "6", "arm", "v6"],
    ["arm", "8", "arm", "v8"],
    ["mips", "softfloat", "mips", "softfloat"],
  ] as const;
  for (const [architecture, variant, name, level] of rows) {
    const given = { os: "macOS", architecture, ...(variant === undefined ? {} : { variant }) };
    const expected = { os: "darwin", architecture: name, ...(level === undefined ? {} : { variant: level }) };
    assert.deepEqual(normalisePlatform(given), expected, `${architecture} ${variant}`);
  }
});

test("normalisePlatform sorts features and keeps what it does not know", () => {
  const platform = { os: "linux", architecture: "wasm", "os.features": ["b", "a", "b"], "os.version": "6", note: true };
  assert.deepEqual(normalisePlatform(platform), { ...platform, "os.features": ["a", "b"] });
});

test("platformOfNode knows the names that Node uses", () => {
  assert.deepEqual(platformOfNode("linux", "x64"), { os: "linux", architecture: "amd64" });
  assert.deepEqual(platformOfNode("win32", "ia32"), { os: "windows", architecture: "386" });
  assert.deepEqual(platformOfNode("linux", "arm", "v7"), { os: "linux", architecture: "arm", variant: "v7" });
  assert.deepEqual(platformOfNode("sunos", "ppc64"), { os: "solaris", architecture: "ppc64le" });
});

test("what formatPlatform writes, parsePlatform reads back to the same", () => {
  const option = fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" });
  const platforms = fc.record(
    {
      os: fc.stringMatching(/^[a-z0-9_-]{1,8}$/),
      architecture: fc.stringMatching(/^[a-z0-9_.-]{1,8}$/),
      variant: fc.stringMatching(/^[a-z0-9_.-]{1,8}$/),
      "os.version": option,
      "os.features": fc.array(option),
    },
    { requiredKeys: ["os", "architecture"] },
  );
  fc.assert(
    fc.property(platforms.map(normalisePlatform), (platform) => {
      assert.deepEqual(normalisePlatform(parsePlatform(formatPlatform(platform), platform)), platform);
      assert.deepEqual(normalisePlatform(platform), platform);
    }),
    { numRuns: 1000 },
  );
});

test("no text makes parsePlatform throw anything but its error, or take long", () => {
  const [host = { os: "", architecture: "" }] = HOSTS;
  const read = (text: string): void => {
    try {
      parsePlatform(text, host);
    } catch (error) {
      if (!isTeuError(error, "ERR_PLATFORM_INVALID")) throw error;
    }
  };
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-c0-9(+%)/.-]{0,30}$/)), read));
  const long = ["+", "/", "(", "a", "%41"].map((part) => part.repeat(200_000));
  for (const text of long) for (const prefix of ["", "linux(", "linux(+", "linux/"]) read(prefix + text);
});
