/**
 * Annotations: facts about content that are not part of it, as keys and values.
 * @module
 */
import type { Json } from "@teu/std/json";
import { isDigest } from "./digest.ts";
import type { ANNOTATION_CLAUSES } from "./image/clauses/annotations.ts";
import { type Report, mismatch, quote } from "./issue.ts";
import { isReference, isShortName } from "./reference.ts";
import { isRfc3339 } from "./rfc3339.ts";
import { isLicenceExpression } from "./spdx.ts";
import { isUri } from "./uri.ts";

/**
 * Annotations of a document or descriptor. A value may be empty.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#rules}
 */
export type Annotations = { readonly [key: string]: string };

/**
 * The keys that the image specification defines.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys}
 */
export const ANNOTATION = {
  /** When the image was built (RFC 3339). */
  created: "org.opencontainers.image.created",
  /** How to reach those responsible for the image, free text. */
  authors: "org.opencontainers.image.authors",
  /** Where to find more about the image, a URL. */
  url: "org.opencontainers.image.url",
  /** Where to find its documentation, a URL. */
  documentation: "org.opencontainers.image.documentation",
  /** Where to find the source that it was built from, a URL. */
  source: "org.opencontainers.image.source",
  /** Version of the packaged software. */
  version: "org.opencontainers.image.version",
  /** Revision of the packaged software in source control. */
  revision: "org.opencontainers.image.revision",
  /** Who distributes the image. */
  vendor: "org.opencontainers.image.vendor",
  /** Licences of the packaged software, an SPDX licence expression. */
  licenses: "org.opencontainers.image.licenses",
  /** Name of the target in an image layout; counts on descriptors of its `index.json` only. */
  refName: "org.opencontainers.image.ref.name",
  /** Title of the image for people. */
  title: "org.opencontainers.image.title",
  /** Description of the packaged software for people. */
  description: "org.opencontainers.image.description",
  /** Digest of the manifest of the image that this one is based on. */
  baseDigest: "org.opencontainers.image.base.digest",
  /** Full reference of the image that this one is based on. */
  baseName: "org.opencontainers.image.base.name",
} as const;

/**
 * The keys of Label Schema, which came before, with the key of ours that means the same. The value of `usage` fits only
 * where it is a URL.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#back-compatibility-with-label-schema}
 */
export const LABEL_SCHEMA: ReadonlyMap<string, string> = new Map([
  ["org.label-schema.build-date", ANNOTATION.created],
  ["org.label-schema.url", ANNOTATION.url],
  ["org.label-schema.vcs-url", ANNOTATION.source],
  ["org.label-schema.version", ANNOTATION.version],
  ["org.label-schema.vcs-ref", ANNOTATION.revision],
  ["org.label-schema.vendor", ANNOTATION.vendor],
  ["org.label-schema.name", ANNOTATION.title],
  ["org.label-schema.description", ANNOTATION.description],
  ["org.label-schema.usage", ANNOTATION.documentation],
]);

/** The value of `key`, or else that of the Label Schema key which means the same; nothing if there is neither. */
export function annotationValue(annotations: Annotations, key: string): string | undefined {
  if (Object.hasOwn(annotations, key)) return annotations[key];
  for (const [old, now] of LABEL_SCHEMA) {
    const value = Object.hasOwn(annotations, old) ? annotations[old] : undefined;
    if (now !== key || value === undefined) continue;
    return key === ANNOTATION.documentation && !isUri(value) ? undefined : value;
  }
  return undefined;
}

const DEFINED: ReadonlySet<string> = new Set(Object.values(ANNOTATION));

/** Tells whether `key` is reserved for OCI specifications: `org.opencontainers` or below it. */
export function isReservedKey(key: string): boolean {
  return key === "org.opencontainers" || key.startsWith("org.opencontainers.");
}

/**
 * Tells whether `key` is below `org.opencontainers.image`, yet not defined by this version of the image specification.
 * Whoever reads such a key must take it, for a later version may define it; whoever writes it breaks the specification.
 */
export function isUndefinedKey(key: string): boolean {
  return key.startsWith("org.opencontainers.image.") && !DEFINED.has(key);
}

/** Tells whether `text` can name a target in an image layout, as `org.opencontainers.image.ref.name` does. */
export function isRefName(text: string): boolean {
  return REF_NAME.test(text);
}

// Separators never touch, so this takes time linear in the text.
const REF_NAME = /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/;

/** Id of a clause on annotations. */
export type AnnotationClause = keyof typeof ANNOTATION_CLAUSES;

/**
 * Lists the clauses that the annotations of some place break, and `clause` with them, by which the place demands that
 * their rules are kept, if one of them is a MUST. A missing property breaks none.
 */
export function checkAnnotationsOf<Id extends string>(
  json: Json,
  clause: Id,
  report: Report<AnnotationClause | Id>,
): void {
  const before = report.issues.length;
  checkAnnotations(json, report);
  if (report.issues.slice(before).every(({ level }) => level !== "MUST")) return;
  report.add(clause, json, "expected annotations that keep their rules");
}

function checkAnnotations(json: Json, report: Report<AnnotationClause>): void {
  if (json.kind === "missing") return;
  if (json.kind === "null") return report.add("image.annotations.none", json, mismatch("an object or nothing", json));
  if (json.kind !== "object") return report.add("image.annotations.map", json, mismatch("an object", json));
  for (const [key, value] of json.fields) checkAnnotation(key, value, report);
}

function checkAnnotation(key: string, value: Json, report: Report<AnnotationClause>): void {
  if (!NAMESPACED.test(key)) {
    report.add("image.annotations.namespaced", value, "expected a key in reverse domain notation, as com.example.key");
  }
  if (value.kind !== "string") return report.add("image.annotations.value", value, mismatch("a string", value));
  const problem = VALUE_RULES.get(key)?.(value.text);
  if (problem !== undefined)
    report.add(problem.clause, value, `expected ${problem.expected}, got ${quote(value.text)}`);
}

const NAMESPACED = /^[A-Za-z0-9][\w-]*\.[\w-]+(?:[./][\w./-]*)?$/;

interface Problem {
  readonly clause: AnnotationClause;
  readonly expected: string;
}

type ValueRule = (value: string) => Problem | undefined;

/** What the values of the defined keys have to look like. */
const VALUE_RULES: ReadonlyMap<string, ValueRule> = new Map<string, ValueRule>([
  [ANNOTATION.created, rule("image.annotations.created", isRfc3339, "a date and time (RFC 3339)")],
  [ANNOTATION.url, rule("image.annotations.url", isUri, "a URL")],
  [ANNOTATION.documentation, rule("image.annotations.url", isUri, "a URL")],
  [ANNOTATION.source, rule("image.annotations.url", isUri, "a URL")],
  [ANNOTATION.licenses, rule("image.annotations.licenses", isLicenceExpression, "an SPDX licence expression")],
  [ANNOTATION.baseDigest, rule("image.annotations.base.digest", isDigest, "a digest")],
  [ANNOTATION.refName, refNameProblem],
  [ANNOTATION.baseName, baseNameProblem],
]);

function rule(clause: AnnotationClause, holds: (value: string) => boolean, expected: string): ValueRule {
  return (value) => (holds(value) ? undefined : { clause, expected });
}

function refNameProblem(value: string): Problem | undefined {
  if (isRefName(value)) return undefined;
  return /^[A-Za-z0-9._:@/+-]*$/.test(value)
    ? { clause: "image.annotations.refName.grammar", expected: "alphanumerics with single separators between" }
    : { clause: "image.annotations.refName.characters", expected: "letters, digits and -._:@/+ alone" };
}

function baseNameProblem(value: string): Problem | undefined {
  if (!isReference(value)) return { clause: "image.annotations.base.name", expected: "an image reference" };
  if (!isShortName(value)) return undefined;
  return { clause: "image.annotations.base.qualified", expected: "a reference with its registry" };
}
