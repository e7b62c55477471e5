/**
 * What a command sees of the process it runs in. Tests hand in their own.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { mayBeTerminal, standardOutput } from "./standard-output.ts";

/** Streams, environment and interruption of one invocation. */
export interface Host {
  /** Writes a piece of the result. */
  readonly out: (text: string) => void;
  /** Writes bytes of the result, and waits until there is room for more. */
  readonly bytes: (chunk: Uint8Array) => Promise<void>;
  /** Writes a line of progress or a message. */
  readonly note: (line: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Fires on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  /** The password of keys, where the environment had one: it is taken out of it, so that no child gets to know it. */
  readonly keyPassword?: string;
  /** Is called before a key or a password is read: from then on no memory of this process gets into a core dump. */
  readonly guardSecrets?: () => void;
  /** Is called before a container is started, which may write cores as it could before. */
  readonly endGuard?: () => void;
  /** Standard input. Default: empty. */
  readonly input?: AsyncIterable<Uint8Array>;
  /**
   * Ends the command by becoming another program, which has its streams and ends as the command should. What is due at the
   * end of the process is done before. Nothing where the process has more to do.
   */
  readonly become?: typeof become;
  /** The terminal that messages go to; nothing where they go elsewhere. */
  readonly terminal?: Terminal;
}

/** A terminal. */
export interface Terminal {
  readonly columns: () => number;
  /** Writes text as it is, escape sequences included. */
  readonly write: (text: string) => void;
  /** Whether somebody can answer: what is typed comes here, too. */
  readonly canAsk: () => boolean;
  /** Asks for a line; a secret one is not shown while it is typed. */
  readonly ask: (question: string, options: { readonly secret: boolean }) => Promise<string>;
}

/** The host of the process itself. */
export function processHost(): Host {
  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => interrupt.abort(new Error(`Interrupted by ${name}`)));
  const [output, messages] = [standardOutput(1), standardOutput(2)];
  return {
    out: output.text,
    bytes: (chunk) => new Promise((resolve) => void output.stream().write(chunk, () => resolve())),
    note: (line) => messages.text(`${line}\n`),
    ...takeKeyPassword(process.env),
    env: process.env,
    ...coreGuard(),
    cwd: process.cwd(),
    signal: interrupt.signal,
    // Opening it takes time, which few commands have a use for.
    get input() {
      return process.stdin;
    },
    ...(process.execve === undefined ? {} : { become }),
    ...(mayBeTerminal(2) && process.stderr.isTTY ? { terminal: processTerminal(interrupt) } : {}),
  };
}

/** In the order in which they count. */
const KEY_PASSWORDS = ["TEU_KEY_PASSWORD", "COSIGN_PASSWORD"] as const;

function takeKeyPassword(env: NodeJS.ProcessEnv): Pick<Host, "keyPassword"> {
  const found = KEY_PASSWORDS.map((name) => env[name]).find((value) => value !== undefined);
  if (found === undefined) return {};
  for (const name of KEY_PASSWORDS) delete env[name];
  return { keyPassword: found };
}

const CORE_FILTER = "/proc/self/coredump_filter";

/**
 * No kind of memory is written to a core while it is on, whoever writes it. What the kernel lets a debugger read it goes on
 * to let. Programs that are started meanwhile inherit it.
 * @see {@link https://www.kernel.org/doc/html/v6.12/filesystems/proc.html#proc-pid-coredump-filter-core-dump-filtering-settings}
 */
export function coreGuard(): Required<Pick<Host, "guardSecrets" | "endGuard">> {
  let before: string | undefined;
  return {
    guardSecrets: () => {
      try {
        before ??= readFileSync(CORE_FILTER, "latin1").trim();
        writeFileSync(CORE_FILTER, "0");
      } catch {
        // Other systems have no such file; most write no cores either, unless they are told to.
      }
    },
    endGuard: () => {
      if (before !== undefined) writeFileSync(CORE_FILTER, `0x${before}`);
      before = undefined;
    },
  };
}

function become(words: readonly [program: string, ...words: string[]], env: Readonly<Record<string, string>>): never {
  process.emit("exit", 0);
  process.execve?.(words[0], words, env);
  throw new Error(`Becoming ${words[0]}: this Node.js cannot`);
}

const DEFAULT_COLUMNS = 80;

function processTerminal(interrupt: AbortController): Terminal {
  return {
    // Some terminals say that they have none.
    columns: () => process.stderr.columns || DEFAULT_COLUMNS,
    write: (text) => void process.stderr.write(text),
    canAsk: () => process.stdin.isTTY,
    ask: async (question, { secret }) => {
      const [{ createInterface }, { Writable }] = await Promise.all([
        import("node:readline/promises"),
        import("node:stream"),
      ]);
      process.stderr.write(question);
      // What readline echoes goes nowhere while a secret is typed.
      const echo = secret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
      const lines = createInterface({ input: process.stdin, output: echo, terminal: true });
      lines.once("SIGINT", () => interrupt.abort(new Error("Interrupted by SIGINT")));
      try {
        return await lines.question("", { signal: interrupt.signal });
      } catch (error) {
        // Ctrl-D is no answer either.
        interrupt.abort(error);
        throw error;
      } finally {
        lines.close();
        if (secret) process.stderr.write("\n");
      }
    },
  };
}
