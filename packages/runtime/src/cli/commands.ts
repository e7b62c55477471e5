/**
 * The commands by name.
 * @module
 */
import { signalNumber } from "@teu/kernel/signals";
import { deleteContainer, forceDelete } from "../container/delete.ts";
import { createContainer } from "../container/create.ts";
import { killContainer } from "../container/kill.ts";
import { startContainer } from "../container/start.ts";
import { listIds, loadState, stateFolder } from "../container/state.ts";
import { stateForUser, statusOf } from "../container/status.ts";
import { Args, type OptionNames, UsageError } from "./args.ts";
import { CREATE_OPTIONS, createOptions, notifySocket } from "./create-options.ts";
import { checkpointCommand, restoreCommand } from "./checkpoint.ts";
import { eventsCommand } from "./events.ts";
import { execCommand } from "./exec.ts";
import { featuresText } from "./features.ts";
import { helpText } from "./help.ts";
import { specCommand } from "./spec.ts";
import { updateCommand } from "./update.ts";
import { freezeCommand, listCommand, psCommand } from "./listing.ts";
import { planCommand } from "./plan.ts";
import { runCommand } from "./run.ts";
import { DEBUG_DONE, DEBUG_INIT, DEBUG_SETUP, type Session } from "./session.ts";

const NO_OPTIONS: OptionNames = { flags: [], values: [], short: [] };

/** Runs the command `name`; returns the status to exit with. @throws Failure */
export function runNamed(session: Session, name: string, words: readonly string[]): number {
  switch (name) {
    case "create":
      return create(session, words);
    case "start":
      startContainer(session.root, oneId(name, words), notifySocket());
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
    case "events":
      return eventsCommand(session, words);
    case "checkpoint":
      return checkpointCommand(session, words);
    case "restore":
      return restoreCommand(session, words);
    case "spec":
      return specCommand(words);
    case "features":
      session.print(`${featuresText()}\n`);
      return 0;
    case "help":
      session.print(helpText(words[0] ?? ""));
      return 0;
    default:
      throw new UsageError(`No help topic for '${name}': no command has that name: see teu-runtime --help`);
  }
}

function oneId(command: string, words: readonly string[]): string {
  return new Args(words, NO_OPTIONS).operands(command, 1, 1)[0] ?? "";
}

function create(session: Session, words: readonly string[]): number {
  const args = new Args(words, CREATE_OPTIONS);
  const id = args.operands("create", 1, 1)[0] ?? "";
  session.debug(DEBUG_SETUP);
  const created = createContainer(id, createOptions(session, args, true));
  session.debug(DEBUG_INIT);
  session.debug(DEBUG_DONE);
  for (const warning of created.link.warnings) session.warn(warning);
  return 0;
}

function state(session: Session, id: string): number {
  const found = loadState(session.root, id);
  session.print(`${stateForUser(found, statusOf(stateFolder(session.root, id), found))}\n`);
  return 0;
}

function kill(session: Session, words: readonly string[]): number {
  const args = new Args(words, { flags: ["all", "regex"], values: [], short: ["a=all", "r=regex"] });
  const operands = args.operands("kill", 1, 2);
  const id = operands[0] ?? "";
  const name = operands[1] ?? "SIGTERM";
  const signal = signalNumber(name);
  if (signal === undefined) throw new UsageError(`unknown signal ${JSON.stringify(name)}`);
  for (const found of chosenIds(session, args, id)) killContainer(session.root, found, signal, args.flag("all"));
  return 0;
}

function remove(session: Session, words: readonly string[]): number {
  const args = new Args(words, { flags: ["force", "regex"], values: [], short: ["f=force", "r=regex"] });
  const id = args.operands("delete", 1, 1)[0] ?? "";
  const warn = (message: string): void => session.warn(message);
  for (const found of chosenIds(session, args, id)) {
    if (args.flag("force")) forceDelete(session.root, found, warn);
    else deleteContainer(session.root, found, warn);
  }
  return 0;
}

// With `--regex` the operand describes ids instead of being one.
function chosenIds(session: Session, args: Args, id: string): readonly string[] {
  if (!args.flag("regex")) return [id];
  const pattern = readPattern(id);
  return listIds(session.root).filter((found) => pattern.test(found));
}

function readPattern(text: string): RegExp {
  try {
    return new RegExp(`(?:${text})`, "u");
  } catch {
    throw new UsageError(`${JSON.stringify(text)} is not a regular expression`);
  }
}
