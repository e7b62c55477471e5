import assert from "node:assert/strict";
import { test } from "node:test";
import { WIRE_ERRORS, describeWireError, formatErrorBody, isWireErrorCode, refuse, wireError } from "./wire-error.ts";

test("WIRE_ERRORS numbers the codes of the specification from 1 to 14", () => {
  const ids = Object.values(WIRE_ERRORS).flatMap((row) => (row.origin === "oci" ? [row.id] : []));
  assert.deepEqual(
    ids,
    Array.from({ length: 14 }, (_, index) => `code-${index + 1}`),
  );
});

test("WIRE_ERRORS holds codes of capital letters and statuses of failures", () => {
  for (const [code, row] of Object.entries(WIRE_ERRORS)) {
    assert.match(code, /^[A-Z_]+$/);
    assert.ok(row.status >= 400 && row.status < 600 && row.message.length > 0 && row.description.endsWith("."), code);
  }
});

test("describeWireError() takes a foreign code for an unknown error", () => {
  assert.equal(describeWireError("DENIED").status, 403);
  assert.equal(describeWireError("X_OF_ITS_OWN"), WIRE_ERRORS.UNKNOWN);
  assert.equal(describeWireError("toString"), WIRE_ERRORS.UNKNOWN);
  assert.ok(isWireErrorCode("DENIED") && !isWireErrorCode("constructor"));
});

test("formatErrorBody() writes the errors with their messages and details", () => {
  const errors = [
    wireError("BLOB_UNKNOWN"),
    wireError("SIZE_INVALID", { message: "too short", detail: { size: 2n ** 60n } }),
  ];
  assert.equal(
    formatErrorBody(errors),
    '{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"},' +
      '{"code":"SIZE_INVALID","message":"too short","detail":{"size":1152921504606846976}}]}',
  );
});

test("refuse() takes the status of the code unless another is given", () => {
  assert.deepEqual(refuse("UNSUPPORTED", "no"), { kind: "invalid", code: "UNSUPPORTED", message: "no", status: 405 });
  assert.equal(refuse("UNSUPPORTED", "no", 400).status, 400);
});
