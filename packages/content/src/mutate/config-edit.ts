/**
 * The config of an image changed: how its containers run, what it runs on, when it was made.
 * @module
 */
import type { Platform } from "@teu/spec/platform";
import type { JsonValue } from "@teu/std/json-value";
import { type JsonObject, withFields } from "./document.ts";
import type { Image } from "./image.ts";

/** Changes of how containers of an image are run. What is not named stays; null takes a field away. */
export interface ContainerChanges {
  readonly user?: string | null;
  readonly workingDir?: string | null;
  readonly entrypoint?: readonly string[] | null;
  readonly cmd?: readonly string[] | null;
  readonly stopSignal?: string | null;
  /** Variables by name; null takes one away. */
  readonly env?: Changes<string>;
  /** Labels by name; null takes one away. */
  readonly labels?: Changes<string>;
  /** Ports such as `80/tcp`, to be there or not. */
  readonly exposedPorts?: Changes<true>;
  /** Paths, to be there or not. */
  readonly volumes?: Changes<true>;
}

/** What becomes of some names: a value, or null for those that go. */
export type Changes<Value> = { readonly [name: string]: Value | null };

/** The image with its config as `edit` makes it of the one it has. `rootfs` has to stay as it is: see `layer-edit.ts`. */
export function editConfig(image: Image, edit: (config: JsonObject) => JsonObject): Image {
  const config = edit(image.config);
  return config === image.config ? image : { ...image, config };
}

/**
 * Changes how containers of the image are run.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties}
 */
export function changeContainer(image: Image, changes: ContainerChanges): Image {
  return editConfig(image, (config) => {
    const container = asObject(config["config"]);
    const fields = {
      ...setting("User", changes.user),
      ...setting("WorkingDir", changes.workingDir),
      ...setting("Entrypoint", changes.entrypoint),
      ...setting("Cmd", changes.cmd),
      ...setting("StopSignal", changes.stopSignal),
      ...(changes.env === undefined ? {} : { Env: changeEnv(container["Env"], changes.env) }),
      ...(changes.labels === undefined ? {} : { Labels: changeMap(container["Labels"], changes.labels) }),
      ...(changes.exposedPorts === undefined
        ? {}
        : { ExposedPorts: changeSet(container["ExposedPorts"], changes.exposedPorts) }),
      ...(changes.volumes === undefined ? {} : { Volumes: changeSet(container["Volumes"], changes.volumes) }),
    };
    return withFields(config, { config: withFields(container, fields) });
  });
}

/** A field to set, or to take away where the value is null. */
function setting(name: string, value: JsonValue | undefined): { readonly [name: string]: JsonValue | undefined } {
  return value === undefined ? {} : { [name]: value ?? undefined };
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** Variables keep their place; new ones go to the end. */
function changeEnv(old: JsonValue | undefined, changes: Changes<string>): readonly string[] | undefined {
  const lines = Array.isArray(old) ? old.filter((line) => typeof line === "string") : [];
  const variables = new Map(lines.map((line) => [line.split("=", 1)[0] ?? "", line]));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) variables.delete(name);
    else variables.set(name, `${name}=${value}`);
  }
  return variables.size === 0 ? undefined : [...variables.values()];
}

function changeMap(old: JsonValue | undefined, changes: Changes<JsonValue>): JsonObject | undefined {
  const fields = Object.entries(changes).map(([name, value]) => [name, value ?? undefined]);
  const map = withFields(asObject(old), Object.fromEntries(fields));
  return Object.keys(map).length === 0 ? undefined : map;
}

/** A set is an object whose fields are empty objects. */
function changeSet(old: JsonValue | undefined, changes: Changes<true>): JsonObject | undefined {
  const fields = Object.entries(changes).map(([name, isThere]) => [name, isThere === null ? null : {}]);
  return changeMap(old, Object.fromEntries(fields));
}

/** Says what the image runs on, in its config and in the descriptor that is to name it. */
export function setPlatform(image: Image, platform: Platform): Image {
  const { architecture, os, variant } = platform;
  const fields = {
    architecture,
    os,
    variant,
    "os.version": platform["os.version"],
    "os.features": platform["os.features"],
  };
  const changed = editConfig(image, (config) => withFields(config, fields));
  const isNamed = image.descriptor.platform !== undefined;
  return isNamed ? { ...changed, descriptor: { ...image.descriptor, platform } } : changed;
}

/** Says when the image was made. */
export function setCreated(image: Image, created: Date): Image {
  return editConfig(image, (config) => withFields(config, { created: formatTime(created) }));
}

/** A time as RFC 3339 has it, without a fraction if it is zero. */
export function formatTime(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}

/**
 * Annotations of the manifest changed; null takes one away. Where none is left the field goes. For indexes and artifacts
 * there is `annotate` in `annotate.ts`.
 */
export function annotateImage(image: Image, changes: Changes<string>): Image {
  return { ...image, manifest: changeAnnotations(image.manifest, changes) };
}

/** A document with its annotations changed. */
export function changeAnnotations(document: JsonObject, changes: Changes<string>): JsonObject {
  return withFields(document, { annotations: changeMap(document["annotations"], changes) });
}
