/**
 * The part of an image configuration that says how containers of the image are run.
 * @module
 */
import type { Json } from "@teu/std/json";
import { type Annotations, checkAnnotationsOf } from "../annotations.ts";
import { type Report, quote } from "../issue.ts";
import {
  type Field,
  boolean,
  checkFields,
  integer,
  listOf,
  mapOf,
  object,
  string,
  stringThat,
  strings,
} from "../shape.ts";
import type { ImageClauseId } from "./clauses.ts";

/** Names that each stand with an empty object, as Go writes a set. */
export type NameSet = { readonly [name: string]: Readonly<Record<string, never>> };

/**
 * How containers of an image are run, unless whoever runs them says otherwise.
 * An optional field may be `null`, which means the same as absent.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties}
 */
export interface ContainerConfig {
  /** A user, or a user, a colon and a group, each by name or number. */
  readonly User?: string | null;
  /** Ports such as `8080/tcp`, `53/udp` or `80`. */
  readonly ExposedPorts?: NameSet | null;
  /** Environment variables, each as name, `=` and value. */
  readonly Env?: readonly string[] | null;
  /** What to execute, with its first arguments. */
  readonly Entrypoint?: readonly string[] | null;
  /** Further arguments; without `Entrypoint`, the first is what to execute. */
  readonly Cmd?: readonly string[] | null;
  /** Directories that hold the data of one container. */
  readonly Volumes?: NameSet | null;
  readonly WorkingDir?: string | null;
  readonly Labels?: Annotations | null;
  /** The signal that asks a container to end, such as `SIGTERM` or `SIGRTMIN+3`. */
  readonly StopSignal?: string | null;
  /** Deprecated: true if `Entrypoint` and `Cmd` of a Windows image are escaped already. */
  readonly ArgsEscaped?: boolean | null;
}

/** Notes the clauses that the object `json` breaks as `config` of a configuration for the operating system `os`. */
export function checkContainerConfig(json: Json, os: string, report: Report<ImageClauseId>): void {
  checkFields(json, FIELDS, report);
  if (!json.get("Labels").absent) checkAnnotationsOf(json.get("Labels"), "image.config.Labels", report);
  if (os === "linux") checkUser(json.get("User"), report);
  checkPorts(json.get("ExposedPorts"), report);
  checkStopSignal(json.get("StopSignal"), report);
  const escaped = json.get("ArgsEscaped");
  if (escaped.text !== "true") return;
  report.add("image.config.ArgsEscaped.deprecated", escaped, "expected nothing: the field is deprecated");
}

/** A name without `=` in it, `=`, and any value. */
const variable = stringThat((text) => text.indexOf("=") > 0, "a name, = and a value");

const FIELDS: readonly Field<ImageClauseId>[] = [
  { name: "User", shape: string, clause: "image.config.User" },
  { name: "ExposedPorts", shape: mapOf(object), clause: "image.config.ExposedPorts" },
  { name: "Env", shape: listOf(variable), clause: "image.config.Env" },
  { name: "Entrypoint", shape: strings, clause: "image.config.Entrypoint" },
  { name: "Cmd", shape: strings, clause: "image.config.Cmd" },
  { name: "Volumes", shape: mapOf(object), clause: "image.config.Volumes" },
  { name: "WorkingDir", shape: string, clause: "image.config.WorkingDir" },
  { name: "StopSignal", shape: string, clause: "image.config.StopSignal" },
  { name: "ArgsEscaped", shape: boolean, clause: "image.config.ArgsEscaped" },
  { name: "Memory", shape: integer(), clause: "image.config.Memory" },
  { name: "MemorySwap", shape: integer(), clause: "image.config.MemorySwap" },
  { name: "CpuShares", shape: integer(), clause: "image.config.CpuShares" },
  { name: "Healthcheck", shape: object, clause: "image.config.Healthcheck" },
];

function checkUser({ kind, text, path }: Json, report: Report<ImageClauseId>): void {
  if (kind !== "string" || text === "" || USER.test(text)) return;
  report.add("image.config.User.form", path, `expected a user, or a user, a colon and a group, got ${quote(text)}`);
}

function checkPorts({ kind, fields }: Json, report: Report<ImageClauseId>): void {
  if (kind !== "object") return;
  for (const [name, value] of fields) {
    if (PORT.test(name) && Number.parseInt(name, 10) <= 65_535) continue;
    report.add("image.config.ExposedPorts.form", value, `expected a port such as 8080/tcp, got ${quote(name)}`);
  }
}

function checkStopSignal({ kind, text, path }: Json, report: Report<ImageClauseId>): void {
  if (kind !== "string" || text === "" || SIGNAL.test(text)) return;
  report.add("image.config.StopSignal.form", path, `expected a signal such as SIGTERM, got ${quote(text)}`);
}

const USER = /^[^:]+(?::[^:]+)?$/;
const PORT = /^[0-9]{1,5}(?:\/(?:tcp|udp))?$/;
const SIGNAL = /^SIG[A-Z0-9]+(?:[+-][0-9]+)?$/;
