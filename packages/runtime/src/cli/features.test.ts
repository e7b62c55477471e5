import assert from "node:assert/strict";
import { test } from "node:test";
import { featuresText } from "./features.ts";

test("the features are JSON that says what callers ask for", () => {
  const features = JSON.parse(featuresText()) as Record<string, unknown>;
  assert.deepEqual([features["ociVersionMin"], features["ociVersionMax"]], ["1.0.0", "1.3.0"]);
  const options = features["mountOptions"] as readonly string[];
  assert.deepEqual([options.includes("rro"), options.includes("idmap")], [true, true]);
  const linux = features["linux"] as Record<string, Record<string, unknown>>;
  assert.equal(linux["seccomp"]?.["enabled"], true);
  assert.deepEqual(linux["mountExtensions"], { idmap: { enabled: true } });
});
