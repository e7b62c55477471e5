/**
 * The commands by name.
 * @module
 */
import { signalNumber } from "@teu/kernel/signals";
import { deleteContainer, forceDelete } from "../container/delete.ts";
import { createContainer } from "../container/create.ts";
import { killContainer } from "../container/kill.ts";
import { startContainer } from "../container/start.ts";
import { loadState, stateFolder } from "../container/state.ts";
import { stateForUser, statusOf } from "../container/status.ts";
import { Args, type OptionNames, UsageError } from "./args.ts";
import { CREATE_OPTIONS, createOptions } from "./create-options.ts";
import { execCommand } from "./exec.ts";
import { featuresText } from "./features.ts";
import { helpText } from "./help.ts";
import { specCommand } from "./spec.ts";
import { updateCommand } from "./update.ts";
import { freezeCommand, listCommand, psCommand } from "./listing.ts";
import { planCommand } from "./plan.ts";
import { runCommand } from "./run.ts";
import type { Session } from "./session.ts";

const NO_OPTIONS: OptionNames = { flags: [], values: [], short: [] };

/** Runs the command `name`; returns the status to exit with. @throws Failure */
export function runNamed(session: Session, name: string, words: readonly string[]): number {
  switch (name) {
    case "create":
      return create(session, words);
    case "start":
      startContainer(session.root, oneId(name, words));
      return 0;
    case "run":
      return runCommand(session, words);
    case "state":
      return state(session, oneId(name, words));
    case "kill":
      return kill(session, words);
    case "delete":
      return remove(session, words);
    case "exec":
      return execCommand(session, words);
    case "pause":
      return freezeCommand(session, oneId(name, words), true);
    case "resume":
      return freezeCommand(session, oneId(name, words), false);
    case "ps":
      return psCommand(session, words);
    case "list":
      return listCommand(session, words);
    case "plan":
      return planCommand(session, words);
    case "update":
      return updateCommand(session, words);
    default:
      return runOther(session, name, words);
  }
}

function runOther(session: Session, name: string, words: readonly string[]): number {
  switch (name) {
    case "spec":
      return specCommand(words);
    case "features":
      session.print(`${featuresText()}\n`);
      return 0;
    case "help":
      session.print(helpText(words[0] ?? ""));
      return 0;
    default:
      throw new UsageError(`no command named ${JSON.stringify(name)}: see teu-runtime --help`);
  }
}

function oneId(command: string, words: readonly string[]): string {
  return new Args(words, NO_OPTIONS).operands(command, 1, 1)[0] ?? "";
}

function create(session: Session, words: readonly string[]): number {
  const args = new Args(words, CREATE_OPTIONS);
  const id = args.operands("create", 1, 1)[0] ?? "";
  const created = createContainer(id, createOptions(session, args, true));
  for (const warning of created.link.warnings) session.warn(warning);
  return 0;
}

function state(session: Session, id: string): number {
  const found = loadState(session.root, id);
  session.print(`${stateForUser(found, statusOf(stateFolder(session.root, id), found))}\n`);
  return 0;
}

function kill(session: Session, words: readonly string[]): number {
  const args = new Args(words, { flags: ["all"], values: [], short: ["a=all"] });
  const [id = "", name = "SIGTERM"] = args.operands("kill", 1, 2);
  const signal = signalNumber(name);
  if (signal === undefined) throw new UsageError(`unknown signal ${JSON.stringify(name)}`);
  killContainer(session.root, id, signal, args.flag("all"));
  return 0;
}

function remove(session: Session, words: readonly string[]): number {
  const args = new Args(words, { flags: ["force"], values: [], short: ["f=force"] });
  const id = args.operands("delete", 1, 1)[0] ?? "";
  const warn = (message: string): void => session.warn(message);
  if (args.flag("force")) forceDelete(session.root, id, warn);
  else deleteContainer(session.root, id, warn);
  return 0;
}
