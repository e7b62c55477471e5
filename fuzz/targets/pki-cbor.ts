/** CBOR: what is read has one form, so writing it gives the same bytes but for the order of maps, and reading that again the same. */
import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@teu/pki/cbor";
import { parseCoseSign1 } from "@teu/pki/cose";
import { isTeuError } from "@teu/std/error";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "pki-cbor",
  *seeds() {
    for (const hex of SEEDS) yield new Uint8Array(Buffer.from(hex, "hex"));
  },
  run(input) {
    try {
      const written = encodeCbor(decodeCbor(input));
      assert.equal(written.length, input.length);
      assert.deepEqual(encodeCbor(decodeCbor(written)), written);
      parseCoseSign1(input);
    } catch (error) {
      if (!isTeuError(error)) throw error;
    }
  },
};

const SEEDS = [
  "d28443a10126a11821814101436162634173",
  "a26161016162820203",
  "c11a514b67b0",
  "3bffffffffffffffff",
  "8301820203820405",
];
