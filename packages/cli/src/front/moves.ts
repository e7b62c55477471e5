/**
 * Files that go over connections in threads of their own, which do not come back to this one for every piece.
 * @module
 */
import { handOver } from "./hand-over.ts";
import { readable } from "./loop.ts";

/** How a move ended: 0, or the negated errno of the socket or of the file. */
export interface MoveEnd {
  readonly result: number;
  readonly isOfFile: boolean;
}

const OF_FILE = -1000;
const IS_ANSWERED = 2;

/** Who is told the news. */
export interface MoveListener {
  /** Up to which offset of the file it has come. */
  readonly onMoved: (offset: number) => void;
  /** That there is something to read from the socket before all is sent. */
  readonly onAnswer: () => void;
}

/**
 * Follows what a thread does.
 * @param told Where it gives news, or what it could not be started for.
 * @returns When it has ended
 */
export async function followMove(told: number, { onMoved, onAnswer }: MoveListener): Promise<MoveEnd> {
  if (told < 0) return handOver("a thread that moves a file");
  const news = new Float64Array(2);
  const bytes = new Uint8Array(news.buffer);
  let failure: { readonly error: unknown } | undefined;
  for (;;) {
    await readable(told);
    if (sys_news(told, bytes) !== bytes.length) throw new Error("A thread has ended without a word");
    const [offset = 0, state = 0] = news;
    try {
      if (failure === undefined) onMoved(offset);
    } catch (error) {
      // The thread goes on with what is open until it ends.
      failure = { error };
    }
    if (state === IS_ANSWERED) onAnswer();
    if (state > 0) continue;
    sys_close(told);
    if (failure !== undefined) throw failure.error;
    return { result: state <= OF_FILE ? state - OF_FILE : state, isOfFile: state <= OF_FILE };
  }
}
