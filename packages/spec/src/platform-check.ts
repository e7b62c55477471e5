/**
 * Platforms in documents, checked against the image specification.
 * @module
 */
import type { Json } from "@teu/std/json";
import type { PLATFORM_CLAUSES } from "./image/clauses/platform.ts";
import { type Report, mismatch } from "./issue.ts";
import { ARCHITECTURES, OPERATING_SYSTEMS } from "./platform.ts";

/** Id of a clause on platforms. */
export type PlatformClause = keyof typeof PLATFORM_CLAUSES;

/** Lists the clauses that a platform breaks. */
export function checkPlatform(json: Json, report: Report<PlatformClause>): void {
  if (json.kind !== "object") return report.add("image.platform.object", json, mismatch("an object", json));
  checkKnown(json.get("architecture"), ARCHITECTURES, report, "image.platform.architecture");
  checkKnown(json.get("os"), OPERATING_SYSTEMS, report, "image.platform.os");
  const version = json.get("os.version");
  if (!isOptionalText(version)) report.add("image.platform.os.version", version, mismatch("a string", version));
  checkFeatures(json, report);
  checkVariant(json, report);
  const features = json.get("features");
  if (features.kind !== "missing")
    report.add("image.platform.features", features, "expected nothing, for the name is reserved");
}

function checkKnown(
  json: Json,
  known: ReadonlySet<string>,
  report: Report<PlatformClause>,
  clause: "image.platform.architecture" | "image.platform.os",
): void {
  if (json.kind !== "string") return report.add(clause, json, mismatch("a string", json));
  if (known.has(json.text)) return;
  const values = clause === "image.platform.os" ? "GOOS such as linux" : "GOARCH such as amd64";
  report.add(`${clause}.known`, json, `expected a value of ${values}, got ${JSON.stringify(json.text)}`);
}

function isOptionalText(json: Json): boolean {
  return json.kind === "missing" || json.kind === "string";
}

function checkFeatures(platform: Json, report: Report<PlatformClause>): void {
  const json = platform.get("os.features");
  if (json.kind === "missing") return;
  const clause = "image.platform.os.features";
  if (json.kind !== "array") return report.add(clause, json, mismatch("an array of strings", json));
  const onWindows = platform.get("os").text === "windows";
  for (const item of json.items) {
    if (item.kind !== "string") report.add(clause, item, mismatch("a string", item));
    else if (onWindows && item.text !== "win32k") {
      report.add(`${clause}.windows`, item, `expected win32k, got ${JSON.stringify(item.text)}`);
    }
  }
}

function checkVariant(platform: Json, report: Report<PlatformClause>): void {
  const json = platform.get("variant");
  if (!isOptionalText(json)) return report.add("image.platform.variant", json, mismatch("a string", json));
  const listed = VARIANTS.get(platform.get("architecture").text);
  if (json.kind === "missing" || listed === undefined || listed.pattern.test(json.text)) return;
  const message = `expected a variant such as ${listed.example}, got ${JSON.stringify(json.text)}`;
  report.add("image.platform.variant.known", json, message);
}

/**
 * Variants of the architectures that the specification lists; those of others are free.
 * The values that Go knows beside the listed ones count as well: `v5` of arm, and later levels of every architecture.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#platform-variants}
 */
const VARIANTS: ReadonlyMap<string, { readonly pattern: RegExp; readonly example: string }> = new Map([
  ["arm", { pattern: /^v[5-8]$/, example: "v7" }],
  ["arm64", { pattern: /^v[89](?:\.[0-9])?$/, example: "v8" }],
  ["ppc64le", { pattern: /^power(?:[89]|1[0-9])$/, example: "power9" }],
  ["riscv64", { pattern: /^rva2[0-9]u64$/, example: "rva20u64" }],
  ["amd64", { pattern: /^v[1-9]$/, example: "v2" }],
]);
