/**
 * Hooks.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const HOOK_CLAUSES = {
  "runtime.hooks.types": {
    level: "MUST",
    judge: "document",
    text: "Hooks are lists of objects, and the properties of each have the types that the specification gives.",
    section: "config.md#posix-platform-hooks",
  },
  "runtime.hooks.path": {
    level: "MUST",
    judge: "document",
    text: "A hook has a `path`.",
    section: "config.md#posix-platform-hooks",
  },
  "runtime.hooks.path.absolute": {
    level: "MUST",
    judge: "document",
    text: "The `path` of a hook is absolute.",
    section: "config.md#posix-platform-hooks",
  },
  "runtime.hooks.timeout": {
    level: "MUST",
    judge: "document",
    text: "The `timeout` of a hook is an integer above 0.",
    section: "config.md#posix-platform-hooks",
  },
  "runtime.hooks.timeout.abort": {
    level: "MUST",
    judge: "behaviour",
    text: "A hook that runs longer than its `timeout` is aborted.",
    section: "config.md#posix-platform-hooks",
  },
  "runtime.hooks.order": {
    level: "MUST",
    judge: "behaviour",
    text: "Hooks are called in the order of their list.",
    section: "config.md#posix-platform-hooks",
  },
  "runtime.hooks.state": {
    level: "MUST",
    judge: "behaviour",
    text: "A hook gets the state of the container on its standard input.",
    section: "config.md#posix-platform-hooks",
  },
  "runtime.hooks.prestart.when": {
    level: "MUST",
    judge: "behaviour",
    text: "`prestart` hooks are called in create, once the environment is made, before the root changes.",
    section: "config.md#prestart",
  },
  "runtime.hooks.prestart.before": {
    level: "MUST",
    judge: "behaviour",
    text: "`prestart` hooks are called before `createRuntime` hooks.",
    section: "config.md#prestart",
  },
  "runtime.hooks.prestart.path": {
    level: "MUST",
    judge: "behaviour",
    text: "The path of a `prestart` hook is resolved in the runtime namespace.",
    section: "config.md#prestart",
  },
  "runtime.hooks.prestart.namespace": {
    level: "MUST",
    judge: "behaviour",
    text: "`prestart` hooks run in the runtime namespace.",
    section: "config.md#prestart",
  },
  "runtime.hooks.createRuntime.when": {
    level: "MUST",
    judge: "behaviour",
    text: "`createRuntime` hooks are called in create, once the environment is made, before the root changes.",
    section: "config.md#createruntime-hooks",
  },
  "runtime.hooks.createRuntime.path": {
    level: "MUST",
    judge: "behaviour",
    text: "The path of a `createRuntime` hook is resolved in the runtime namespace.",
    section: "config.md#createruntime-hooks",
  },
  "runtime.hooks.createRuntime.namespace": {
    level: "MUST",
    judge: "behaviour",
    text: "`createRuntime` hooks run in the runtime namespace.",
    section: "config.md#createruntime-hooks",
  },
  "runtime.hooks.createContainer.when": {
    level: "MUST",
    judge: "behaviour",
    text: "`createContainer` hooks are called in create, once the environment is made, before the root changes.",
    section: "config.md#createcontainer-hooks",
  },
  "runtime.hooks.createContainer.after": {
    level: "MUST",
    judge: "behaviour",
    text: "`createContainer` hooks are called after `createRuntime` hooks.",
    section: "config.md#createcontainer-hooks",
  },
  "runtime.hooks.createContainer.path": {
    level: "MUST",
    judge: "behaviour",
    text: "The path of a `createContainer` hook is resolved in the runtime namespace.",
    section: "config.md#createcontainer-hooks",
  },
  "runtime.hooks.createContainer.namespace": {
    level: "MUST",
    judge: "behaviour",
    text: "`createContainer` hooks run in the container namespace.",
    section: "config.md#createcontainer-hooks",
  },
  "runtime.hooks.startContainer.when": {
    level: "MUST",
    judge: "behaviour",
    text: "`startContainer` hooks are called in start, before the program is run.",
    section: "config.md#startcontainer-hooks",
  },
  "runtime.hooks.startContainer.path": {
    level: "MUST",
    judge: "behaviour",
    text: "The path of a `startContainer` hook is resolved in the container namespace.",
    section: "config.md#startcontainer-hooks",
  },
  "runtime.hooks.startContainer.namespace": {
    level: "MUST",
    judge: "behaviour",
    text: "`startContainer` hooks run in the container namespace.",
    section: "config.md#startcontainer-hooks",
  },
  "runtime.hooks.poststart.when": {
    level: "MUST",
    judge: "behaviour",
    text: "`poststart` hooks are called after the program is run, before start returns.",
    section: "config.md#poststart",
  },
  "runtime.hooks.poststart.path": {
    level: "MUST",
    judge: "behaviour",
    text: "The path of a `poststart` hook is resolved in the runtime namespace.",
    section: "config.md#poststart",
  },
  "runtime.hooks.poststart.namespace": {
    level: "MUST",
    judge: "behaviour",
    text: "`poststart` hooks run in the runtime namespace.",
    section: "config.md#poststart",
  },
  "runtime.hooks.poststop.when": {
    level: "MUST",
    judge: "behaviour",
    text: "`poststop` hooks are called after the container is deleted, before delete returns.",
    section: "config.md#poststop",
  },
  "runtime.hooks.poststop.path": {
    level: "MUST",
    judge: "behaviour",
    text: "The path of a `poststop` hook is resolved in the runtime namespace.",
    section: "config.md#poststop",
  },
  "runtime.hooks.poststop.namespace": {
    level: "MUST",
    judge: "behaviour",
    text: "`poststop` hooks run in the runtime namespace.",
    section: "config.md#poststop",
  },
} as const;
