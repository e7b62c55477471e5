/**
 * Annotations of a configuration and of a features structure.
 * @module
 */
import type { Json } from "@teu/std/json";
import { mismatch, quote } from "../issue.ts";
import { isRfc3339 } from "../rfc3339.ts";
import { type RuntimeReport, checkString } from "./fields.ts";

/**
 * Checks the annotations of a configuration: their form, and those that the specification reserves.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#annotations}
 */
export function checkConfigAnnotations(json: Json, report: RuntimeReport): void {
  checkAnnotations(json, report);
  for (const [key, value] of json.fields) {
    const test = IMAGE_ANNOTATIONS.get(key);
    if (test !== undefined) checkString(value, "runtime.annotations.image", test, report);
    else if (isReserved(key))
      report.add("runtime.annotations.reserved", value, `expected a key other than ${quote(key)}`);
  }
}

/** Checks the form of annotations: whether they are a map, their keys and values. */
export function checkAnnotations(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") {
    if (!json.absent) report.add("runtime.annotations.map", json, mismatch("an object", json));
    return;
  }
  for (const [key, value] of json.fields) {
    if (value.kind !== "string") report.add("runtime.annotations.value", value, mismatch("a string", value));
    if (key === "") report.add("runtime.annotations.key", value, "expected a key, got an empty one");
    else if (!DOMAIN.test(key)) {
      report.add("runtime.annotations.key.domain", value, `expected a key such as com.example.key, got ${quote(key)}`);
    }
  }
}

function isReserved(key: string): boolean {
  return key === "org.opencontainers" || key.startsWith("org.opencontainers.");
}

const DOMAIN = /^[A-Za-z0-9-]+\.[^.]/;

const ANY = { test: () => true, expected: "a string" };
const NAME = { test: (text: string) => text !== "", expected: "a name" };
const SIGNAL = {
  test: (text: string) => /^SIG[A-Z0-9]+(?:[+-][0-9]+)?$/.test(text),
  expected: "a signal such as SIGTERM",
};

/** The reserved annotations, each with what image-spec says of the property of that name. */
const IMAGE_ANNOTATIONS = new Map([
  ["org.opencontainers.image.os", NAME],
  ["org.opencontainers.image.os.version", ANY],
  ["org.opencontainers.image.os.features", ANY],
  ["org.opencontainers.image.architecture", NAME],
  ["org.opencontainers.image.variant", ANY],
  ["org.opencontainers.image.author", ANY],
  ["org.opencontainers.image.created", { test: isRfc3339, expected: "a date and time (RFC 3339)" }],
  ["org.opencontainers.image.stopSignal", SIGNAL],
]);
