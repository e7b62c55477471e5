/** Puts what programs find in every scope into its place. @module */
import { exitNow } from "@teu/kernel/processes";
import { monotonicMs } from "@teu/kernel/clock";
import { isTerminal } from "@teu/kernel/terminals";
import { FrontController, FrontSignal } from "./abort.ts";
import { FrontBuffer, utf8Bytes } from "./buffer.ts";
import { absent, handOver } from "./hand-over.ts";
import { READABLE, Timer, afterPoll, watch } from "./loop.ts";
import * as crypto from "./node/crypto.ts";
import * as dns from "./node/dns.ts";
import { EventEmitter } from "./node/events.ts";
import * as os from "./node/os.ts";
import * as sqlite from "./node/sqlite.ts";
import { FrontSearchParams } from "./search-params.ts";
import { FrontURL } from "./url.ts";

const SIGNALS: Readonly<Record<number, string>> = { 2: "SIGINT", 15: "SIGTERM" };
const BUILTINS: Readonly<Record<string, unknown>> = {
  "node:crypto": crypto,
  "node:dns": dns,
  "node:os": os,
  "node:sqlite": sqlite,
};

class Encoder {
  readonly encoding = "utf-8";

  encode(text = ""): Uint8Array {
    const { buffer, byteOffset, length } = utf8Bytes(text);
    return new Uint8Array(buffer, byteOffset, length);
  }
}

class Decoder {
  readonly #isStrict: boolean;
  readonly #keepsMark: boolean;

  constructor(encoding = "utf-8", { fatal = false, ignoreBOM = false }: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!/^utf-?8$/i.test(encoding)) handOver(`text in ${encoding}`);
    this.#isStrict = fatal;
    this.#keepsMark = ignoreBOM;
  }

  decode(bytes: Uint8Array | ArrayBuffer = new Uint8Array(), options?: { readonly stream?: boolean }): string {
    if (options?.stream === true) handOver("text in pieces");
    let text = "";
    const whole = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
    const result = sys_utf8(whole, this.#isStrict ? 1 : 0, (found) => {
      text = found;
    });
    if (result < 0)
      throw Object.assign(new TypeError("The encoded data was not valid for encoding utf-8"), {
        code: "ERR_ENCODING_INVALID_ENCODED_DATA",
      });
    return !this.#keepsMark && text.startsWith("\ufeff") ? text.slice(1) : text;
  }
}

/** Only what is set is there; what is asked for is looked up then. */
const environment: Readonly<Record<string, string | undefined>> = new Proxy<Record<string, string | undefined>>(
  {},
  {
    get: (_, name) => (typeof name === "string" ? variable(name) : undefined),
    has: (_, name) => typeof name === "string" && variable(name) !== undefined,
    set: () => handOver("a change of the environment"),
    ownKeys: () => names(),
    getOwnPropertyDescriptor: (_, name) => {
      const value = typeof name === "string" ? variable(name) : undefined;
      return value === undefined ? undefined : { value, enumerable: true, configurable: true, writable: true };
    },
  },
);

function variable(name: string): string | undefined {
  let found: string | undefined;
  if (name !== "" && !name.includes("\0"))
    sys_getenv(name, (value) => {
      found = value;
    });
  return found;
}

function names(): string[] {
  const all: string[] = [];
  sys_environment((item) => void all.push(item.slice(0, item.indexOf("="))));
  return [...new Set(all)];
}

/** What commands see of `process`. */
class FrontProcess extends EventEmitter {
  readonly platform = "linux";
  readonly versions: Readonly<Record<string, string>> = { node: "24.0.0" };
  readonly version = "v24.0.0";
  readonly env: typeof environment = environment;
  argv: readonly string[] = [];
  execArgv: readonly string[] = [];
  exitCode: number | undefined;
  #isWatching = false;

  get arch(): string {
    let machine = "";
    sys_machine((found) => {
      machine = found;
    });
    return machine === "x86_64" ? "x64" : machine === "aarch64" ? "arm64" : handOver(`a machine of ${machine}`);
  }

  get pid(): number {
    return sys_getpid();
  }

  get execPath(): string {
    return handOver("the program of Node");
  }

  get stdin(): never {
    return handOver("standard input");
  }

  get stdout(): never {
    return handOver("a stream of standard output");
  }

  /** Text is written at once, as Node does to files and terminals. */
  readonly stderr: object = {
    get isTTY(): boolean {
      return isTerminal(2);
    },
    get columns(): number {
      const size = sys_terminal_size(2);
      return size > 0 ? size & 0xffff : 80;
    },
    write: (text: string): boolean => sys_write_text(2, text) >= 0,
    on: (): void => {},
  };

  override once(name: string, listener: (...input: never[]) => void): this {
    if (name.startsWith("SIG")) this.#watchSignals();
    return super.once(name, listener);
  }

  override on(name: string, listener: (...input: never[]) => void): this {
    if (name.startsWith("SIG")) this.#watchSignals();
    return super.on(name, listener);
  }

  #watchSignals(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const fd = sys_watch_signals();
    watch({ fd, isHeld: false, wanted: READABLE, onReady: () => this.#onSignal(sys_read_signal(fd)) });
  }

  #onSignal(signal: number): void {
    // As the kernel would have it: the second one ends the process.
    if (signal > 0 && !this.emit(SIGNALS[signal] ?? "")) this.exit(128 + signal);
  }

  cwd(): string {
    let path = "";
    sys_getcwd((found) => {
      path = found;
    });
    return path.startsWith("/") ? path : handOver("a current folder that is gone");
  }

  exit(code: number = this.exitCode ?? 0): never {
    exitNow(code);
    throw new Error("the process has not ended");
  }

  nextTick(action: (...input: unknown[]) => void, ...input: unknown[]): void {
    queueMicrotask(() => action(...input));
  }

  geteuid(): number {
    return sys_geteuid();
  }

  getuid(): number {
    return sys_geteuid();
  }

  umask(): number {
    const mask = sys_umask(0o22);
    sys_umask(mask);
    return mask;
  }

  hrtime(): [number, number] {
    const ms = monotonicMs();
    return [Math.floor(ms / 1000), Math.floor((ms % 1000) * 1e6)];
  }

  emitWarning(): void {}

  getBuiltinModule(name: string): unknown {
    return BUILTINS[name] ?? handOver(name);
  }
}

/** That of the engine was seeded when the program was built. */
function random(): number {
  const words = new Uint32Array(2);
  sys_random(new Uint8Array(words.buffer));
  const [low = 0, high = 0] = words;
  return ((high >>> 6) * 2 ** 27 + (low >>> 5)) / 2 ** 53;
}

type Action = (...input: unknown[]) => void;

const process = new FrontProcess();

Math.random = random;
Object.assign(globalThis, {
  AbortController: FrontController,
  AbortSignal: FrontSignal,
  Buffer: FrontBuffer,
  TextDecoder: Decoder,
  TextEncoder: Encoder,
  URL: FrontURL,
  URLSearchParams: FrontSearchParams,
  fetch: absent("fetch"),
  performance: { now: monotonicMs },
  process,
  setTimeout: (action: Action, delayMs = 1, ...input: unknown[]) => new Timer(() => action(...input), delayMs, false),
  setInterval: (action: Action, delayMs = 1, ...input: unknown[]) => new Timer(() => action(...input), delayMs, true),
  setImmediate: (action: Action, ...input: unknown[]) => afterPoll(() => action(...input)),
  clearTimeout: (timer?: Timer) => timer?.[Symbol.dispose](),
  clearInterval: (timer?: Timer) => timer?.[Symbol.dispose](),
  clearImmediate: absent("clearImmediate"),
  structuredClone: absent("a structured clone"),
});
