/**
 * Answers about certificates, asked over the network while an image is pulled and kept with its evidence, so that a start
 * can look at them again with nobody to ask.
 * @module
 */
import type { AskRevocation, RevocationAnswer, RevocationQuestion } from "../verify/ask-revocation.ts";
import { unanswered } from "../verify/revocation-status.ts";

/** An answer that was kept. It is signed, so it is as good as its signer, wherever it was kept. */
export interface KeptAnswer extends Omit<RevocationQuestion, "request"> {
  readonly bytes: Uint8Array;
}

/** How an image's certificates are asked about. */
export interface RevocationDesk {
  readonly ask: AskRevocation;
  /** What came over the network. */
  readonly answers: () => readonly KeptAnswer[];
}

/** What a desk answers from. */
export interface DeskOptions {
  /** Asks over the network. Default: nobody does. */
  readonly network?: AskRevocation | undefined;
  /** What was kept; it stands in where the network does not answer. */
  readonly kept?: () => Promise<readonly KeptAnswer[]>;
}

/** Most questions about one image. */
const MAX_QUESTIONS = 64;

/** Answers each question once: over the network if it may, else from what was kept. */
export function revocationDesk({ network, kept = async () => [] }: DeskOptions): RevocationDesk {
  const known = new Map<string, KeptAnswer>();
  let questions = 0;
  const askKept = async (question: RevocationQuestion, cause?: unknown): Promise<RevocationAnswer> => {
    const answer = (await kept()).findLast((each) => keyOf(each) === keyOf(question));
    if (answer !== undefined) return { bytes: answer.bytes, isKept: true };
    throw cause ?? unanswered("not checked, nobody is asked over the network and no answer was kept");
  };
  const ask: AskRevocation = async (question) => {
    const before = known.get(keyOf(question));
    if (before !== undefined) return { bytes: before.bytes, isKept: true };
    if (network === undefined) return await askKept(question);
    if ((questions += 1) > MAX_QUESTIONS) throw unanswered(`more than ${MAX_QUESTIONS} questions about one image`);
    try {
      const answer = await network(question);
      const { kind, url, about } = question;
      known.set(keyOf(question), { kind, url, about, bytes: answer.bytes });
      return answer;
    } catch (error) {
      return await askKept(question, error);
    }
  };
  return { ask, answers: () => [...known.values()] };
}

function keyOf({ kind, url, about }: Omit<RevocationQuestion, "request">): string {
  return JSON.stringify([kind, url, about]);
}
