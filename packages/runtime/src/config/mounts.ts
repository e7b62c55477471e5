/**
 * The file system of the container: `root` and `mounts`.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#mounts
 * @module
 */
import type { Json } from "@teu/std/json";
import { BIND_MOUNT_OPTIONS, IDMAP_MOUNT_OPTIONS } from "@teu/spec/runtime/mount-option-names";
import { fieldFailure } from "../failure.ts";
import { type IdMapping, readMappings } from "./namespaces.ts";
import { readInsidePath, readName, readTextOr, readTexts } from "./read.ts";

/** One of `mounts`. */
export interface MountConfig {
  /** From the root of the container. */
  readonly destination: string;
  /** Absolute for a bind mount. */
  readonly source: string;
  /** Empty for a bind mount. */
  readonly type: string;
  readonly options: readonly string[];
  readonly isBind: boolean;
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
  readonly field: string;
}

/** Reads one of `mounts`. A relative source of a bind mount is taken from `bundle`. */
export function readMount(json: Json, bundle: string): MountConfig {
  const options = readTexts(json.get("options"));
  const isBind = BIND_MOUNT_OPTIONS.some((name) => options.includes(name));
  const uidMappings = readMappings(json.get("uidMappings"));
  const gidMappings = readMappings(json.get("gidMappings"));
  if ((uidMappings.length === 0) !== (gidMappings.length === 0))
    throw fieldFailure(json.path, "uidMappings and gidMappings must be given both or neither");
  if (uidMappings.length > 0 && !isBind && !options.some((option) => IDMAP_MOUNT_OPTIONS.includes(option)))
    throw fieldFailure(json.path, "mapped ids are for bind mounts");
  return {
    destination: readInsidePath(json.get("destination")),
    source: isBind ? bindSource(json.get("source"), bundle) : readTextOr(json.get("source"), ""),
    type: isBind ? "" : readType(json.get("type")),
    options,
    isBind,
    uidMappings,
    gidMappings,
    field: json.path,
  };
}

function bindSource(json: Json, bundle: string): string {
  const source = readName(json);
  return source.startsWith("/") ? source : `${bundle}/${source}`;
}

function readType(json: Json): string {
  const type = readTextOr(json, "");
  if (type === "") throw fieldFailure(json.path, "is required, unless options have bind or rbind");
  return type;
}
