import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExtensionList } from "./extensions.ts";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test("parseExtensionList() reads extensions", () => {
  const extensions = [
    { name: "_oci", url: "https://example.com", endpoints: ["_oci/ext/discover"] },
    { name: "_x-y.z", url: "", description: "", endpoints: [] },
  ];
  assert.deepEqual(parseExtensionList(bytes({ extensions })).value, { extensions });
  assert.deepEqual(parseExtensionList(bytes({ extensions: [] })).value, { extensions: [] });
});

test("parseExtensionList() refuses what is none", () => {
  const good = { name: "_oci", url: "", endpoints: [] };
  const rows = [[], {}, { extensions: {} }, { extensions: [1] }, { extensions: [{ ...good, endpoints: [1] }] }];
  for (const value of [...rows, { extensions: [{ ...good, name: "_" }] }, { extensions: [{ ...good, name: "_A" }] }]) {
    assert.throws(() => parseExtensionList(bytes(value)), { code: "ERR_DOCUMENT_INVALID" }, JSON.stringify(value));
  }
});
