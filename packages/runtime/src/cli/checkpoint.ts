/**
 * `checkpoint` and `restore`.
 * @module
 */
import { PR_SET_CHILD_SUBREAPER, tryControl } from "@teu/kernel/processes";
import { blockSignals } from "@teu/kernel/signals";
import { checkpointContainer } from "../checkpoint/dump.ts";
import { SHARED_FLAGS, SHARED_VALUES } from "../checkpoint/options.ts";
import { restoreContainer } from "../checkpoint/restore.ts";
import { destroy } from "../container/delete.ts";
import { Args, type OptionNames } from "./args.ts";
import type { Session } from "./session.ts";
import { supervise } from "./supervise.ts";

const CHECKPOINT_OPTIONS: OptionNames = {
  flags: SHARED_FLAGS.concat(["leave-running", "tcp-skip-in-flight", "link-remap", "pre-dump"]),
  values: SHARED_VALUES.concat(["parent-path", "page-server", "status-fd"]),
  short: [],
};

const RESTORE_OPTIONS: OptionNames = {
  flags: SHARED_FLAGS.concat(["detach", "no-subreaper", "no-pivot"]),
  values: SHARED_VALUES.concat(["bundle", "pid-file", "console-socket", "lsm-profile", "lsm-mount-context"]),
  short: ["b=bundle", "d=detach"],
};

/** Saves a container to files. @throws Failure */
export function checkpointCommand(session: Session, words: readonly string[]): number {
  checkpointContainer(session.root, new Args(words, CHECKPOINT_OPTIONS), (message) => session.warn(message));
  return 0;
}

/** Brings a container back; returns the status of its program, or 0 where it was left alone. @throws Failure */
export function restoreCommand(session: Session, words: readonly string[]): number {
  const args = new Args(words, RESTORE_OPTIONS);
  const id = args.operands("restore", 1, 1)[0] ?? "";
  const detached = args.flag("detach");
  blockSignals(true);
  if (!detached && !args.flag("no-subreaper")) tryControl(PR_SET_CHILD_SUBREAPER, [1]);
  const { child, terminal } = restoreContainer(session, id, args);
  if (detached) return 0;
  const status = supervise(child, terminal);
  destroy(session.root, id, (message) => session.warn(message));
  return status;
}
