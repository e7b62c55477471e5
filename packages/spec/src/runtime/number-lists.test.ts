import assert from "node:assert/strict";
import { test } from "node:test";
import { isNumberList } from "./number-lists.ts";

test("isNumberList() takes numbers and ascending ranges, joined by commas", () => {
  for (const good of ["", " ", "0", "7", "0-3,7", "0-0", " 0-3 , 7 ", "1,1", "4294967295"]) {
    assert.ok(isNumberList(good), good);
  }
  for (const bad of [
    ",",
    "0,",
    "-1",
    "1-",
    "3-0",
    "0 - 3",
    "0-1-2",
    "a",
    "0x1",
    "1 2",
    "1.5",
    "all",
    "0-3:1/2",
    "99999999999",
  ]) {
    assert.ok(!isNumberList(bad), bad);
  }
});
