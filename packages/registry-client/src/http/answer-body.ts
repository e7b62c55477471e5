/**
 * The bodies of answers: read, or got rid of.
 * @module
 */
import type { AnswerHead } from "./answer-head.ts";
import type { Connection, Patience } from "./connection.ts";

const MAX_DISCARDED_BYTES = 64 * 1024;
const DISCARD_MS = 1000;

/** The bytes of a body that follows `head`. */
export function bodyOf(
  connection: Connection,
  { framing }: AnswerHead,
  patience: Patience,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (framing === "chunked") return connection.readChunks(patience);
  return framing === "until-end" ? connection.readUntilEnd(patience) : connection.readBytes(framing, patience);
}

/** Tells whether the connection can serve again once the body of an answer has been read to its end. */
export function isReusable({ keepsOpen, framing }: AnswerHead): boolean {
  return keepsOpen && framing !== "until-end";
}

/** Reads a short body that nobody wants, and tells whether the connection can serve again; a long one costs the connection. */
export async function discardBody(connection: Connection, head: AnswerHead): Promise<boolean> {
  let left = MAX_DISCARDED_BYTES;
  if (!isReusable(head) || Number(head.framing) > left) return false;
  const patience = { limitMs: DISCARD_MS, error: () => new Error("the rest comes too slowly") };
  try {
    for await (const chunk of bodyOf(connection, head, patience)) {
      left -= chunk.length;
      if (left < 0) return false;
    }
    return true;
  } catch {
    // Nobody waits for this body.
    return false;
  }
}

/** A body without bytes. */
export async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
