/**
 * What a command is: its words, its arguments, and the code that is loaded only when it runs.
 * @module
 */
import type { ExitCode } from "./exit-codes.ts";
import type { Host } from "./host.ts";

/** One option; `--name` by its key in the table, or `-x` by `short`. */
export interface Option {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Stands for the value in help, such as `FILE`. */
  readonly value?: string;
  readonly about: string;
}

/** The options and operands of one invocation. */
export interface Invocation {
  readonly operands: readonly string[];
  /** The value of a string option, undefined if not given. */
  readonly option: (name: string) => string | undefined;
  /** All values of an option that may be given several times. */
  readonly options: (name: string) => readonly string[];
  /** Whether a boolean option was given. */
  readonly flag: (name: string) => boolean;
}

/** Runs a command and tells its exit code. Errors that it throws are printed by the caller. */
export type Action = (invocation: Invocation, host: Host) => Promise<ExitCode>;

/** A command in the table of `commands.ts`. */
export interface Command {
  /** Such as `image ls`. */
  readonly name: string;
  /** One line, without a period. */
  readonly summary: string;
  /** The operands as help shows them, such as `IMAGE [PATH…]`. */
  readonly operands: string;
  /** The least and the most operands. */
  readonly count: readonly [number, number];
  readonly options: Readonly<Record<string, Option>>;
  /** More than the summary says, if needed: a few lines of prose. */
  readonly about?: string;
  /** From which operand on words are taken as they are, options too: 1 for `run IMAGE`. Default: none. */
  readonly verbatimFrom?: number;
  /** The exit code for an error. Default: {@link EXIT.usage} for a wrong command line, else {@link EXIT.failed}. */
  readonly exitCodeOf?: (error: unknown) => ExitCode;
  /** Kept out of the list of commands: for programs that teu starts itself. */
  readonly hidden?: boolean;
  readonly load: () => Promise<Action>;
}
