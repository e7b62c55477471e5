/**
 * Images of Docker's first version, where each layer had a configuration of its own. They live on inside schema 1 and as
 * `json` files of archives.
 * @module
 */
import { JsonError, type JsonLimits, parseJson } from "@teu/std/json";
import { type JsonValue, toValue } from "@teu/std/json-value";
import type { DockerContainerConfig } from "./config.ts";

/**
 * One layer's configuration.
 * @see {@link https://github.com/moby/docker-image-spec/blob/v1.3.1/v1.md#image-json-description}
 */
export interface V1Image {
  /** 64 hex digits, picked at random as a rule. */
  readonly id?: string;
  /** The id of the layer below. */
  readonly parent?: string | null;
  readonly created?: string | null;
  readonly author?: string | null;
  readonly architecture?: string | null;
  readonly os?: string | null;
  readonly config?: DockerContainerConfig | null;
  /** Size of the layer in bytes. */
  readonly Size?: number | null;
  /** True for a step that left the file system alone: its layer is an empty archive. */
  readonly throwaway?: boolean | null;
}

const LIMITS: JsonLimits = { maxLength: 4 * 1024 * 1024, maxDepth: 64 };

/**
 * Reads one layer's configuration, unknown fields included; nothing but that it is an object is checked.
 * @returns nothing if `text` is not strict JSON, or no object.
 */
export function readV1Image(text: string): V1Image | undefined {
  const value = read(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as V1Image) : undefined;
}

function read(text: string): JsonValue | undefined {
  try {
    return toValue(parseJson(text, LIMITS));
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
