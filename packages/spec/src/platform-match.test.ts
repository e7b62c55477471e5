/** Rows that agree with compare_test.go of github.com/containerd/platforms, and how an index is chosen from. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { choosePlatform, compatiblePlatforms, platformOrder, runsOn } from "./platform-match.ts";
import { type Platform, formatPlatform, parsePlatform } from "./platform.ts";

const HOST: Platform = { os: "linux", architecture: "amd64" };

function platform(text: string): Platform {
  return parsePlatform(text, HOST);
}

/** A host, what it runs, what it does not; all but the host without `linux/` where they have no slash before. */
type Row = readonly [host: string, yes: string, no: string];

function checkRows(rows: readonly Row[], strict: boolean): void {
  for (const [host, yes, no] of rows) {
    for (const [images, expected] of [
      [yes, true],
      [no, false],
    ] as const) {
      for (const image of images.split(" ")) {
        assert.equal(runsOn(platform(host), platform(image), { strict }), expected, `${host} ${image}`);
      }
    }
  }
}

const ARM_8 = "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8";
const OTHERS = "linux/amd64 windows/amd64 windows/arm";

test("a machine runs its own platform, lesser variants and older architectures", () => {
  const rows: readonly Row[] = [
    ["linux/amd64", "linux/amd64 linux/386", "linux/amd64/v2 linux/arm/v7 linux/arm64 windows/amd64 windows/arm"],
    [
      "linux/amd64/v2",
      "linux/amd64 linux/amd64/v1 linux/amd64/v2 linux/386",
      "linux/amd64/v3 linux/amd64/v4 linux/arm/v7 linux/arm64 windows/amd64 windows/arm",
    ],
    ["linux/386", "linux/386", "linux/arm/v7 linux/arm64 linux/amd64 windows/amd64 windows/arm"],
    ["windows/amd64", "windows/amd64 windows(10.0.17763)/amd64", "linux/amd64 linux/arm/v7 linux/arm64 windows/arm"],
    ["linux/arm/v8", ARM_8, `${OTHERS} linux/arm/v4 linux/arm64`],
    [
      "linux/arm/v7",
      "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7",
      `${OTHERS} linux/arm/v4 linux/arm/v8 linux/arm64`,
    ],
    [
      "linux/arm/v6",
      "linux/arm/v5 linux/arm/v6",
      `${OTHERS} linux/arm linux/arm/v4 linux/arm/v7 linux/arm/v8 linux/arm64`,
    ],
    [
      "linux/arm/v5",
      "linux/arm/v5",
      `${OTHERS} linux/arm linux/arm/v4 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64`,
    ],
    [
      "linux/arm/v4",
      "linux/arm/v4",
      `${OTHERS} linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64`,
    ],
    [
      "linux/arm64/v9.6",
      `${ARM_8} linux/arm64 linux/arm64/v8 linux/arm64/v8.1 linux/arm64/v8.2 linux/arm64/v8.3 linux/arm64/v8.4 ` +
        "linux/arm64/v8.5 linux/arm64/v8.6 linux/arm64/v8.7 linux/arm64/v8.8 linux/arm64/v8.9 linux/arm64/v9 " +
        "linux/arm64/v9.0 linux/arm64/v9.1 linux/arm64/v9.2 linux/arm64/v9.3 linux/arm64/v9.4 linux/arm64/v9.5 " +
        "linux/arm64/v9.6",
      `${OTHERS} linux/arm/v4 linux/arm64/v8.10`,
    ],
    [
      "linux/arm64/v9",
      `${ARM_8} linux/arm64 linux/arm64/v8 linux/arm64/v8.1 linux/arm64/v8.2 linux/arm64/v8.3 linux/arm64/v8.4 ` +
        "linux/arm64/v8.5 linux/arm64/v9 linux/arm64/v9.0",
      `${OTHERS} linux/arm/v4 linux/arm64/v8.6`,
    ],
    [
      "linux/arm64/v8.1",
      `${ARM_8} linux/arm64 linux/arm64/v8 linux/arm64/v8.1`,
      `${OTHERS} linux/arm/v4 linux/arm/v9 linux/arm64/v9`,
    ],
    ["linux/arm64", `${ARM_8} linux/arm64 linux/arm64/v8`, `${OTHERS} linux/arm/v4 linux/arm/v9 linux/arm64/v9`],
  ];
  checkRows(rows, false);
});

test("strictly, a machine runs its own platform and other spellings of it", () => {
  const arms = "linux/arm/v5 linux/arm/v6";
  const rows: readonly Row[] = [
    ["linux/amd64", "linux/amd64", "linux/386 linux/arm/v7 linux/arm64 windows/amd64 windows/arm"],
    ["linux/386", "linux/386", "linux/amd64 linux/arm/v7 linux/arm64 windows/amd64 windows/arm"],
    ["windows/amd64", "windows/amd64 windows(10.0.17763)/amd64", "linux/amd64 linux/arm/v7 linux/arm64 windows/arm"],
    [
      "windows(10.0.17763)/amd64",
      "windows/amd64 windows(10.0.17763)/amd64",
      "linux/amd64 linux/arm/v7 linux/arm64 windows/arm",
    ],
    ["linux/arm/v8", "linux/arm/v8", `${OTHERS} ${arms} linux/arm linux/arm/v7 linux/arm/v4 linux/arm64`],
    ["linux/arm/v7", "linux/arm linux/arm/v7", `${OTHERS} ${arms} linux/arm/v4 linux/arm/v8 linux/arm64`],
    [
      "linux/arm/v6",
      "linux/arm/v6",
      `${OTHERS} linux/arm/v5 linux/arm linux/arm/v4 linux/arm/v7 linux/arm/v8 linux/arm64`,
    ],
    [
      "linux/arm/v5",
      "linux/arm/v5",
      `${OTHERS} linux/arm linux/arm/v4 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64`,
    ],
    ["linux/arm/v4", "linux/arm/v4", `${OTHERS} ${arms} linux/arm linux/arm/v7 linux/arm/v8 linux/arm64`],
    [
      "linux/arm64/v9.5",
      "linux/arm64/v9.5",
      `${OTHERS} ${ARM_8} linux/arm/v4 linux/arm64/v8 linux/arm64/v8.1 linux/arm64/v9 linux/arm64/v9.1 linux/arm64/v9.4`,
    ],
    [
      "linux/arm64/v9",
      "linux/arm64/v9 linux/arm64/v9.0",
      `${OTHERS} ${ARM_8} linux/arm/v4 linux/arm/v9 linux/arm64/v8 linux/arm64/v8.1`,
    ],
    [
      "linux/arm64/v8.1",
      "linux/arm64/v8.1",
      `${OTHERS} ${ARM_8} linux/arm/v4 linux/arm/v9 linux/arm64/v8 linux/arm64/v9`,
    ],
    ["linux/arm64", "linux/arm64 linux/arm64/v8", `${OTHERS} ${ARM_8} linux/arm/v4 linux/arm/v9 linux/arm64/v9`],
  ];
  checkRows(rows, true);
});

test("other spellings of a platform match it", () => {
  const rows = [
    ["linux/arm64", "aarch64", undefined],
    ["linux/arm64", "aarch64", "v8"],
    ["linux/arm64/v8", "arm64", undefined],
    ["linux/arm64/v8", "arm64", "v8"],
    ["linux/arm", "arm", "v7"],
    ["linux/arm", "armhf", undefined],
    ["linux/arm", "arm", "7"],
    ["linux/arm/v6", "armel", undefined],
    ["linux/arm/v7", "arm", undefined],
    ["linux/arm/v7", "armhf", undefined],
  ] as const;
  for (const [host, architecture, variant] of rows) {
    const image = { os: "linux", architecture, ...(variant === undefined ? {} : { variant }) };
    assert.ok(runsOn(platform(host), image, { strict: true }), `${host} ${architecture} ${variant}`);
  }
});

test("what suits best comes first, what has other features after it, what does not run last", () => {
  const rows = [
    [
      "linux/amd64",
      "windows/amd64 linux/amd64 linux(+other)/amd64 linux/arm64",
      "linux/amd64 linux(+other)/amd64 windows/amd64 linux/arm64",
    ],
    [
      "linux(+none)/amd64",
      "windows/amd64 linux/amd64 linux/arm64 linux(+other)/amd64",
      "linux/amd64 linux(+other)/amd64 windows/amd64 linux/arm64",
    ],
    [
      "linux(+other)/amd64",
      "windows/amd64 linux/amd64 linux/arm64 linux(+other)/amd64",
      "linux(+other)/amd64 linux/amd64 windows/amd64 linux/arm64",
    ],
    [
      "linux(+af+other+zf)/amd64",
      "windows/amd64 linux/amd64 linux/arm64 linux(+other)/amd64",
      "linux(+other)/amd64 linux/amd64 windows/amd64 linux/arm64",
    ],
    [
      "linux(+f1+f2)/amd64",
      "linux/amd64 linux(+f2)/amd64 linux(+f1)/amd64 linux(+f1+f2)/amd64",
      "linux(+f1+f2)/amd64 linux(+f2)/amd64 linux(+f1)/amd64 linux/amd64",
    ],
    [
      "linux(7.2+other)/amd64",
      "linux/amd64 linux(+other)/amd64 linux(7.1)/amd64 linux(7.2+other)/amd64",
      "linux(+other)/amd64 linux(7.2+other)/amd64 linux/amd64 linux(7.1)/amd64",
    ],
    ["linux/arm64/v8.2", "linux/arm/v7 linux/arm64 linux/arm64/v8.1", "linux/arm64/v8.1 linux/arm64 linux/arm"],
    ["linux/amd64/v3", "linux/386 linux/amd64 linux/amd64/v2", "linux/amd64/v2 linux/amd64 linux/386"],
  ] as const;
  for (const [host, images, sorted] of rows) {
    for (const strict of host.includes("/v") ? [false] : [false, true]) {
      const order = platformOrder(platform(host), { strict });
      const found = images.split(" ").map(platform).sort(order).map(formatPlatform);
      assert.equal(found.join(" ").replace("arm/v7", "arm"), sorted, host);
    }
  }
});

test("a variant without rules runs images without one", () => {
  const texts = (host: string): string => compatiblePlatforms(platform(host)).map(formatPlatform).join(" ");
  assert.equal(texts("linux/ppc64le/power9"), "linux/ppc64le/power9 linux/ppc64le/power8 linux/ppc64le");
  assert.equal(texts("linux/riscv64/rva22u64"), "linux/riscv64/rva22u64 linux/riscv64/rva20u64 linux/riscv64");
  assert.equal(texts("linux/mips/softfloat"), "linux/mips/softfloat linux/mips");
  assert.equal(texts("linux/amd64/v1000000"), "linux/amd64/v1000000 linux/386");
  assert.equal(texts("linux/arm64/v10"), "linux/arm64/v10 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5");
});

interface Entry {
  readonly name: string;
  readonly platform?: Platform;
}

function entries(...texts: readonly string[]): readonly Entry[] {
  return texts.map((name) => (name === "none" ? { name } : { name, platform: platform(name) }));
}

test("choosePlatform takes the best entry, of equal ones the first", () => {
  const twins = entries("windows/amd64", "linux/386", "linux/amd64", "linux/amd64/v1");
  assert.equal(choosePlatform(twins, HOST), twins[2]);
  assert.equal(choosePlatform(twins.slice(0, 2), HOST), twins[1]);
  assert.equal(choosePlatform(twins.slice(0, 2), HOST, { strict: true }), undefined);
  assert.equal(choosePlatform([], HOST), undefined);
});

test("choosePlatform takes an entry without a platform only if no other fits", () => {
  const plain = entries("none", "linux/arm64", "linux/amd64", "none");
  assert.equal(choosePlatform(plain, HOST), plain[2]);
  assert.equal(choosePlatform(plain, { os: "freebsd", architecture: "amd64" }), plain[0]);
});

test("choosePlatform never takes an unknown platform", () => {
  const unknown: readonly Entry[] = [{ name: "attestation", platform: { os: "unknown", architecture: "unknown" } }];
  assert.equal(choosePlatform(unknown, HOST), undefined);
  assert.equal(choosePlatform(unknown, { os: "unknown", architecture: "unknown" }), undefined);
});

test("choosePlatform takes an image with features only where the host has them all", () => {
  const [gpu, plain] = entries("linux(+gpu)/amd64", "linux/amd64");
  const both = [gpu, plain].filter((entry) => entry !== undefined);
  assert.equal(choosePlatform(both, HOST), plain);
  assert.equal(choosePlatform(both, { ...HOST, "os.features": ["gpu"] }), gpu);
});
