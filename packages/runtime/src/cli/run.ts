/**
 * `run`: create and start in one, and stay until the program ends.
 * @module
 */
import { PR_SET_CHILD_SUBREAPER, ownPid, tryControl } from "@teu/kernel/processes";
import { blockSignals } from "@teu/kernel/signals";
import { type Created, createContainer } from "../container/create.ts";
import { destroy } from "../container/delete.ts";
import { openNotifySocket, passReadiness } from "../container/notify.ts";
import { letStart, runPoststart } from "../container/start.ts";
import { Args } from "./args.ts";
import { CREATE_OPTIONS, createOptions, notifySocket } from "./create-options.ts";
import { DEBUG_DONE, DEBUG_INIT, DEBUG_SETUP, type Session } from "./session.ts";
import { supervise } from "./supervise.ts";

/** Runs a container; returns the status of its program, or 0 where it was left alone. @throws Failure */
export function runCommand(session: Session, words: readonly string[]): number {
  const args = new Args(words, CREATE_OPTIONS);
  const id = args.operands("run", 1, 1)[0] ?? "";
  const detached = args.flag("detach");
  blockSignals(true);
  if (!detached && !args.flag("no-subreaper")) tryControl(PR_SET_CHILD_SUBREAPER, [1]);
  session.debug(DEBUG_SETUP);
  const created = createContainer(id, createOptions(session, args, false));
  session.debug(DEBUG_INIT);
  const warn = (message: string): void => session.warn(message);
  for (const warning of created.link.warnings) warn(warning);
  let notified = -1;
  try {
    notified = openNotifySocket(created.folder, notifySocket());
    startHere(created, session.root);
    session.debug(DEBUG_DONE);
  } catch (error) {
    destroy(session.root, id, warn);
    throw error;
  }
  if (notified >= 0) {
    const { child, state } = created;
    // Attached, this process is what systemd shall watch.
    passReadiness(notified, notifySocket(), child.pidfd, detached ? state.pid : ownPid());
  }
  if (detached) return 0;
  const status = supervise(created.child, created.terminal);
  if (!args.flag("keep")) destroy(session.root, id, warn, created.state);
  return status;
}

function startHere(created: Created, root: string): void {
  letStart(created.link, created.state, () => created.config);
  created.link.close();
  runPoststart(root, created.folder, created.state);
}
