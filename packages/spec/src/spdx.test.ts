import assert from "node:assert/strict";
import { test } from "node:test";
import { isLicenceExpression } from "./spdx.ts";

test("licence expressions are told from other texts", () => {
  const good = [
    "MIT",
    "GPL-2.0+",
    "LicenseRef-23",
    "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2",
    "LGPL-2.1-only OR MIT",
    "GPL-2.0-or-later WITH Bison-exception-2.2",
    "(MIT)",
    " ( MIT  and(BSD-2-Clause or Apache-2.0 ) ) ",
  ];
  const bad = [
    "",
    " ",
    "AND",
    "MIT AND",
    "OR MIT",
    "MIT Apache-2.0",
    "MIT,Apache-2.0",
    "MIT/X11",
    "(MIT",
    "MIT)",
    "()",
    "MIT()",
    "MIT (Apache-2.0)",
    "(MIT)(MIT)",
    "MIT And BSD",
    ")MIT(",
    "MIT++",
    "MIT AND OR BSD",
  ];
  for (const text of good) assert.ok(isLicenceExpression(text), text);
  for (const text of bad) assert.ok(!isLicenceExpression(text), text);
});

test("a million parentheses are judged at once", () => {
  assert.ok(isLicenceExpression(`${"(".repeat(500_000)}MIT${")".repeat(500_000)}`));
});
