/**
 * Annotations of a configuration.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const ANNOTATION_CLAUSES = {
  "runtime.annotations.structure": {
    level: "MAY",
    judge: "behaviour",
    text: "Annotations may be structured or unstructured.",
    section: "config.md#annotations",
  },
  "runtime.annotations.map": {
    level: "MUST",
    judge: "document",
    text: "Annotations are a map from keys to values.",
    section: "config.md#annotations",
  },
  "runtime.annotations.absent": {
    level: "MAY",
    judge: "behaviour",
    text: "Where there are no annotations, the property may be left out or be an empty map.",
    section: "config.md#annotations",
  },
  "runtime.annotations.key": {
    level: "MUST",
    judge: "document",
    text: "The key of an annotation is not empty.",
    section: "config.md#annotations",
  },
  "runtime.annotations.key.domain": {
    level: "SHOULD",
    judge: "document",
    text: "The key of an annotation is named in reverse domain notation.",
    section: "config.md#annotations",
  },
  "runtime.annotations.value": {
    level: "MUST",
    judge: "document",
    text: "The value of an annotation is a string.",
    section: "config.md#annotations",
  },
  "runtime.annotations.value.empty": {
    level: "MAY",
    judge: "behaviour",
    text: "The value of an annotation may be empty.",
    section: "config.md#annotations",
  },
  "runtime.annotations.reserved": {
    level: "MAY",
    judge: "document",
    text: "Of the keys under `org.opencontainers` only those that the specification lists may be used.",
    section: "config.md#annotations",
  },
  "runtime.annotations.image": {
    level: "MUST",
    judge: "document",
    text: "An annotation on the image has a value that image-spec allows for the property of that name.",
    section: "config.md#annotations",
  },
  "runtime.annotations.image.conversion": {
    level: "SHOULD",
    judge: "behaviour",
    text: "Annotations on the image are used only as image-spec's conversion to a configuration says.",
    section: "config.md#annotations",
  },
  "runtime.annotations.image.stopSignal": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The signal in `org.opencontainers.image.stopSignal` is the one that a runtime kills the container with.",
    section: "config.md#annotations",
  },
  "runtime.annotations.unknown": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime treats unknown annotations like unknown properties.",
    section: "config.md#annotations",
  },
} as const;
