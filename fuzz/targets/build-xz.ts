/**
 * Foreign bytes as an xz file and as a Debian package: plain bytes within the bound, or an error of ours.
 */
import { openDeb } from "@teu/build/base/deb/deb-file";
import { decompressXz } from "@teu/build/base/xz/xz";
import { isTeuError } from "@teu/std/error";
import type { FuzzTarget } from "../target.ts";

const MAX_BYTES = 1 << 20;

export const target: FuzzTarget = {
  name: "build-xz",
  *seeds() {
    for (const seed of SEEDS) yield Buffer.from(seed, "base64");
  },
  async run(input) {
    try {
      if (decompressXz(input, { maxBytes: MAX_BYTES }).length > MAX_BYTES) throw new RangeError("more than its bound");
    } catch (error) {
      if (!isTeuError(error)) throw error;
    }
    try {
      await openDeb(input, "fuzz.deb");
    } catch (error) {
      if (!isTeuError(error)) throw error;
    }
  },
};

const SEEDS = [
  "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AATAA5dADQZSe6N74yHMfUvZAAAAAAAsEiFWdeprksAASoUfq03VR+2830BAAAAAARZWg==",
  "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AAnAAldADCYiKsUDmmAAAAAAADLtCDvAgAhARYAAAB0L+Wj4AAnAAldADEYyFwO9CQAAAAAAADeb8YXAgAhARYAAAB0L+Wj4AAnAAldADGYSIYnMSQAAAAAAADa6q3uAgAhARYAAAB0L+Wj4AAnAAldADCYiKsUDmmAAAAAAADLtCDvAgAhARYAAAB0L+Wj4AATAAhdADEYyFuaXpAAAMAO+JkABSEoISghKCEoIBTBqnXGm+NRQAMAAAAAAVla",
  "ITxhcmNoPgpkZWJpYW4tYmluYXJ5ICAgMTc5NTMzNDcxMiAgMCAgICAgMCAgICAgMTAwNjQ0ICA0ICAgICAgICAgYAoyLjAKY29udHJvbC50YXIueHogIDE3OTUzMzQ3MTIgIDAgICAgIDAgICAgIDEwMDY0NCAgMjc2ICAgICAgIGAK/Td6WFoAAATm1rRGBMDTAYBQIQEWAAAAAAAAAPCiMKzgJ/8Ay10AFwu8HH0BlcAdSj55FcLMJqNjHG/ft9weCBcEC7bxslSjap5tUj4ALWAxNfojxM/ZDJsYsTM7eVlUVFrr6UxJrU3CBVF0vPa34E0+G5GUFn8cVknHOpd2dkMgEyCfdylTEtBTVsvop+w2rpQOaPqIx7NHVfV60e9IM1a3/+X9rtj0qDhOX7uWsCjaWccbMBEHsMcbJe5ntNSn0WX32aRgSbil2NO2FVpgTjfiW/marU5r+YLpMWrYE+ffizcgHo6i41nHRxqOtq6aFr8AAOdudh2kT761AAHvAYBQAACxzMKYscRn+wIAAAAABFlaZGF0YS50YXIueHogICAgIDE3OTUzMzQ3MTIgIDAgICAgIDAgICAgIDEwMDY0NCAgMTY4ICAgICAgIGAK/Td6WFoAAATm1rRGBMBmgFAhARYAAAAAAAAAAEI38iPgJ/8AXl0AFwu8HH0BlcAdSj55FcLMJqNjHG/ft9weCBcEC7bxslSjap5tUj4ALWAxNfojxM/ZDJsYsTXCufp2/ca9T53323SNu0CTk8z2FzN2tuW/XYkBHsXTf9qK0DCFVys1YAAAABj8OLIHRqh6AAGCAYBQAAA10KgsscRn+wIAAAAABFla",
];
