/**
 * Namespaces, mapped ids and shifted clocks.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#namespaces
 * @module
 */
import type { Json } from "@teu/std/json";
import { INT64 } from "@teu/spec/runtime/integers";
import { NAMESPACE_TYPES, TIME_CLOCKS } from "@teu/spec/runtime/linux-names";
import { fieldFailure } from "../failure.ts";
import { readAbsolutePath, readInteger, readOneOf, readUint32 } from "./read.ts";

/** One of `linux.namespaces`. */
export interface NamespaceConfig {
  /** Such as `network`. */
  readonly type: string;
  /** The namespace to join; empty for a new one. */
  readonly path: string;
  readonly field: string;
}

/** One range of ids of `linux.uidMappings` and its like. */
export interface IdMapping {
  readonly containerId: number;
  readonly hostId: number;
  readonly size: number;
}

/** One clock of `linux.timeOffsets`. */
export interface TimeOffset {
  /** `monotonic` or `boottime`. */
  readonly clock: string;
  /** A decimal literal. */
  readonly seconds: string;
  readonly nanoseconds: number;
  readonly field: string;
}

/** Reads `linux.namespaces`, each type at most once. @throws Failure, JsonError */
export function readNamespaces(json: Json): NamespaceConfig[] {
  const found: NamespaceConfig[] = [];
  for (const item of json.list()) {
    const type = readOneOf(item.get("type"), NAMESPACE_TYPES);
    if (found.some((other) => other.type === type))
      throw fieldFailure(item.path, `the namespace ${type} is given twice`);
    const path = item.get("path");
    found.push({ type, path: path.absent || path.text === "" ? "" : readAbsolutePath(path), field: item.path });
  }
  return found;
}

/** Reads a list of ranges, none of them empty. @throws Failure, JsonError */
export function readMappings(json: Json): IdMapping[] {
  return json.list().map((item) => {
    const size = readUint32(item.get("size"));
    if (size === 0) throw fieldFailure(item.get("size").path, "must not be 0");
    return { containerId: readUint32(item.get("containerID")), hostId: readUint32(item.get("hostID")), size };
  });
}

/** Reads `linux.timeOffsets`. @throws Failure, JsonError */
export function readTimeOffsets(json: Json): TimeOffset[] {
  return json.names().map((clock) => {
    const offset = json.get(clock);
    if (!TIME_CLOCKS.some((known) => known === clock))
      throw fieldFailure(offset.path, `this clock cannot be shifted, expected one of ${TIME_CLOCKS.join(", ")}`);
    const seconds = offset.get("secs").absent ? "0" : readInteger(offset.get("secs"), INT64);
    const nanoseconds = offset.get("nanosecs").absent ? 0 : offset.get("nanosecs").integerBetween(0, 999_999_999);
    return { clock, seconds, nanoseconds, field: offset.path };
  });
}
