/**
 * Docker's image configurations: OCI's with more in them.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Document, type DocumentReader, parseDocument } from "../document.ts";
import { type ImageConfig, MAX_CONFIG_BYTES, checkConfig } from "../image/config.ts";
import type { ContainerConfig } from "../image/container-config.ts";
import { type Issue, quote } from "../issue.ts";
import { type Field, checkFields, integer, strings } from "../shape.ts";
import { type DockerClauseId, type DockerReport, dockerReport } from "./clauses.ts";

/**
 * An image configuration of Docker's. An optional field may be `null`, which means the same as absent.
 * @see {@link https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#image-json-field-descriptions}
 */
export interface DockerConfig extends ImageConfig {
  readonly config?: DockerContainerConfig | null;
  /** The container that the image was committed from, as it was configured. */
  readonly container_config?: DockerContainerConfig | null;
  /** ID of that container. */
  readonly container?: string | null;
  readonly docker_version?: string | null;
}

/** How containers of an image are run and watched, and how the image is built upon. */
export interface DockerContainerConfig extends ContainerConfig {
  /** Instructions for builds that start from this image. */
  readonly OnBuild?: readonly string[] | null;
  /** The shell of instructions that are one string. */
  readonly Shell?: readonly string[] | null;
  readonly Healthcheck?: Healthcheck | null;
}

/** How to tell whether a container is healthy. What is absent or 0 is inherited. */
export interface Healthcheck {
  /** Empty to inherit, or `NONE`, or `CMD` and arguments, or `CMD-SHELL` and a command. */
  readonly Test?: readonly string[] | null;
  /** Nanoseconds between two checks. */
  readonly Interval?: number | bigint | null;
  /** Nanoseconds that a check may take. */
  readonly Timeout?: number | bigint | null;
  /** Nanoseconds from the start in which failures do not count. */
  readonly StartPeriod?: number | bigint | null;
  /** Nanoseconds between two checks in that time. */
  readonly StartInterval?: number | bigint | null;
  /** How many failures on end make a container unhealthy. */
  readonly Retries?: number | bigint | null;
}

const READER: DocumentReader = {
  name: "a Docker image configuration",
  limits: { maxLength: MAX_CONFIG_BYTES, maxDepth: 64 },
  check: checkDockerConfig,
};

/**
 * Reads an image configuration of Docker's.
 * @throws TeuError `ERR_DOCUMENT_INVALID` if it is not strict JSON or breaks a MUST.
 */
export function parseDockerConfig(bytes: Uint8Array): Document<DockerConfig> {
  return parseDocument(bytes, READER);
}

/** Lists the clauses, OCI's and Docker's, that an image configuration of Docker's breaks. Unknown fields break none. */
export function checkDockerConfig(json: Json): Issue[] {
  const report = dockerReport();
  const config = json.fields.get("config");
  if (config?.kind === "object") checkFields(config, FIELDS, report);
  const healthcheck = config?.fields.get("Healthcheck");
  if (healthcheck?.kind === "object") checkHealthcheck(healthcheck, report);
  return [...checkConfig(json), ...report.issues];
}

const FIELDS: readonly Field<DockerClauseId>[] = [
  { name: "OnBuild", shape: strings, clause: "docker.config.OnBuild" },
  { name: "Shell", shape: strings, clause: "docker.config.Shell" },
];

const HEALTHCHECK_FIELDS: readonly Field<DockerClauseId>[] = [
  { name: "Test", shape: strings, clause: "docker.config.Healthcheck.Test" },
  { name: "Interval", shape: integer(), clause: "docker.config.Healthcheck.times" },
  { name: "Timeout", shape: integer(), clause: "docker.config.Healthcheck.times" },
  { name: "StartPeriod", shape: integer(), clause: "docker.config.Healthcheck.times" },
  { name: "StartInterval", shape: integer(), clause: "docker.config.Healthcheck.times" },
  { name: "Retries", shape: integer(), clause: "docker.config.Healthcheck.Retries" },
];

const TESTS: ReadonlySet<string> = new Set(["NONE", "CMD", "CMD-SHELL"]);

function checkHealthcheck(json: Json, report: DockerReport): void {
  checkFields(json, HEALTHCHECK_FIELDS, report);
  const [first] = json.get("Test").items;
  if (first?.kind !== "string" || TESTS.has(first.text)) return;
  report.add("docker.config.Healthcheck.Test.form", first, `expected NONE, CMD or CMD-SHELL, got ${quote(first.text)}`);
}
