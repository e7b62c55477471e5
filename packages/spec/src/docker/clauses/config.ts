/**
 * What Docker's text demands of image configurations beyond what OCI does.
 * @module
 */

/** Rows of `DOCKER_CLAUSES`, by id. */
export const DOCKER_CONFIG_CLAUSES = {
  "docker.config.OnBuild": {
    level: "MUST",
    judge: "document",
    section: "spec.md#image-json-field-descriptions",
    text: "`OnBuild` is an array of strings.",
  },
  "docker.config.Shell": {
    level: "MUST",
    judge: "document",
    section: "spec.md#image-json-field-descriptions",
    text: "`Shell` is an array of strings.",
  },
  "docker.config.Healthcheck.Test": {
    level: "MUST",
    judge: "document",
    section: "spec.md#image-json-field-descriptions",
    text: "`Healthcheck.Test` is an array of strings.",
  },
  "docker.config.Healthcheck.Test.form": {
    level: "MUST",
    judge: "document",
    section: "spec.md#image-json-field-descriptions",
    text: "`Healthcheck.Test` is empty, or begins with `NONE`, `CMD` or `CMD-SHELL`.",
  },
  "docker.config.Healthcheck.times": {
    level: "MUST",
    judge: "document",
    section: "spec.md#image-json-field-descriptions",
    text: "The times of a health check are whole nanoseconds.",
  },
  "docker.config.Healthcheck.Retries": {
    level: "MUST",
    judge: "document",
    section: "spec.md#image-json-field-descriptions",
    text: "`Healthcheck.Retries` is an integer.",
  },
} as const;
