/** Every value of a document with every property, made a value of another kind: each is found, and in its place. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { type Json, parseJson } from "@teu/std/json";
import { parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import type { Issue } from "../issue.ts";
import { checkConfig } from "./config.ts";
import { checkFeatures } from "./features.ts";
import { checkSeccompState } from "./seccomp-state.ts";
import { checkState } from "./state.ts";

const FULL = new URL("../../fixtures/runtime/full/", import.meta.url);
const CHECKERS: Readonly<Record<string, (json: Json) => readonly Issue[]>> = {
  linux: (json) => checkConfig(json, { platform: "linux" }),
  windows: (json) => checkConfig(json, { platform: "windows" }),
  hyperv: (json) => checkConfig(json, { platform: "windows" }),
  solaris: (json) => checkConfig(json, { platform: "solaris" }),
  freebsd: (json) => checkConfig(json, { platform: "freebsd" }),
  state: checkState,
  "seccomp-state": checkSeccompState,
  features: checkFeatures,
};

/** Values of which the specification says nothing. */
const OPEN = /^created$|^windows\.credentialSpec\./;

suite("every value of another kind is found", () => {
  for (const [name, check] of Object.entries(CHECKERS)) {
    test(name, () => {
      const document = toValue(parseJsonBytes(readFileSync(new URL(`${name}.json`, FULL))));
      for (const { place, spoiled } of spoil(document)) {
        const path = place.replace(/^\./, "");
        if (OPEN.test(path)) continue;
        const found = check(parseJson(stringifyJson(spoiled))).map((issue) =>
          issue.path.replaceAll(/\["([^"]*)"\]/g, ".$1"),
        );
        assert.ok(found.includes(path), `${path}: ${found.join(" ")}`);
      }
    });
  }
});

/** The document again and again, each time with one value of another kind. */
function* spoil(value: unknown): Iterable<{ readonly place: string; readonly spoiled: unknown }> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const { place, spoiled } of spoil(item))
        yield { place: `[${index}]${place}`, spoiled: value.with(index, spoiled) };
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      for (const { place, spoiled } of spoil(item))
        yield { place: `.${name}${place}`, spoiled: { ...value, [name]: spoiled } };
    }
  }
  yield { place: "", spoiled: typeof value === "string" ? 1 : "another kind" };
}
