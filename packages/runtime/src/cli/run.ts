/**
 * `run`: create and start in one, and stay until the program ends.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { PR_SET_CHILD_SUBREAPER, endedChild, signalProcess, tryControl, wait } from "@teu/kernel/processes";
import { SIGCHLD, blockSignals, nextSignal } from "@teu/kernel/signals";
import { type Created, createContainer } from "../container/create.ts";
import { destroy } from "../container/delete.ts";
import { runPoststart } from "../container/start.ts";
import { Failure } from "../failure.ts";
import { Args } from "./args.ts";
import { CREATE_OPTIONS, createOptions } from "./create-options.ts";
import type { Session } from "./session.ts";

/** Runs a container; returns the status of its program, or 0 where it was left alone. @throws Failure */
export function runCommand(session: Session, words: readonly string[]): number {
  const args = new Args(words, CREATE_OPTIONS);
  const id = args.operands("run", 1, 1)[0] ?? "";
  const detached = args.flag("detach");
  blockSignals(true);
  if (!detached && !args.flag("no-subreaper")) tryControl(PR_SET_CHILD_SUBREAPER, [1]);
  const created = createContainer(id, createOptions(session, args, false));
  const warn = (message: string): void => session.warn(message);
  try {
    startHere(created, session.root);
  } catch (error) {
    destroy(session.root, id, warn);
    throw error;
  }
  if (detached) return 0;
  const status = supervise(created);
  if (!args.flag("keep")) destroy(session.root, id, warn);
  return status;
}

function startHere(created: Created, root: string): void {
  created.link.say("go");
  const word = created.link.next();
  if (word !== undefined) throw new Failure(`the container said ${JSON.stringify(word)}`);
  created.link.close();
  runPoststart(root, created.folder, created.state);
}

/** Passes signals on to the program, and reaps whatever ends, until the program does. */
function supervise({ child }: Created): number {
  for (;;) {
    const signal = nextSignal(-1);
    if (signal !== SIGCHLD) {
      signalProcess(child.pidfd, signal, "the program");
      continue;
    }
    for (let pid = endedChild(); pid > 0; pid = endedChild()) {
      const status = wait(pid);
      if (pid !== child.pid) continue;
      close(child.pidfd);
      return status;
    }
  }
}
