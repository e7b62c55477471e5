import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "@teu/std/bytes";
import { poly1305 } from "./internal/salsa20.ts";
import { openBox, sealBox } from "./secretbox.ts";

// The values of NaCl's own test of secretbox.
const KEY = fromHex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
const NONCE = fromHex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
const PLAIN = fromHex(
  "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705",
);
const BOX =
  "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5";

test("secretbox gives and opens what NaCl's test says", () => {
  assert.equal(toHex(sealBox(PLAIN, NONCE, KEY)), BOX);
  assert.deepEqual(openBox(fromHex(BOX), NONCE, KEY), PLAIN);
});

test("a box that was changed anywhere does not open", () => {
  const box = fromHex(BOX);
  for (let at = 0; at < box.length; at += 7) {
    const changed = Uint8Array.from(box);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(openBox(changed, NONCE, KEY), undefined);
  }
  assert.equal(openBox(box.subarray(0, 15), NONCE, KEY), undefined);
});

test("Poly1305 gives the tag of RFC 8439", () => {
  const key = fromHex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
  const tag = poly1305(key, Buffer.from("Cryptographic Forum Research Group"));
  assert.equal(toHex(tag), "a8061dc1305136c6c22b8baf0c0127a9");
});

test("messages of every length around a block come back", () => {
  for (let length = 0; length < 200; length += 1) {
    const plain = new Uint8Array(length).fill(length);
    assert.deepEqual(openBox(sealBox(plain, NONCE, KEY), NONCE, KEY), plain);
  }
});
