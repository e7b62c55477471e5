/**
 * The operations of a runtime.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const OPERATION_CLAUSES = {
  "runtime.operations": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime supports all operations.",
    section: "runtime.md#operations",
  },
  "runtime.operations.state.id": {
    level: "MUST",
    judge: "behaviour",
    text: "A query of the state fails without an id.",
    section: "runtime.md#query-state",
  },
  "runtime.operations.state.exists": {
    level: "MUST",
    judge: "behaviour",
    text: "A query of the state fails for a container that does not exist.",
    section: "runtime.md#query-state",
  },
  "runtime.operations.state.result": {
    level: "MUST",
    judge: "behaviour",
    text: "A query of the state returns the state.",
    section: "runtime.md#query-state",
  },
  "runtime.operations.create.arguments": {
    level: "MUST",
    judge: "behaviour",
    text: "Create fails without the path of a bundle and an id.",
    section: "runtime.md#create",
  },
  "runtime.operations.create.id": {
    level: "MUST",
    judge: "behaviour",
    text: "Create fails where the id is taken or invalid, and makes no container.",
    section: "runtime.md#create",
  },
  "runtime.operations.create.container": {
    level: "MUST",
    judge: "behaviour",
    text: "Create makes a container.",
    section: "runtime.md#create",
  },
  "runtime.operations.create.apply": {
    level: "MUST",
    judge: "behaviour",
    text: "Create applies everything in config.json but `process`.",
    section: "runtime.md#create",
  },
  "runtime.operations.create.args": {
    level: "MUST",
    judge: "behaviour",
    text: "Create does not run `process.args`.",
    section: "runtime.md#create",
  },
  "runtime.operations.create.process": {
    level: "MAY",
    judge: "behaviour",
    text: "Create may apply the other properties of `process`.",
    section: "runtime.md#create",
  },
  "runtime.operations.create.error": {
    level: "MUST",
    judge: "behaviour",
    text: "Create fails where it cannot apply a property, and makes no container.",
    section: "runtime.md#create",
  },
  "runtime.operations.create.validate": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may check config.json before it creates a container.",
    section: "runtime.md#create",
  },
  "runtime.operations.start.id": {
    level: "MUST",
    judge: "behaviour",
    text: "Start fails without an id.",
    section: "runtime.md#start",
  },
  "runtime.operations.start.created": {
    level: "MUST",
    judge: "behaviour",
    text: "Start of a container that is not `created` fails and does nothing.",
    section: "runtime.md#start",
  },
  "runtime.operations.start.program": {
    level: "MUST",
    judge: "behaviour",
    text: "Start runs the program that `process` names.",
    section: "runtime.md#start",
  },
  "runtime.operations.start.process": {
    level: "MUST",
    judge: "behaviour",
    text: "Start fails where `process` is not set.",
    section: "runtime.md#start",
  },
  "runtime.operations.kill.id": {
    level: "MUST",
    judge: "behaviour",
    text: "Kill fails without an id.",
    section: "runtime.md#kill",
  },
  "runtime.operations.kill.alive": {
    level: "MUST",
    judge: "behaviour",
    text: "Kill of a container that is neither `created` nor `running` fails and does nothing.",
    section: "runtime.md#kill",
  },
  "runtime.operations.kill.signal": {
    level: "MUST",
    judge: "behaviour",
    text: "Kill sends the signal to the process of the container.",
    section: "runtime.md#kill",
  },
  "runtime.operations.delete.id": {
    level: "MUST",
    judge: "behaviour",
    text: "Delete fails without an id.",
    section: "runtime.md#delete",
  },
  "runtime.operations.delete.stopped": {
    level: "MUST",
    judge: "behaviour",
    text: "Delete of a container that is not `stopped` fails and does nothing.",
    section: "runtime.md#delete",
  },
  "runtime.operations.delete.resources": {
    level: "MUST",
    judge: "behaviour",
    text: "Delete removes what create made.",
    section: "runtime.md#delete",
  },
  "runtime.operations.delete.foreign": {
    level: "MUST",
    judge: "behaviour",
    text: "Delete does not remove what create did not make.",
    section: "runtime.md#delete",
  },
  "runtime.operations.delete.reuse": {
    level: "MAY",
    judge: "behaviour",
    text: "The id of a deleted container may be used again.",
    section: "runtime.md#delete",
  },
  "runtime.bundle.config": {
    level: "MUST",
    judge: "document",
    text: "A bundle has a file `config.json` in its root.",
    section: "bundle.md#container-format",
  },
  "runtime.bundle.together": {
    level: "MUST",
    judge: "document",
    text: "What a bundle consists of is in one directory of the local file system.",
    section: "bundle.md#container-format",
  },
} as const;
