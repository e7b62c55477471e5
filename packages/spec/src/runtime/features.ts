/**
 * The features structure: what a runtime says it can do.
 * @module
 */
import { DEFAULT_JSON_LIMITS, type Json } from "@teu/std/json";
import { type Document, parseDocument } from "../document.ts";
import { type Issue, Report, mismatch, quote } from "../issue.ts";
import { type Field, checkFields, mapOf, object, string, stringThat, strings } from "../shape.ts";
import { checkAnnotations } from "./annotations.ts";
import { RUNTIME_CLAUSES, type RuntimeClauseId } from "./clauses.ts";
import { type RuntimeReport, fieldsOf } from "./fields.ts";
import { type LinuxFeatures, type Look, checkLinuxFeatures } from "./linux/features.ts";
import { type Version, compareVersions, parseVersion } from "./semver.ts";

/**
 * A features structure. A field that is absent or null says nothing about the feature.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/features.md}
 */
export interface RuntimeFeatures {
  /** Oldest version of the specification that the runtime takes. */
  readonly ociVersionMin: string;
  /** Newest version of the specification that the runtime takes. */
  readonly ociVersionMax: string;
  readonly hooks?: readonly string[] | null;
  readonly mountOptions?: readonly string[] | null;
  readonly linux?: LinuxFeatures | null;
  readonly annotations?: { readonly [key: string]: string } | null;
  /** Keys of annotations that change what the runtime does; one that ends in a dot stands for all that begin so. */
  readonly potentiallyUnsafeConfigAnnotations?: readonly string[] | null;
}

/**
 * Reads and checks a features structure.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST; `detail.issues` has every issue.
 */
export function parseFeatures(bytes: Uint8Array): Document<RuntimeFeatures> {
  return parseDocument(bytes, { name: "a features structure", limits: DEFAULT_JSON_LIMITS, check: checkFeatures });
}

/** Lists every clause that a features structure breaks. */
export function checkFeatures(json: Json): Issue[] {
  const report = new Report(RUNTIME_CLAUSES);
  if (json.kind === "object") checkObject(json, report);
  else report.add("runtime.features.types", json, mismatch("an object", json));
  return report.issues;
}

/** Tells whether an annotation of a configuration may change what a runtime with these features does. */
export function isUnsafeAnnotation(features: RuntimeFeatures, key: string): boolean {
  const listed = features.potentiallyUnsafeConfigAnnotations ?? [];
  return listed.some((entry) => (entry.endsWith(".") ? key.startsWith(entry) : key === entry));
}

function checkObject(json: Json, report: RuntimeReport): void {
  const max = versionOf(json.get("ociVersionMax"));
  // A newer specification may define what is unknown here.
  const closed = max === undefined || compareVersions(max, UNKNOWN) < 0;
  const look: Look = (part, fields) => checkPart(part, fields, closed, report);
  look(json, FEATURES);
  checkLinuxFeatures(json.get("linux"), look);
  checkOrder(json, report);
  checkFeatureAnnotations(json.get("annotations"), report);
}

function checkPart(
  json: Json,
  fields: readonly Field<RuntimeClauseId>[],
  closed: boolean,
  report: RuntimeReport,
): void {
  if (json.kind !== "object") return;
  checkFields(json, fields, report);
  const names = fields.map(({ name }) => name);
  for (const [name, value] of json.fields) {
    if (names.includes(name) || !closed) continue;
    report.add("runtime.features.defined", value, `expected a property that is defined, got ${quote(name)}`);
  }
}

const VERSION = stringThat((text) => parseVersion(text) !== undefined, "a version");
const FEATURES = fieldsOf(
  "runtime.features",
  { ociVersionMin: VERSION, ociVersionMax: VERSION },
  {
    hooks: strings,
    mountOptions: strings,
    linux: object,
    annotations: mapOf(string),
    potentiallyUnsafeConfigAnnotations: strings,
  },
);
const UNKNOWN: Version = { major: "1", minor: "4", patch: "0", prerelease: ["0"] };

function checkOrder(json: Json, report: RuntimeReport): void {
  const min = versionOf(json.get("ociVersionMin"));
  const max = versionOf(json.get("ociVersionMax"));
  if (min === undefined || max === undefined || compareVersions(max, min) >= 0) return;
  const message = `expected a version not below ${json.get("ociVersionMin").text}`;
  report.add("runtime.features.ociVersionMax.order", json.get("ociVersionMax"), message);
}

function versionOf(json: Json): Version | undefined {
  return json.kind === "string" ? parseVersion(json.text) : undefined;
}

/** Keys and values follow the rules of a configuration's annotations, but may be of the runtime's own namespace. */
function checkFeatureAnnotations(json: Json, report: RuntimeReport): void {
  const before = report.issues.length;
  checkAnnotations(json, report);
  if (report.issues.slice(before).every(({ level }) => level !== "MUST")) return;
  report.add("runtime.features.annotations", json, "expected annotations that keep the rules of a configuration's");
}
