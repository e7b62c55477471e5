/**
 * Things that go wrong on purpose: streams that break, end early, dawdle or dribble, and operations that fail at the
 * call of one's choice.
 * @module
 */

/** Chunks of bytes, as the streams of the house are. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

type Stream = AsyncGenerator<Uint8Array, void, undefined>;

/** What injected faults throw unless told otherwise. */
export class InjectedFault extends Error {
  readonly code = "ERR_INJECTED_FAULT";

  constructor(where: string) {
    super(`injected fault at ${where}`);
    this.name = "InjectedFault";
  }
}

/** Gives so many chunks of `source`, then fails with `error`, also where the source would have ended. */
export async function* failAfter(
  source: Chunks,
  chunks: number,
  error: Error = new InjectedFault(`chunk ${chunks + 1}`),
): Stream {
  let given = 0;
  for await (const chunk of source) {
    if (given === chunks) break;
    yield chunk;
    given += 1;
  }
  throw error;
}

/** Ends after so many bytes as if there were no more. */
export async function* truncate(source: Chunks, bytes: number): Stream {
  let left = bytes;
  for await (const chunk of source) {
    if (left < chunk.length) {
      if (left > 0) yield chunk.subarray(0, left);
      return;
    }
    yield chunk;
    left -= chunk.length;
  }
}

/** Waits before each chunk and before the end; by default, until everything else had its turn. */
export async function* delay(source: Chunks, wait: () => Promise<unknown> = nextTurn): Stream {
  for await (const chunk of source) {
    await wait();
    yield chunk;
  }
  await wait();
}

function nextTurn(): Promise<unknown> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Cuts every chunk into pieces of `bytes`, each in memory of its own, with empty chunks between. */
export async function* dribble(source: Chunks, bytes = 1): Stream {
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length; offset += bytes) {
      yield chunk.slice(offset, offset + bytes);
      yield new Uint8Array();
    }
  }
}

/** Gives the chunks of `source` and then neither ends nor fails. */
export async function* hang(source: Chunks): Stream {
  yield* source;
  await new Promise(() => {});
}

/** Which call fails. */
export interface FaultPlan {
  /** The number of the failing call, from 1. Default: none fails. */
  readonly failAt?: number;
  /** Count calls of this name only, such as `rename` or `open.sync`. Default: all calls. */
  readonly name?: string;
  readonly error?: Error;
}

/** Operations under observation. */
export interface Observed<T> {
  /** Works as the original, but for the call that fails: that one does nothing, unless it closes. */
  readonly target: T;
  /** The names of the calls so far, the failed one included. */
  readonly calls: readonly string[];
}

/**
 * Watches the methods of `target` and lets one call fail, asynchronously. What they give is watched too where it can be
 * closed, such as the file handle from `open`: its calls are named `open.write`, `open.close`; disposing counts as closing.
 */
export function withFault<T extends object>(target: T, plan: FaultPlan = {}): Observed<T> {
  const calls: string[] = [];
  let counted = 0;
  const enter = (name: string): Error | undefined => {
    calls.push(name);
    if (plan.name !== undefined && plan.name !== name) return undefined;
    counted += 1;
    return counted === plan.failAt ? (plan.error ?? new InjectedFault(`call ${counted} (${name})`)) : undefined;
  };
  return { target: watch(target, "", enter), calls };
}

function watch<T extends object>(target: T, prefix: string, enter: (name: string) => Error | undefined): T {
  return new Proxy(target, {
    get(_proxy, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      const closes = property === "close" || property === Symbol.asyncDispose;
      const name = prefix + (closes ? "close" : String(property));
      return async (...parameters: unknown[]): Promise<unknown> => {
        const fault = enter(name);
        // As the kernel does it: also a close that fails has closed.
        if (fault !== undefined && closes) await Reflect.apply(member, target, parameters);
        if (fault !== undefined) throw fault;
        const result: unknown = await Reflect.apply(member, target, parameters);
        return isCloseable(result) ? watch(result, `${name}.`, enter) : result;
      };
    },
  });
}

function isCloseable(value: unknown): value is object {
  return typeof value === "object" && value !== null && "close" in value;
}
