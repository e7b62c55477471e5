/**
 * A source that tells whether it was the one to fail, for those who have to say whose fault an error is.
 * @module
 */
import type { ByteSource } from "@teu/std/streams";
import { type GrowingFile, intoFileOf } from "../growing-file.ts";
import type { ByteStream } from "../store.ts";

/** What became of a source. */
export interface SourceHealth {
  failed: boolean;
}

/**
 * Passes the chunks of `source` on, and notes in `health` if it is the source that fails.
 * @param onBytes Is told the number of bytes so far before each chunk goes out, or once it is in a file.
 */
export function watchSource(source: ByteSource, health: SourceHealth, onBytes?: (total: number) => void): ByteStream {
  let total = 0;
  const count = onBytes && ((bytes: number): void => onBytes((total += bytes)));
  const intoFile = intoFileOf(source);
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for await (const chunk of source) {
          count?.(chunk.length);
          yield chunk;
        }
      } catch (error) {
        health.failed = true;
        throw error;
      }
    },
    intoFile:
      intoFile &&
      (async (file, tell) => {
        try {
          await intoFile(file, bothOf(count, tell));
        } catch (error) {
          health.failed = !isOf(file, error);
          throw error;
        }
      }),
  };
}

type Listener = ((bytes: number) => void) | undefined;

function bothOf(one: Listener, other: Listener): Listener {
  if (one === undefined || other === undefined) return one ?? other;
  return (bytes) => {
    one(bytes);
    other(bytes);
  };
}

function isOf({ failure }: GrowingFile, error: unknown): boolean {
  return failure !== undefined && failure.error === error;
}
