/**
 * Runs commands of teu one after the other and shows each: what it is for, its words, what it says, how long it takes.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { CliErrorCode } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Host } from "../host.ts";
import { run } from "../run.ts";

/** A command that is shown. */
export interface Step {
  /** One line for people: what it does, and why. */
  readonly about: string;
  readonly words: readonly string[];
  /** More of the environment, such as the password of a key. Not shown. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether what the command prints is shown too. Default: true. */
  readonly shown?: boolean;
}

/** How a step went. */
export interface Done {
  readonly about: string;
  /** What the command printed. */
  readonly out: string;
  readonly seconds: number;
}

/** Shows steps to a host. */
export class Guide {
  readonly #host: Host;
  readonly done: Done[] = [];

  constructor(host: Host) {
    this.#host = host;
  }

  /** Shows and runs a step. @throws TeuError `ERR_QUICKSTART` if the command fails; it has said why */
  async step(step: Step): Promise<Done> {
    this.#host.note(`\n${this.done.length + 1}. ${step.about}`);
    this.#host.note(`   $ teu ${step.words.map(quoted).join(" ")}`);
    const start = performance.now();
    const out = await this.#run(step);
    const done = { about: step.about, out, seconds: (performance.now() - start) / 1000 };
    this.done.push(done);
    this.#host.note(`   ${done.seconds.toFixed(2)} s`);
    return done;
  }

  async #run({ words, env, shown = true }: Step): Promise<string> {
    // The table leads here itself.
    const { COMMANDS } = await import("../commands.ts");
    let out = "";
    const host: Host = {
      ...this.#host,
      env: { ...this.#host.env, ...env },
      note: (line) => this.#host.note(indented(line)),
      bytes: async (chunk) => this.#host.note(indented(new TextDecoder().decode(chunk).trimEnd())),
      out: (text) => {
        out += text;
        if (shown) this.#host.note(indented(text.trimEnd()));
      },
    };
    const code = await run(words, COMMANDS, host);
    if (code === EXIT.ok) return out;
    this.#host.signal.throwIfAborted();
    throw new TeuError<CliErrorCode>(
      "ERR_QUICKSTART",
      `Running teu ${words.join(" ")}: exit code ${code}, expected 0`,
      {
        hint: "What it says above tells the reason; what was made stays, so that the next run is faster",
      },
    );
  }
}

function indented(text: string): string {
  return text.replace(/^/gm, "   ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./*-]+$/.test(word) && !word.includes("*") ? word : `'${word}'`;
}
