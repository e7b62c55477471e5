/**
 * The hooks and states of the life of a container. Written in the native subset, because the OCI runtime reads them too.
 * @module
 */

/**
 * Hooks in the order in which they run; `prestart` is deprecated.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#posix-platform-hooks
 */
export const HOOK_NAMES: readonly HookName[] = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
];

export type HookName = "prestart" | "createRuntime" | "createContainer" | "startContainer" | "poststart" | "poststop";

/**
 * States of a container; a runtime may add others.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/runtime.md#state
 */
export const CONTAINER_STATUSES: readonly ContainerStatus[] = ["creating", "created", "running", "stopped"];

export type ContainerStatus = "creating" | "created" | "running" | "stopped";
