/**
 * Writes to the files of control groups, as steps.
 * @module
 */
import { EACCES, ENOENT, SysError, check } from "@teu/kernel/errno";
import { exists, tryWriteFile } from "@teu/kernel/files";
import { fieldFailure } from "../failure.ts";
import { type CgroupFolders, folderOf } from "./folders.ts";

/** One write to a file of the container's cgroup. */
export interface CgroupStep {
  readonly on: "cgroup";
  readonly op: "write";
  readonly field: string;
  /** Such as `memory`; empty for files of version 2. */
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** The file to write where the kernel has no `file`; empty for none. */
  readonly otherwise: string;
  /** What to write to that one. */
  readonly otherwiseValue: string;
  /** A file that is missing is passed over. */
  readonly optional: boolean;
  /** So is any refusal. */
  readonly forgiven: boolean;
}

/** What to write, and who asked for it. */
export interface Write {
  /** Below the place of the resources for `put`, the whole place for `putAt`. */
  readonly field: string;
  /** Nothing is written where it is empty. */
  readonly value: string;
  readonly otherwise?: string;
  /** The same value where it is left out. */
  readonly otherwiseValue?: string;
  readonly optional?: boolean;
  readonly forgiven?: boolean;
}

/** Collects writes in their order. */
export class Writes {
  readonly steps: CgroupStep[] = [];
  /** Place of the resources. */
  readonly field: string;

  constructor(field: string) {
    this.field = field;
  }

  put(controller: string, file: string, write: Write): void {
    this.putAt(controller, file, { ...write, field: this.field === "" ? write.field : `${this.field}.${write.field}` });
  }

  putAt(controller: string, file: string, write: Write): void {
    if (write.value !== "") this.steps.push(writeStep(controller, file, write));
  }
}

/** The step of one write. */
export function writeStep(controller: string, file: string, write: Write): CgroupStep {
  const { field, value, otherwise, otherwiseValue, optional, forgiven } = write;
  return {
    on: "cgroup",
    op: "write",
    field,
    controller,
    file,
    value,
    otherwise: otherwise ?? "",
    otherwiseValue: otherwiseValue ?? value,
    optional: optional ?? false,
    forgiven: forgiven ?? false,
  };
}

/** Runs one step. @throws SysError, Failure */
export function runCgroupStep(step: CgroupStep, folders: CgroupFolders): void {
  const folder = folderOf(folders, step.controller);
  if (folder === undefined) {
    if (step.optional) return;
    throw fieldFailure(step.field, `the container has no cgroup with the ${step.controller} controller`);
  }
  const path = `${folder}/${step.file}`;
  const result = tryWriteFile(path, step.value);
  if (step.forgiven) return;
  const missing = result === -ENOENT || (result === -EACCES && !exists(path));
  if (missing && step.optional) return;
  if (missing && step.otherwise !== "")
    check(tryWriteFile(`${folder}/${step.otherwise}`, step.otherwiseValue), "write", path);
  else if (result < 0) throw new SysError(`write ${JSON.stringify(step.value)} to`, path, -result);
}
