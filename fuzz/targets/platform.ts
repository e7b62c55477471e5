/** The reader of platforms: what it accepts is written back to the same, and a machine runs images for itself. */
import assert from "node:assert/strict";
import { choosePlatform, platformOrder, runsOn } from "@teu/spec/platform-match";
import { type Platform, formatPlatform, normalisePlatform, parsePlatform } from "@teu/spec/platform";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless("ERR_PLATFORM_INVALID");

export const target: FuzzTarget = {
  name: "platform",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const platforms = new TextDecoder()
      .decode(input)
      .split(" ", 8)
      .map((text) => accepted(() => parsePlatform(text, HOST)));
    const known = platforms.filter((platform) => platform !== undefined);
    for (const platform of known) checkOne(platform);
    for (const host of known) checkOrder(host, known);
  },
};

function checkOne(platform: Platform): void {
  const normal = normalisePlatform(platform);
  assert.deepEqual(normalisePlatform(normal), normal);
  assert.deepEqual(normalisePlatform(parsePlatform(formatPlatform(platform), HOST)), normal);
  const unknown = normal.os === "unknown" || normal.architecture === "unknown";
  assert.equal(runsOn(platform, platform), !unknown);
  assert.equal(runsOn(platform, platform, { strict: true }), !unknown);
}

function checkOrder(host: Platform, images: readonly Platform[]): void {
  const order = platformOrder(host);
  const sorted = images.toSorted(order);
  for (const [index, image] of sorted.slice(1).entries()) {
    const before = sorted[index] ?? image;
    assert.ok(order(before, image) <= 0 && order(image, before) >= 0);
  }
  const chosen = choosePlatform(
    images.map((platform) => ({ platform })),
    host,
  )?.platform;
  const first = sorted[0];
  assert.equal(chosen, first !== undefined && runsOn(host, first) ? first : undefined);
}

const HOST: Platform = { os: "linux", architecture: "arm", variant: "v6" };

const SEEDS = [
  "linux/amd64/v3 linux/386 linux linux(+gpu+simd)/amd64 arm64",
  "linux/arm64/v9.5 linux/arm64/v8 linux/arm/v7 armhf armel aarch64 arm",
  "windows(10.0.26100.1+win32k)/amd64 windows(10.0.20348)/amd64 windows/amd64 windows(1%2B%25)/amd64",
  "unknown/unknown macOS linux/riscv64/rva22u64 linux/ppc64le/power9 i386",
];
