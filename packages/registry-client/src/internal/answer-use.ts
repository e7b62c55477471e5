/**
 * What becomes of answers: a permit that is held while one is read, and the beginning of one that tells of a failure.
 * @module
 */
import { intoFileOf } from "@teu/content/growing-file";
import type { ByteStream } from "@teu/content/store";
import { MAX_ERROR_BODY_BYTES } from "@teu/spec/distribution/error-body";
import { concatBytes } from "@teu/std/bytes";
import { isTeuError } from "@teu/std/error";
import type { Permit } from "@teu/std/limit";
import type { Answer } from "../transport.ts";

/** What of a failed answer's body is worth looking at. A body that breaks off is as good as its beginning. */
export async function beginningOf(answer: Answer): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      total += chunk.length;
      if (total >= MAX_ERROR_BODY_BYTES) break;
    }
  } catch (error) {
    if (!isTeuError(error)) throw error;
  }
  return concatBytes(chunks);
}

/** Gives the permit back when the body has been read, left or discarded. */
export function holding(answer: Answer, permit: Permit): Answer {
  const { body } = answer;
  const intoFile = intoFileOf(body);
  const held: ByteStream = {
    async *[Symbol.asyncIterator]() {
      using _held = permit;
      yield* body;
    },
    intoFile:
      intoFile &&
      (async (file, onBytes) => {
        using _held = permit;
        await intoFile(file, onBytes);
      }),
  };
  const discard = async (): Promise<void> => {
    permit[Symbol.dispose]();
    await answer.discard();
  };
  return { ...answer, body: held, discard };
}
