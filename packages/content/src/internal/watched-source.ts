/**
 * A source that tells whether it was the one to fail, for those who have to say whose fault an error is.
 * @module
 */
import type { ByteSource } from "@teu/std/streams";

/** What became of a source. */
export interface SourceHealth {
  failed: boolean;
}

/** Passes the chunks of `source` on, and notes in `health` if it is the source that fails. */
export async function* watchSource(
  source: ByteSource,
  health: SourceHealth,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    health.failed = true;
    throw error;
  }
}
