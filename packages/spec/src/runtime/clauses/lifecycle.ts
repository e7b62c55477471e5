/**
 * The steps of a container's life, its state, errors and warnings.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const LIFECYCLE_CLAUSES = {
  "runtime.scope": {
    level: "MUST",
    judge: "behaviour",
    text: "Whoever creates a container with a runtime can use all operations on it.",
    section: "runtime.md#scope-of-a-container",
  },
  "runtime.state.types": {
    level: "MUST",
    judge: "document",
    text: "A state adheres to the JSON schema: its properties have the types that the schema gives.",
    section: "runtime.md#state",
  },
  "runtime.state.ociVersion": {
    level: "MUST",
    judge: "document",
    text: "A state has `ociVersion`.",
    section: "runtime.md#state",
  },
  "runtime.state.id": {
    level: "MUST",
    judge: "document",
    text: "A state has the container's `id`.",
    section: "runtime.md#state",
  },
  "runtime.state.id.unique": {
    level: "MUST",
    judge: "behaviour",
    text: "No two containers of a host have the same id.",
    section: "runtime.md#state",
  },
  "runtime.state.status": {
    level: "MUST",
    judge: "document",
    text: "A state has a `status`.",
    section: "runtime.md#state",
  },
  "runtime.state.status.more": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may add values of `status`.",
    section: "runtime.md#state",
  },
  "runtime.state.status.more.new": {
    level: "MUST",
    judge: "behaviour",
    text: "Values of `status` that a runtime adds stand for states that the specification does not define.",
    section: "runtime.md#state",
  },
  "runtime.state.pid": {
    level: "MUST",
    judge: "document",
    text: "On Linux a state that is `created` or `running` has a `pid`.",
    section: "runtime.md#state",
  },
  "runtime.state.bundle": {
    level: "MUST",
    judge: "document",
    text: "A state has the path of the `bundle`.",
    section: "runtime.md#state",
  },
  "runtime.state.bundle.absolute": {
    level: "MUST",
    judge: "document",
    text: "The path of the `bundle` is absolute.",
    section: "runtime.md#state",
  },
  "runtime.state.annotations.absent": {
    level: "MAY",
    judge: "behaviour",
    text: "Where there are no annotations, the state may leave them out or have an empty map.",
    section: "runtime.md#state",
  },
  "runtime.state.more": {
    level: "MAY",
    judge: "behaviour",
    text: "A state may have more properties.",
    section: "runtime.md#state",
  },
  "runtime.lifecycle.create": {
    level: "MUST",
    judge: "behaviour",
    text: "In create the environment is made as the configuration says.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.create.error": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime that cannot make the environment fails.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.create.program": {
    level: "MUST",
    judge: "behaviour",
    text: "In create the program is not run.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.create.changes": {
    level: "MUST",
    judge: "behaviour",
    text: "Changes of config.json after create do not affect the container.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.prestart": {
    level: "MUST",
    judge: "behaviour",
    text: "The `prestart` hooks are called.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.prestart.error": {
    level: "MUST",
    judge: "behaviour",
    text: "A `prestart` hook that fails is an error: the container is stopped and destroyed.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.createRuntime": {
    level: "MUST",
    judge: "behaviour",
    text: "The `createRuntime` hooks are called.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.createRuntime.error": {
    level: "MUST",
    judge: "behaviour",
    text: "A `createRuntime` hook that fails is an error: the container is stopped and destroyed.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.createContainer": {
    level: "MUST",
    judge: "behaviour",
    text: "The `createContainer` hooks are called.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.createContainer.error": {
    level: "MUST",
    judge: "behaviour",
    text: "A `createContainer` hook that fails is an error: the container is stopped and destroyed.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.startContainer": {
    level: "MUST",
    judge: "behaviour",
    text: "The `startContainer` hooks are called.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.startContainer.error": {
    level: "MUST",
    judge: "behaviour",
    text: "A `startContainer` hook that fails is an error: the container is stopped and destroyed.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.start": {
    level: "MUST",
    judge: "behaviour",
    text: "In start the program is run.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.poststart": {
    level: "MUST",
    judge: "behaviour",
    text: "The `poststart` hooks are called.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.poststart.error": {
    level: "MUST",
    judge: "behaviour",
    text: "A `poststart` hook that fails is an error: the container is stopped and destroyed.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.exit": {
    level: "MAY",
    judge: "behaviour",
    text: "The process may end by an error, of itself, by a crash or by kill.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.delete": {
    level: "MUST",
    judge: "behaviour",
    text: "In delete everything that create made is undone.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.poststop": {
    level: "MUST",
    judge: "behaviour",
    text: "The `poststop` hooks are called.",
    section: "runtime.md#lifecycle",
  },
  "runtime.lifecycle.poststop.warning": {
    level: "MUST",
    judge: "behaviour",
    text: "A `poststop` hook that fails is logged as a warning, and everything goes on.",
    section: "runtime.md#lifecycle",
  },
  "runtime.errors.unchanged": {
    level: "MUST",
    judge: "behaviour",
    text: "An operation that fails leaves everything as it was, but for trifles such as logs.",
    section: "runtime.md#errors",
  },
  "runtime.warnings.go-on": {
    level: "MUST",
    judge: "behaviour",
    text: "An operation that logs a warning goes on as if it had not.",
    section: "runtime.md#warnings",
  },
} as const;
