/**
 * Where this program ends and Node takes over: whatever a command comes to need that is not here, Node does from the start.
 * @module
 */
import { environment, exitNow } from "@teu/kernel/processes";

/** The command line that starts the command in Node, without the command's own words. */
let node: readonly string[] = [];
/** The words of the command. */
let words: readonly string[] = [];
/** Files that would be left half made. */
const temporary = new Set<string>();

/** Says how Node is started. */
export function prepareHandOver(command: readonly string[], own: readonly string[]): void {
  node = command;
  words = own;
}

/** Takes note of a file that is removed should Node take over before it has another name. */
export function noteTemporary(path: string): void {
  temporary.add(path);
}

/** The file is gone, or has the name that it should have. */
export function forgetTemporary(path: string): void {
  temporary.delete(path);
}

/** Becomes Node, which does the command from the start. @param what What is lacking here, which `TEU_FRONT=explain` shows. */
export function handOver(what: string): never {
  if (environment("TEU_FRONT") === "explain") sys_write_text(2, `teu: Node takes over for ${what}\n`);
  for (const path of temporary) sys_unlinkat(-100, path, 0);
  sys_forget_signals();
  const [program = ""] = node;
  const error = sys_become(program, [...node, ...words].map((word) => `${word}\0`).join(""));
  sys_write_text(2, `teu: Starting ${program} for ${what}: errno ${-error}, expected a program\n`);
  exitNow(126);
  throw new Error("the process has not ended");
}

/** Stands for something of Node's that is not here: to call it or to make one is to hand over. */
export function absent(what: string): never {
  const stand = function (): never {
    return handOver(what);
  };
  return stand as never;
}
